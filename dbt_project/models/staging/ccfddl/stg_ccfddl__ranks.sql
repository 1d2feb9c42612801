with

documents as (

    {{ completed_rows('raw_ccfddl', 'documents') }}

),

{# `rank` maps a system to a letter; N says that the system does not rank the series. #}
one_row_per_rank as (

    select distinct
        documents.document_key,
        documents.source_key,

        series.entry ->> 'title' as series_text,
        series.entry ->> 'description' as full_name_text,
        ranks.system_text,
        ranks.rank_text

    from documents

    cross join lateral jsonb_array_elements(documents.body) as series (entry)

    cross join
        lateral jsonb_each_text({{ as_object("series.entry -> 'rank'") }})
            as ranks (system_text, rank_text)

)

select * from one_row_per_rank
