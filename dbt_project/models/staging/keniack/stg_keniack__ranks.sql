with

editions as (

    select * from {{ ref('base_keniack__editions') }}

),

{# `ranking` is CORE's letter. #}
one_row_per_rank as (

    select distinct
        document_key,
        source_key,

        edition ->> 'acronym' as series_text,
        edition ->> 'name' as full_name_text,
        'core' as system_text,
        edition ->> 'ranking' as rank_text

    from editions

    where edition ->> 'ranking' is not null

)

select * from one_row_per_rank
