with

editions as (

    select * from {{ ref('int_editions_dated') }}

),

mentions as (

    select
        md5(concat_ws('|', source_key, series_text, coalesce(full_name_text, '')))
            as mention_key,
        source_key,

        series_text,
        full_name_text,
        {{ without_edition('series_text') }} as acronym_text,

        count(*) as edition_count,

        {# Anyone may post a call there under any acronym. (Some lists are kept by wiki
           too; those are about conferences that their readers know.) #}
        bool_or(source_kind = 'listing_site' and authority_rank = 4)
            as is_posted_by_anyone

    from editions

    group by source_key, series_text, full_name_text

),

{# The words of the full name that tell series apart: without numbers, years, filling
   words and the words that nearly every series has. #}
words_of_names as (

    select
        mentions.mention_key,
        string_agg(distinct words.word, ' ' order by words.word) as name_words,
        string_agg(words.word, '-' order by words.position) as name_slug

    from mentions

    cross join
        lateral regexp_split_to_table({{ slug('mentions.full_name_text') }}, '-')
        with ordinality as words (word, position)

    where
        words.word !~ (
            '^(\d+(st|nd|rd|th)?|first|second|third|fourth|fifth|sixth|seventh|eighth'
            || '|ninth|tenth|the|of|on|and|for|in|a|an|at|to|with|its|international'
            || '|annual|conference|symposium|acm|ieee|springer|ei|scopus)$'
        )

    group by mentions.mention_key

),

one_row_per_mention as (

    select
        mentions.mention_key,
        mentions.source_key,

        mentions.series_text,
        mentions.full_name_text,
        mentions.acronym_text,
        words_of_names.name_words,
        left(words_of_names.name_slug, 80) as name_slug,

        mentions.edition_count,

        mentions.is_posted_by_anyone

    from mentions

    left join words_of_names
        on mentions.mention_key = words_of_names.mention_key

)

select * from one_row_per_mention
