with

editions as (

    select * from {{ ref('base_huggingface__editions') }}

),

{# `rankings` reads `CCF: A, CORE: A*, THCPL: A`; `era_rating` is one letter. #}
one_row_per_rank as (

    select distinct
        editions.document_key,
        editions.source_key,

        editions.edition ->> 'title' as series_text,
        editions.edition ->> 'full_name' as full_name_text,
        ranks.system_text,
        ranks.rank_text

    from editions

    cross join
        lateral (
            select
                lower(trim(split_part(pair.text_value, ':', 1))) as system_text,
                trim(split_part(pair.text_value, ':', 2)) as rank_text
            from
                regexp_split_to_table(editions.edition ->> 'rankings', ',')
                    as pair (text_value)
            union all
            select
                'era' as system_text,
                editions.edition ->> 'era_rating' as rank_text
        ) as ranks

    where ranks.rank_text != ''

)

select * from one_row_per_rank
