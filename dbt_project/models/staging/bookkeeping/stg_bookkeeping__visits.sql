{% set columns = [
    'visit_key',
    'source_key',
    'document_key',
    'path',
    'source_url',
    'outcome',
    'detail',
    'final_url',
    'http_status',
    'observed_at',
] -%}

with

all_families as (

    {{ completed_rows_of_all_families('visits', columns) }}

),

renamed as (

    select
        visit_key,
        source_key,
        document_key,

        path,
        source_url,
        outcome,
        detail,
        final_url,

        http_status,

        observed_at

    from all_families

)

select * from renamed
