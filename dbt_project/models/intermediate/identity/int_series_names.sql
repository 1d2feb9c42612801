{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

mentions as (

    select * from {{ ref('int_series_matched_by_alias') }}

),

name_words as (

    select * from {{ ref('series_name_words') }}

),

{# Singular and plural are one word: lists write area and areas of one series. #}
words as (

    select
        mentions.mention_key,
        words.position,
        case
            when length(words.written) > 4 and words.written like '%ies'
                then left(words.written, -3) || 'y'
            when length(words.written) > 3 and words.written ~ '[^sui]s$'
                then left(words.written, -1)
            else words.written
        end as word

    from mentions

    cross join
        lateral regexp_split_to_table({{ slug('mentions.name_text') }}, '-')
        with ordinality as words (written, position)

    where
        words.written !~ '^\d+(st|nd|rd|th)?$'
        {# The acronym within a long name names nothing. #}
        and words.written not in (
            {{ squeezed('mentions.acronym_text') }},
            {{ squeezed('mentions.short_acronym_text') }},
            mentions.group_key
        )
        and (
            mentions.is_title_of_page is not true
            or mentions.name_text ~* '\m(conference|symposium|workshop|congress)\M'
        )

),

words_of_mentions as (

    select
        words.mention_key,
        string_agg(distinct words.word, ' ' order by words.word) as name_words,
        left(string_agg(words.word, '-' order by words.position), 80) as name_slug

    from words

    left join name_words
        on
            words.word = name_words.word
            and name_words.role in ('filler', 'publisher')

    where name_words.word is null

    group by words.mention_key

),

one_row_per_mention as (

    select
        mentions.mention_key,
        {# Mentions that say the same are one name: lists write a text for each year.
           Those without a long name are one for each source. #}
        md5(
            concat_ws(
                '|',
                mentions.group_key,
                mentions.settled_key,
                mentions.is_posted_by_anyone,
                coalesce(words_of_mentions.name_words, 'of ' || mentions.source_key)
            )
        ) as name_key,
        mentions.source_key,
        mentions.group_key,
        mentions.settled_key,
        mentions.alias_series_key,

        mentions.acronym_text,
        mentions.short_acronym_text,
        words_of_mentions.name_words,
        words_of_mentions.name_slug,

        mentions.edition_count,

        mentions.is_posted_by_anyone,
        mentions.is_title_of_page,
        mentions.is_track

    from mentions

    left join words_of_mentions
        on mentions.mention_key = words_of_mentions.mention_key

)

select * from one_row_per_mention
{{ only_if_names_changed() }}
