{% set columns = [
    'document_key',
    'source_key',
    'path',
    'source_url',
    'sha256',
    'media_type',
    'reader_version',
    'byte_count',
    'body',
    'first_seen_at',
] -%}

with

all_families as (

    {{ completed_rows_of_all_families('documents', columns) }}

),

renamed as (

    select
        document_key,
        source_key,

        path,
        source_url,
        sha256,
        media_type,
        reader_version,

        byte_count,

        {# Nothing of an empty, binary or broken file can be used. #}
        body is not null as is_usable,

        first_seen_at

    from all_families

)

select * from renamed
