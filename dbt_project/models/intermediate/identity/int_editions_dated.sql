{{ config(materialized='incremental', meta={'follow_by': 'document_key'}) }}

with

editions as not materialized (

    select * from {{ ref('int_editions_unioned') }}
    {{ only_touched_documents() }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

{# The same texts stand in many entries and documents: each is read once. #}
texts as (

    select distinct
        coalesce(year_text, '') as year_text,
        coalesce(dates_text, '') as dates_text,
        coalesce(starts_text, '') as starts_text,
        coalesce(ends_text, '') as ends_text

    from editions

),

{# One spelling of dashes and blanks, so that the patterns below stay readable; only
   a text that begins with a date is read ("with ICSE 2027" may follow). Every step
   is materialized: Postgres would else match each pattern again for every use of a
   part. #}
cleaned as materialized (

    select
        *,
        case
            when year_text ~ '^\s*\d{4}\s*$' then trim(year_text)::integer
        end as edition_year,
        trim(
            regexp_replace(
                regexp_replace(
                    translate(dates_text, '–—‐~.', '---- '),
                    '\m(\d{1,2})(st|nd|rd|th)\M', '\1', 'gi'
                ),
                '[\s,]+', ' ', 'g'
            )
        ) as dates_cleaned

    from texts

),

matched as materialized (

    select
        *,
        {# November 30 - December 7 2025 · Nov 30 to Dec 7 2025 #}
        regexp_match(
            dates_cleaned,
            '(?i)^([a-z]{3})[a-z]* (\d{1,2})(?: (\d{4}))? ?(?:-+|to) ?'
            || '([a-z]{3})[a-z]* (\d{1,2})(?: (\d{4}))?'
        ) as two_months,
        {# January 31 - 4 February 2026 #}
        regexp_match(
            dates_cleaned,
            '(?i)^([a-z]{3})[a-z]* (\d{1,2}) ?(?:-+|to) ?'
            || '(\d{1,2}) ([a-z]{3})[a-z]*(?: (\d{4}))?'
        ) as two_months_turned,
        {# December 2-7 2025 · December 2 2025 #}
        regexp_match(
            dates_cleaned,
            '(?i)^([a-z]{3})[a-z]* (\d{1,2})(?!\d)'
            || '(?: ?(?:-+|to) ?(\d{1,2})(?!\d))?(?: (\d{4}))?'
        ) as one_month,
        {# 6-9 October 2026 · 30 Nov - 3 Dec 2026 #}
        regexp_match(
            dates_cleaned,
            '(?i)^(\d{1,2})(?: ([a-z]{3})[a-z]*)?(?: ?(?:-+|to) ?(\d{1,2}))? '
            || '([a-z]{3})[a-z]*(?: (\d{4}))?'
        ) as day_first

    from cleaned

),

date_parts as materialized (

    select
        *,
        case
            when two_months is not null
                then array[
                    coalesce(two_months[3], two_months[6], edition_year::text),
                    two_months[1], two_months[2],
                    coalesce(two_months[6], two_months[3], edition_year::text),
                    two_months[4], two_months[5]
                ]
            when two_months_turned is not null
                then array[
                    coalesce(two_months_turned[5], edition_year::text),
                    two_months_turned[1], two_months_turned[2],
                    coalesce(two_months_turned[5], edition_year::text),
                    two_months_turned[4], two_months_turned[3]
                ]
            when one_month is not null
                then array[
                    coalesce(one_month[4], edition_year::text),
                    one_month[1], one_month[2],
                    coalesce(one_month[4], edition_year::text),
                    one_month[1], coalesce(one_month[3], one_month[2])
                ]
            when day_first is not null
                then array[
                    coalesce(day_first[5], edition_year::text),
                    coalesce(day_first[2], day_first[4]), day_first[1],
                    coalesce(day_first[5], edition_year::text),
                    day_first[4], coalesce(day_first[3], day_first[1])
                ]
        end as parts

    from matched

),

texts_read as materialized (

    select
        *,
        {{ text_date('parts', 1) }} as starts_in_dates_text,
        {{ text_date('parts', 4) }} as ends_in_dates_text

    from date_parts

),

days_of_each_text as materialized (

    select
        year_text,
        dates_text,
        starts_text,
        ends_text,
        edition_year,
        {# Own fields go before the text. #}
        coalesce(
            {{ possible_date('starts_text') }},
            {{ possible_date('starts_in_dates_text') }}
        ) as starts_on,
        coalesce(
            {{ possible_date('ends_text') }},
            {{ possible_date('ends_in_dates_text') }}
        ) as ends_on

    from texts_read

),

one_row_per_edition as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        editions.entry_id_text,

        sources.family,
        sources.kind as source_kind,
        editions.series_text,
        editions.full_name_text,
        editions.dblp_text,
        editions.year_text,
        editions.homepage_url,
        editions.place_text,
        editions.dates_text,
        editions.starts_text,
        editions.ends_text,
        editions.areas_text,
        editions.status_text,
        editions.entry_url,

        texts_with_days.edition_year,
        sources.authority_rank,

        texts_with_days.starts_on,
        texts_with_days.ends_on

    from editions

    inner join sources
        on editions.source_key = sources.source_key

    inner join days_of_each_text as texts_with_days
        on
            coalesce(editions.year_text, '') = texts_with_days.year_text
            and coalesce(editions.dates_text, '') = texts_with_days.dates_text
            and coalesce(editions.starts_text, '') = texts_with_days.starts_text
            and coalesce(editions.ends_text, '') = texts_with_days.ends_text

)

select * from one_row_per_edition
