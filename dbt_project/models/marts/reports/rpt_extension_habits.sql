{{ config(materialized='incremental') }}

{# How a series treats its own deadlines for abstracts and papers. #}
with

series as (

    select * from {{ ref('dim_series') }}
    {{ only_touched() }}

),

deadlines as (

    select *
    from (
        select * from {{ ref('fct_deadlines') }}
        {{ only_touched() }}
    ) as deadlines_of_series
    where
        kind in ('abstract', 'submission')
        and track = 'main'
        and due_at is not null

),

changes as (

    select * from {{ ref('fct_deadline_changes') }}
    {{ only_touched() }}

),

claims as (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

{# What a page strikes out or a source replaces in place tells an extension, though not
   when it was made. #}
extensions_told_in_place as (

    select
        claims.deadline_key,
        claims.source_key,
        extract(epoch from deadlines.due_at - min(claims.due_at)) / 86400 as days_moved,
        null::timestamptz as seen_at,
        null::timestamptz as old_due_at

    from claims

    inner join deadlines
        on
            claims.deadline_key = deadlines.deadline_key
            and claims.source_key = deadlines.source_key

    where
        claims.is_superseded
        and claims.due_at < deadlines.due_at

    group by claims.deadline_key, claims.source_key, deadlines.due_at

),

extensions_seen as (

    select
        deadline_key,
        source_key,
        days_moved,
        seen_at,
        old_due_at

    from changes

    where change_type = 'extended'

),

extensions_of_either_sort as (

    select * from extensions_seen

    union all

    select * from extensions_told_in_place

),

{# Less than a day is a corrected hour or zone; more than a season a corrected year. #}
extensions as (

    select * from extensions_of_either_sort
    where days_moved between 1 and {{ var('extension_days_at_most') }}

),

{# Sources learn of one extension in one step or in two. #}
days_by_source as (

    select
        deadline_key,
        source_key,
        sum(days_moved) filter (where seen_at is not null) as days_seen,
        sum(days_moved) filter (where seen_at is null) as days_told

    from extensions

    group by deadline_key, source_key

),

first_sightings as (

    select distinct on (deadline_key)
        deadline_key,
        extract(epoch from seen_at - old_due_at) / 86400 as days_seen_after_old_date

    from extensions

    where seen_at is not null

    order by deadline_key asc, seen_at asc, source_key asc, old_due_at asc

),

one_row_per_extended_deadline as (

    select
        days_by_source.deadline_key,
        max(greatest(days_by_source.days_seen, days_by_source.days_told))
            as days_extended,
        max(first_sightings.days_seen_after_old_date) as days_seen_after_old_date

    from days_by_source

    left join first_sightings
        on days_by_source.deadline_key = first_sightings.deadline_key

    group by days_by_source.deadline_key

),

{# Who first hears of a deadline when it is over cannot see it move. #}
watched_deadlines as (

    select
        deadlines.series_key,
        deadlines.conference_key,
        deadlines.original_due_at,
        extensions_of_each.days_extended,
        extensions_of_each.days_seen_after_old_date,
        extensions_of_each.deadline_key is not null
        or deadlines.first_seen_at < deadlines.original_due_at as is_watched,
        extensions_of_each.deadline_key is not null as is_extended

    from deadlines

    left join one_row_per_extended_deadline as extensions_of_each
        on deadlines.deadline_key = extensions_of_each.deadline_key

),

habits as (

    select
        series_key,

        count(distinct conference_key)::integer as edition_count,
        count(distinct conference_key) filter (where is_watched)::integer
            as watched_edition_count,
        count(distinct conference_key) filter (where is_extended)::integer
            as extended_edition_count,
        count(*) filter (where is_extended)::integer as extended_deadline_count,
        count(days_seen_after_old_date)::integer as dated_extension_count,
        count(*) filter (where days_seen_after_old_date > 0)::integer
            as late_extension_count,
        percentile_cont(0.5) within group (order by days_extended)
            as median_days_extended,
        max(days_extended) as max_days_extended,
        percentile_cont(0.5) within group (order by days_seen_after_old_date)
            as median_days_seen_after_old_date,

        max(original_due_at) filter (where is_extended) as last_extended_due_at

    from watched_deadlines

    group by series_key

),

one_row_per_series as (

    select
        habits.series_key,

        series.acronym,

        habits.edition_count,
        habits.watched_edition_count,
        habits.extended_edition_count,
        round(
            habits.extended_edition_count::numeric
            / nullif(habits.watched_edition_count, 0),
            2
        )::numeric(4, 2) as extended_share,
        habits.extended_deadline_count,
        habits.dated_extension_count,
        habits.late_extension_count,
        round(habits.median_days_extended::numeric, 1)::numeric(8, 1)
            as median_days_extended,
        round(habits.max_days_extended, 1)::numeric(8, 1) as max_days_extended,
        round(habits.median_days_seen_after_old_date::numeric, 1)::numeric(8, 1)
            as median_days_seen_after_old_date,

        habits.last_extended_due_at

    from habits

    inner join series
        on habits.series_key = series.series_key

)

select * from one_row_per_series
