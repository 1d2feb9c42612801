{{ config(materialized='incremental', meta={'follow_contested': false}) }}

{# Which series a build makes anew is known before they are. #}
-- depends_on: {{ ref('int_series_touched') }}
with

ranks as (

    select * from {{ ref('int_ranks_unioned') }}

),

matched_mentions as (

    select * from {{ ref('int_series_matched') }}
    {{ only_touched(with_contested=false) }}

),

{# Lists copy the rank of a conference to its tracks, which no system ranks. #}
tracks as (

    select series_key
    from {{ ref('int_series_parents') }}
    where relation = 'track'

),

versions as (

    select * from {{ ref('int_document_versions') }}

),

{# What the newest document of a source says; words for "not ranked" are no rank. #}
latest_rank_of_each_source as (

    select distinct on (
        matched_mentions.series_key, ranks.system_text, ranks.source_key
    )
        matched_mentions.series_key,
        ranks.source_key,
        ranks.system_text as system,
        ranks.rank_text as rank

    from ranks

    inner join versions
        on ranks.document_key = versions.document_key

    inner join matched_mentions
        on
            ranks.source_key = matched_mentions.source_key
            and ranks.series_text = matched_mentions.series_text
            and ranks.full_name_text
            is not distinct from matched_mentions.full_name_text

    left join tracks
        on matched_mentions.series_key = tracks.series_key

    where
        tracks.series_key is null
        and lower(ranks.rank_text) not in ('n', 'unknown', 'unranked', 'tbr', 'none')

    order by
        matched_mentions.series_key asc,
        ranks.system_text asc,
        ranks.source_key asc,
        versions.seen_to desc nulls first,
        versions.seen_from desc,
        ranks.rank_text asc

),

one_row_per_series_system_and_source as (

    select
        md5(concat_ws('|', series_key, system, source_key)) as series_rank_key,
        series_key,
        source_key,

        system,
        {# No list says which edition of a ranking its letters come from. #}
        'not stated' as system_edition,
        upper(rank) as rank

    from latest_rank_of_each_source

)

select * from one_row_per_series_system_and_source
