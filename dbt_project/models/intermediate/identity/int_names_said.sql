{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

{# Whether names have to be matched anew is known before any is. #}
-- depends_on: {{ ref('int_names_touched') }}
with

editions as (

    select * from {{ ref('int_editions_dated') }}

),

one_row_per_way_of_naming as (

    select distinct
        source_key,
        series_text,
        full_name_text,
        dblp_text,
        homepage_url,
        source_kind,
        edition_year,
        authority_rank

    from editions

)

select * from one_row_per_way_of_naming
{{ only_if_names_changed() }}
