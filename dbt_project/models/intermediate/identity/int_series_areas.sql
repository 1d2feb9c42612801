{{ config(materialized='incremental', meta={'follow_contested': false}) }}

with

editions as (

    select * from {{ ref('int_editions_matched') }}
    {{ only_touched(with_contested=false) }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

area_labels as (

    select * from {{ ref('area_labels') }}

),

published_labels as (

    select distinct
        editions.series_key,
        editions.source_key,
        trim(labels.label_text) as label_text

    from editions

    cross join
        lateral regexp_split_to_table(editions.areas_text, ',') as labels (label_text)

),

{# What a source's own row says of a label goes before the row for all sources: CR is
   cryptography in one list and circuits in another. #}
labels_read as (

    select distinct on (
        published_labels.series_key,
        published_labels.source_key,
        published_labels.label_text
    )
        published_labels.series_key,
        published_labels.source_key,
        area_labels.area

    from published_labels

    inner join area_labels
        on
            lower(published_labels.label_text) = lower(area_labels.label)
            and (
                area_labels.source_key is null
                or published_labels.source_key = area_labels.source_key
            )

    order by
        published_labels.series_key,
        published_labels.source_key,
        published_labels.label_text,
        area_labels.source_key nulls last,
        area_labels.area

),

{# What a source lists as a whole stands in for labels that an entry lacks. #}
areas_of_whole_sources as (

    select distinct
        editions.series_key,
        editions.source_key,
        areas.area

    from editions

    inner join sources
        on editions.source_key = sources.source_key

    cross join
        lateral jsonb_array_elements_text({{ as_array('sources.areas') }})
            as areas (area)

    left join labels_read
        on
            editions.series_key = labels_read.series_key
            and editions.source_key = labels_read.source_key

    where labels_read.series_key is null

),

one_row_per_series_area_and_source as (

    select
        series_key,
        area,
        source_key
    from labels_read

    union

    select
        series_key,
        area,
        source_key
    from areas_of_whole_sources

)

select * from one_row_per_series_area_and_source
