with

editions as (

    select * from {{ ref('base_keniack__editions') }}

),

{#- `ranking` is CORE's letter. #}
one_row_per_rank as (

    select distinct
        editions.document_key,
        editions.source_key,

        editions.edition ->> 'acronym' as series_text,
        editions.edition ->> 'name' as full_name_text,
        ranks.system_text,
        ranks.rank_text

    from editions

    cross join
        lateral (
            select
                'core' as system_text,
                editions.edition ->> 'ranking' as rank_text
        ) as ranks

    where ranks.rank_text is not null

)

select * from one_row_per_rank
