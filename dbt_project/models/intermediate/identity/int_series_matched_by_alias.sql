{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

mentions as (

    select * from {{ ref('int_series_mentions') }}

),

tracks as (

    select * from {{ ref('int_series_tracks') }}

),

aliases as (

    select * from {{ ref('series_aliases') }}

),

name_words as (

    select * from {{ ref('series_name_words') }}

),

publishers as (

    select
        '^(('
        || string_agg(name_words.word, '|' order by name_words.word)
        || ')[/ -]+)+(?=[^ ]+$)' as publisher_pattern
    from name_words
    where name_words.role = 'publisher'

),

one_row_per_mention as (

    select
        mentions.mention_key,
        mentions.source_key,

        mentions.series_text,
        mentions.full_name_text,
        tracks.acronym_text,
        {# ACM SOSP is SOSP; USENIX Security would be nothing, and is in the seed. #}
        regexp_replace(tracks.acronym_text, publishers.publisher_pattern, '', 'i')
            as short_acronym_text,
        tracks.name_text,
        tracks.parent_text,

        mentions.edition_count,

        mentions.is_posted_by_anyone,
        mentions.is_title_of_page,
        tracks.is_track

    from mentions

    inner join tracks
        on mentions.mention_key = tracks.mention_key

    cross join publishers

),

spellings as (

    select
        one_row_per_mention.mention_key,
        one_row_per_mention.source_key,
        one_row_per_mention.full_name_text,
        spelling_kinds.spelling_rank,
        {{ squeezed('spelling_kinds.spelling') }} as spelling_squeezed

    from one_row_per_mention

    cross join
        lateral (
            values
            (1, one_row_per_mention.series_text),
            (2, one_row_per_mention.acronym_text),
            (3, one_row_per_mention.short_acronym_text)
        ) as spelling_kinds (spelling_rank, spelling)

),

aliases_squeezed as (

    select
        *,
        {{ squeezed('alias') }} as alias_squeezed
    from aliases

),

{# A row for one long name or one source goes before one for all. #}
best_alias as (

    select distinct on (spellings.mention_key)
        spellings.mention_key,
        aliases_squeezed.series_key,
        aliases_squeezed.full_name_pattern is not null
        or aliases_squeezed.source_key is not null as is_exact

    from spellings

    inner join aliases_squeezed
        on
            spellings.spelling_squeezed = aliases_squeezed.alias_squeezed
            and (
                aliases_squeezed.full_name_pattern is null
                or spellings.full_name_text ~ aliases_squeezed.full_name_pattern
            )
            and (
                aliases_squeezed.source_key is null
                or spellings.source_key = aliases_squeezed.source_key
            )

    order by
        spellings.mention_key asc,
        (aliases_squeezed.full_name_pattern is not null) desc,
        (aliases_squeezed.source_key is not null) desc,
        spellings.spelling_rank asc,
        aliases_squeezed.series_key asc

),

one_row_per_mention_and_group as (

    select
        one_row_per_mention.*,

        best_alias.series_key as alias_series_key,
        {# Told apart from others of the acronym by the seed itself. #}
        case when best_alias.is_exact then best_alias.series_key end as settled_key,
        case
            when best_alias.is_exact or best_alias.series_key is null
                then {{ squeezed('one_row_per_mention.short_acronym_text') }}
            else {{ squeezed('best_alias.series_key') }}
        end as group_key

    from one_row_per_mention

    left join best_alias
        on one_row_per_mention.mention_key = best_alias.mention_key

)

select * from one_row_per_mention_and_group
{{ only_if_names_changed() }}
