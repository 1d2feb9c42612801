with

matched_mentions as (

    select * from {{ ref('int_series_matched') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

{# Only what documents that count say: those of a refused load name no series. #}
said_mentions as (

    select distinct
        source_key,
        series_text,
        series_key

    from editions

),

one_row_per_alias_and_source as (

    select
        md5(
            concat_ws(
                '|',
                said_mentions.source_key,
                said_mentions.series_text,
                said_mentions.series_key
            )
        ) as series_alias_key,
        said_mentions.series_key,
        said_mentions.source_key,

        said_mentions.series_text as alias,
        min(matched_mentions.match_method) as match_method

    from said_mentions

    inner join matched_mentions
        on
            said_mentions.source_key = matched_mentions.source_key
            and said_mentions.series_text = matched_mentions.series_text
            and said_mentions.series_key = matched_mentions.series_key

    group by
        said_mentions.source_key, said_mentions.series_text, said_mentions.series_key

)

select * from one_row_per_alias_and_source
