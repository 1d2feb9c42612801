with

documents as (

    {{ completed_rows('raw_keniack', 'documents') }}

),

{# The root maps a word (conferences, workshops) to the list of editions. #}
one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        format('/%s/%s', lists.list_name, editions.position - 1) as entry_position,
        lists.list_name,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_each({{ as_object('documents.body') }})
            as lists (list_name, list_value)

    cross join
        lateral jsonb_array_elements({{ as_array('lists.list_value') }})
        with ordinality as editions (entry, position)

)

select * from one_row_per_edition
