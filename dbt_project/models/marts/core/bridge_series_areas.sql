{{ config(materialized='incremental', meta={'follow_contested': false}) }}

with

areas as (

    select * from {{ ref('int_series_areas') }}
    {{ only_touched(with_contested=false) }}

),

one_row_per_series_area_and_source as (

    select
        md5(concat_ws('|', series_key, area, source_key)) as series_area_key,
        series_key,
        source_key,

        area

    from areas

)

select * from one_row_per_series_area_and_source
