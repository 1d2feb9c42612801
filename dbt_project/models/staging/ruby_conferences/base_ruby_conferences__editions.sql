with

documents as (

    {{ completed_rows('raw_ruby_conferences', 'documents') }}

),

one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        format('/%s', editions.position - 1) as entry_position,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_array_elements(documents.body)
        with ordinality as editions (entry, position)

)

select * from one_row_per_edition
