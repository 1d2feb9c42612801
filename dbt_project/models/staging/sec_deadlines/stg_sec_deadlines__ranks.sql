with

editions as (

    select * from {{ ref('base_sec_deadlines__editions') }}

),

{# Ranks of CORE are tags, spelt differently by the lists of the family. #}
one_row_per_rank as (

    select distinct
        editions.document_key,
        editions.source_key,

        editions.edition ->> 'name' as series_text,
        editions.edition ->> 'description' as full_name_text,
        'core' as system_text,
        core_tags.rank_text

    from editions

    cross join
        lateral jsonb_array_elements_text({{ as_array("editions.edition -> 'tags'") }})
            as tags (tag_text)

    inner join
        (
            values
            ('ASTAR', 'A*'),
            ('CORE-A', 'A'),
            ('CORE-B', 'B'),
            ('CORE-C', 'C'),
            ('COREAS', 'A*'),
            ('COREA', 'A'),
            ('COREB', 'B'),
            ('COREC', 'C')
        ) as core_tags (tag_text, rank_text)
        on tags.tag_text = core_tags.tag_text

)

select * from one_row_per_rank
