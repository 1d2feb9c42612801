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
    'reader_version',
] -%}

with

all_families as (

    {{ completed_rows_of_all_families('rejects', columns) }}

),

readings as (

    select * from {{ ref('stg_bookkeeping__readings') }}

),

held_documents as (

    select * from {{ ref('stg_bookkeeping__held_documents') }}

),

renamed as (

    select
        all_families.reject_key,
        all_families.source_key,
        all_families.document_key,

        all_families.path,
        all_families.position as entry_position,
        all_families.reason,
        all_families.detail,
        all_families.entry::text as entry_text,

        all_families.is_dropped,

        all_families.first_seen_at

    from all_families

    left join readings
        on all_families.document_key = readings.document_key

    left join held_documents
        on all_families.document_key = held_documents.document_key

    {# What an earlier reading of a page could not use, the newest may. #}
    where
        held_documents.document_key is null
        and (
            all_families.reader_version is null
            or all_families.reader_version = readings.reader_version
        )

)

select * from renamed
