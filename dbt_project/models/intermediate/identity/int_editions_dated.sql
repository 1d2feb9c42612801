with

editions as (

    select * from {{ ref('int_editions_unioned') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

{# One spelling of dashes and blanks, so that the patterns below stay readable; only
   a text that begins with a date is read ("with ICSE 2027" may follow). Every step
   is materialized: Postgres would else match each pattern again for every use of a
   part. #}
cleaned as materialized (

    select
        editions.*,
        sources.family,
        sources.kind as source_kind,
        sources.authority_rank,
        case
            when
                editions.year_text ~ '^\s*\d{4}\s*$'
                then trim(editions.year_text)::integer
        end as edition_year,
        trim(
            regexp_replace(
                regexp_replace(
                    translate(editions.dates_text, '–—‐~.', '---- '),
                    '\m(\d{1,2})(st|nd|rd|th)\M', '\1', 'gi'
                ),
                '[\s,]+', ' ', 'g'
            )
        ) as dates_cleaned

    from editions

    inner join sources
        on editions.source_key = sources.source_key

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

one_row_per_edition as (

    select
        document_key,
        source_key,
        entry_position,
        entry_id_text,

        family,
        source_kind,
        series_text,
        full_name_text,
        dblp_text,
        year_text,
        homepage_url,
        place_text,
        dates_text,
        starts_text,
        ends_text,
        areas_text,
        status_text,
        entry_url,

        edition_year,
        authority_rank,

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

)

select * from one_row_per_edition
