with

documents as (

    {{ completed_rows('raw_ccfddl', 'documents') }}

),

{# Series nest editions (`confs`); some series are announced without any. #}
one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        format('/%s/confs/%s', series.position - 1, editions.position - 1)
            as entry_position,
        series.entry as series,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_array_elements(documents.body)
        with ordinality as series (entry, position)

    cross join
        lateral jsonb_array_elements({{ as_array("series.entry -> 'confs'") }})
        with ordinality as editions (entry, position)

)

select * from one_row_per_edition
