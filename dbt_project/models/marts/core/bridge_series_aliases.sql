{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

matched_mentions as (

    select * from {{ ref('int_series_matched') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

joint_names as (

    select * from {{ ref('series_joint_names') }}

),

{# Only what documents that count say: those of a refused load name no series. #}
said_mentions as (

    select distinct
        source_key,
        series_text,
        series_key

    from editions

),

{# A joint edition is one of two series: it is counted with the first and found under
   the name of the other too. #}
joint_mentions as (

    select distinct
        said_mentions.source_key,
        said_mentions.series_text,
        joint_names.series_key,
        'joint edition' as match_method

    from said_mentions

    inner join joint_names
        on
            {{ squeezed(without_edition('said_mentions.series_text')) }}
            = {{ squeezed('joint_names.alias') }}
            and said_mentions.series_key != joint_names.series_key

    inner join said_mentions as known_series
        on joint_names.series_key = known_series.series_key

),

all_aliases as (

    select
        said_mentions.source_key,
        said_mentions.series_text,
        said_mentions.series_key,
        min(matched_mentions.match_method) as match_method

    from said_mentions

    inner join matched_mentions
        on
            said_mentions.source_key = matched_mentions.source_key
            and said_mentions.series_text = matched_mentions.series_text
            and said_mentions.series_key = matched_mentions.series_key

    group by
        said_mentions.source_key, said_mentions.series_text, said_mentions.series_key

    union all

    select
        source_key,
        series_text,
        series_key,
        match_method
    from joint_mentions

),

one_row_per_alias_and_source as (

    select
        md5(concat_ws('|', source_key, series_text, series_key)) as series_alias_key,
        series_key,
        source_key,

        series_text as alias,
        match_method

    from all_aliases

)

select * from one_row_per_alias_and_source
{{ only_if_names_changed() }}
