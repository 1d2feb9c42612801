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

readings as (

    select * from {{ ref('stg_bookkeeping__readings') }}

),

held_documents as (

    select * from {{ ref('stg_bookkeeping__held_documents') }}

),

renamed as (

    select
        all_families.document_key,
        all_families.source_key,

        all_families.path,
        all_families.source_url,
        all_families.sha256,
        all_families.media_type,
        all_families.reader_version,

        all_families.byte_count,
        readings.phrase_count,

        {# Nothing of an empty, binary or broken file can be used. What can be of a page
           is for its newest reading to say. #}
        coalesce(readings.is_usable, all_families.body is not null) as is_usable,

        all_families.first_seen_at

    from all_families

    left join readings
        on all_families.document_key = readings.document_key

    left join held_documents
        on all_families.document_key = held_documents.document_key

    where held_documents.document_key is null

)

select * from renamed
