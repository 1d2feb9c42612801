{{ config(materialized='incremental') }}

with

changes as (

    select *
    from (
        select * from {{ ref('fct_deadline_changes') }}
        {{ only_touched() }}
    ) as changes_of_series
    where change_type != 'announced' and conference_key is not null

),

conferences as (

    select * from {{ ref('dim_conferences') }}
    {{ only_touched() }}

),

series as (

    select * from {{ ref('dim_series') }}

),

labels as (

    select * from {{ ref('series_labels') }}

),

sources as (

    select * from {{ ref('dim_sources') }}

),

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

{# Since when anybody has named a day: who had it from the beginning knew it first. #}
days_named as (

    select
        deadline_key,
        due_local::date as due_date,
        min(seen_from) as first_seen_at,
        count(distinct source_key)::integer as naming_source_count

    from claims

    where
        deadline_key in (select changes.deadline_key from changes)
        and not is_superseded
        and due_local is not null

    group by deadline_key, due_local::date

),

one_row_per_move as (

    select
        changes.change_key,
        changes.source_key,
        changes.series_key,
        changes.conference_key,
        changes.deadline_key,

        series.acronym,
        series.full_name,
        conferences.title,
        changes.track,
        changes.kind,
        changes.label_text,
        changes.change_type,
        changes.old_due_text,
        changes.new_due_text,
        changes.old_timezone_text,
        changes.new_timezone_text,
        series.primary_area,
        labels.areas,
        labels.ranks,
        sources.name as source_name,
        sources.kind as source_kind,
        changes.source_url,
        changes.evidence,

        conferences.year,
        changes.round,
        changes.days_moved,
        days_named.naming_source_count,
        round(
            extract(epoch from changes.seen_at - days_named.first_seen_at) / 86400, 3
        )::numeric(12, 3) as days_behind,

        changes.was_already_past,

        changes.seen_date,

        changes.old_due_local,
        changes.new_due_local,
        changes.old_due_at,
        changes.new_due_at,
        changes.seen_at

    from changes

    inner join conferences
        on changes.conference_key = conferences.conference_key

    inner join series
        on conferences.series_key = series.series_key

    inner join sources
        on changes.source_key = sources.source_key

    left join labels
        on conferences.series_key = labels.series_key

    left join days_named
        on
            changes.deadline_key = days_named.deadline_key
            and changes.new_due_local::date = days_named.due_date
            and changes.new_due_local::date != changes.old_due_local::date

)

select * from one_row_per_move
