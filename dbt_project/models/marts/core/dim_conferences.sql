{{ config(materialized='incremental') }}

with

editions as (

    select * from {{ ref('int_editions_matched') }}
    {{ only_touched() }}

),

known_conferences as (

    select distinct
        series_key,
        conference_key,
        edition_year as year

    from {{ ref('int_editions_matched') }}

    where conference_key is not null

),

claims as (

    select * from {{ ref('int_claims_slotted') }}
    {{ only_touched() }}

),

series as (

    select * from {{ ref('dim_series') }}

),

places as (

    select * from {{ ref('int_places') }}

),

described as (

    select
        conference_key,
        series_key,
        edition_year as year,

        {{ best_known('homepage_url') }} as homepage_url,
        {{ best_known('place_text') }} as place,
        {# Both days from one source: a start of one list and an end of another may
           lie a year apart. #}
        {{ best_known(
            "case when starts_on <= ends_on then daterange(starts_on, ends_on, '[]') end"
        ) }} as conference_days,
        bool_or(is_current and status_text = 'cancelled') as is_cancelled

    from editions

    where conference_key is not null

    group by conference_key, series_key, edition_year

),

conferences_known_from_facts as (

    select distinct conference_key
    from claims
    where deadline_key is not null

),

one_row_per_conference as (

    select
        described.conference_key,
        described.series_key,
        parent_conferences.conference_key as parent_conference_key,

        series.acronym || ' ' || described.year as title,
        described.homepage_url,
        described.place,
        places.city,
        places.country_code,
        places.attendance_mode,

        described.year,

        described.is_cancelled,
        conferences_known_from_facts.conference_key is not null as has_deadlines,

        lower(described.conference_days) as starts_on,
        upper(described.conference_days) - 1 as ends_on

    from described

    inner join series
        on described.series_key = series.series_key

    {# The edition of the parent in the same year, if anybody speaks of it. #}
    left join known_conferences as parent_conferences
        on
            series.parent_series_key = parent_conferences.series_key
            and described.year = parent_conferences.year

    left join places
        on described.place = places.place_text

    left join conferences_known_from_facts
        on described.conference_key = conferences_known_from_facts.conference_key

)

select * from one_row_per_conference
