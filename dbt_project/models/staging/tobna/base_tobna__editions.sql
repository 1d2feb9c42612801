with

documents as (

    {{ completed_rows('raw_tobna', 'documents') }}

),

{# The root maps an identifier to its edition. #}
one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        '/' || editions.entry_id as entry_position,
        editions.entry_id,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_each({{ as_object('documents.body') }})
            as editions (entry_id, entry)

)

select * from one_row_per_edition
