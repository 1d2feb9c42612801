{% set columns = [
    'reject_key',
    'source_key',
    'document_key',
    'path',
    'position',
    'reason',
    'detail',
    'entry',
    'is_dropped',
    'first_seen_at',
] -%}

with

all_families as (

    {{ completed_rows_of_all_families('rejects', columns) }}

),

renamed as (

    select
        reject_key,
        source_key,
        document_key,

        path,
        position as entry_position,
        reason,
        detail,
        entry::text as entry_text,

        is_dropped,

        first_seen_at

    from all_families

)

select * from renamed
