{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

editions as (

    select * from {{ ref('int_names_said') }}

),

aliases as (

    select * from {{ ref('series_aliases') }}

),

one_row_per_written_name as (

    select
        md5(concat_ws('|', source_key, series_text, coalesce(full_name_text, '')))
            as mention_key,
        source_key,

        series_text,
        full_name_text,
        {{ without_edition('series_text') }} as text_without_year,

        count(distinct edition_year) as edition_count,

        {# Anyone may post a call there under any acronym. (Some lists are kept by wiki
           too; those are about conferences that their readers know.) #}
        bool_or(source_kind = 'listing_site' and authority_rank = 4)
            as is_posted_by_anyone,
        {# Their series comes from whoever registered the page; the title of a page is
           the name of a series only where it speaks of one. #}
        bool_or(source_kind = 'official_pages') as is_title_of_page,
        {# StatEO26 is of 2026. #}
        coalesce(
            bool_and(
                right({{ without_edition('series_text') }}, 2)
                = lpad((edition_year % 100)::text, 2, '0')
            ),
            false
        ) as has_short_year

    from editions

    group by source_key, series_text, full_name_text

),

without_short_year as (

    select
        *,
        case
            when has_short_year and text_without_year ~ '[[:alpha:]][ ''’-]?\d\d$'
                then regexp_replace(text_without_year, '[ ''’-]?\d\d$', '')
            else text_without_year
        end as text_of_series

    from one_row_per_written_name

),

endings as (

    select
        *,
        {# ASPLOS Fall is ASPLOS, if anybody speaks of ASPLOS; the spring of another
           name may be its subject. #}
        regexp_replace(
            text_of_series,
            '\s+(spring|summer|fall|autumn|winter)(\s+edition)?$', '', 'i'
        ) as text_without_season,
        {# Ruby Wine 2.0 follows Ruby Wine, while IFIP WG 11.9 has no sister. #}
        regexp_replace(text_of_series, '\s*\d+(\.\d+)?$', '') as text_without_number

    from without_short_year

),

known_names as (

    select distinct {{ squeezed('text_of_series') }} as name_squeezed
    from without_short_year
    where is_posted_by_anyone is not true

    union

    select distinct {{ squeezed('alias') }} as name_squeezed
    from aliases

),

numbered_names as (

    select
        source_key,
        {{ squeezed('text_without_number') }} as name_squeezed

    from endings

    where text_without_number ~ '[[:alpha:]]{3}'

    group by source_key, {{ squeezed('text_without_number') }}

    having count(distinct text_of_series) > 1

),

one_row_per_mention as (

    select
        endings.mention_key,
        endings.source_key,

        endings.series_text,
        endings.full_name_text,
        case
            when
                endings.text_without_season != endings.text_of_series
                and known_names.name_squeezed is not null
                then endings.text_without_season
            when
                endings.text_without_number != endings.text_of_series
                and numbered_names.name_squeezed is not null
                then endings.text_without_number
            else endings.text_of_series
        end as acronym_text,

        endings.edition_count,

        endings.is_posted_by_anyone,
        endings.is_title_of_page

    from endings

    left join known_names
        on {{ squeezed('endings.text_without_season') }} = known_names.name_squeezed

    left join numbered_names
        on
            endings.source_key = numbered_names.source_key
            and {{ squeezed('endings.text_without_number') }}
            = numbered_names.name_squeezed

)

select * from one_row_per_mention
{{ only_if_names_changed() }}
