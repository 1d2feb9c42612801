with

editions as (

    select * from {{ ref('base_paperswithcode__editions') }}

),

{# `hindex` is the h5 index of the venue. #}
one_row_per_rank as (

    select distinct
        document_key,
        source_key,

        edition ->> 'title' as series_text,
        {{ stated("coalesce(edition ->> 'full_name', edition ->> 'full_title')") }}
            as full_name_text,
        'h5' as system_text,
        edition ->> 'hindex' as rank_text

    from editions

    where edition ->> 'hindex' ~ '^\d+(\.\d+)?$'

)

select * from one_row_per_rank
