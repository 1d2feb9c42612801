with

editions as (

    select * from {{ ref('base_paperswithcode__editions') }}

),

{#- `hindex` is the h5 index of the venue. #}
one_row_per_rank as (

    select distinct
        editions.document_key,
        editions.source_key,

        editions.edition ->> 'title' as series_text,
        {{ stated("coalesce(editions.edition ->> 'full_name', editions.edition ->> 'full_title')") }} as full_name_text,
        ranks.system_text,
        ranks.rank_text

    from editions

    cross join
        lateral (
            select
                'h5' as system_text,
                editions.edition ->> 'hindex' as rank_text
        ) as ranks

    where ranks.rank_text ~ '^\d+(\.\d+)?$'

)

select * from one_row_per_rank
