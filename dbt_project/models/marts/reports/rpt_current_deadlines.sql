with

deadlines as not materialized (

    select * from {{ ref('fct_deadlines') }}

),

conferences as not materialized (

    select * from {{ ref('dim_conferences') }}

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

conflicts as (

    select * from {{ ref('rpt_deadline_conflicts') }}

),

changes as (

    select * from {{ ref('fct_deadline_changes') }}

),

{# What is to come, and what passed so lately that somebody still looks for it: a few of
   all, so that they are picked before anything is joined to them. #}
dated_deadlines as (

    select *

    from deadlines

    where
        due_at
        >= {{ as_of() }} - make_interval(days => {{ var('passed_days_shown') }})

),

{# Of an edition without a date of its own, the year that it is of has to be over. #}
undated_deadlines as (

    select deadlines.*

    from deadlines

    inner join conferences
        on deadlines.conference_key = conferences.conference_key

    where
        deadlines.due_at is null
        and deadlines.status = 'tbd'
        and coalesce(
            conferences.ends_on,
            conferences.starts_on,
            make_date(conferences.year, 12, 31)
        )
        >= ({{ as_of() }} at time zone 'UTC')::date

),

deadlines_to_follow as (

    select * from dated_deadlines
    union all
    select * from undated_deadlines

),

{# The ledger only grows, so that the count rises whenever something was seen to
   happen: calendars know an event that moved by it. #}
revisions as (

    select
        deadline_key,
        count(*)::integer as revision_count,
        max(seen_at) as revised_at

    from changes

    where deadline_key is not null

    group by deadline_key

),

one_row_per_current_deadline as (

    select
        deadlines.deadline_key,
        deadlines.conference_key,
        conferences.series_key,
        deadlines.source_key,

        series.acronym,
        series.full_name,
        conferences.title,
        deadlines.track,
        deadlines.kind,
        deadlines.label,
        deadlines.status,
        deadlines.timezone_name,
        deadlines.timezone_text,
        deadlines.due_precision,
        conferences.place,
        conferences.city,
        conferences.country_code,
        conferences.attendance_mode,
        conferences.homepage_url,
        series.primary_area,
        labels.areas,
        labels.ranks,
        sources.name as source_name,
        deadlines.source_url,
        deadlines.evidence,
        conflicts.winning_claim,
        conflicts.dissenting_claims,

        conferences.year,
        deadlines.round,
        deadlines.extension_count,
        deadlines.claim_count,
        deadlines.agreeing_claim_count,
        deadlines.confidence,
        coalesce(revisions.revision_count, 0)
        + case when deadlines.decision_id is null then 0 else 1 end
            as revision_count,

        deadlines.is_timezone_stated,
        deadlines.has_conflict,

        conferences.starts_on,
        conferences.ends_on,
        deadlines.due_date,

        deadlines.due_local,
        deadlines.due_at,
        deadlines.original_due_at,
        deadlines.first_seen_at,
        deadlines.last_changed_at,
        deadlines.last_confirmed_at,
        greatest(
            revisions.revised_at,
            deadlines.last_changed_at,
            deadlines.decided_at
        ) as revised_at

    from deadlines_to_follow as deadlines

    inner join conferences
        on deadlines.conference_key = conferences.conference_key

    inner join series
        on conferences.series_key = series.series_key

    inner join sources
        on deadlines.source_key = sources.source_key

    left join labels
        on conferences.series_key = labels.series_key

    left join conflicts
        on
            deadlines.deadline_key = conflicts.deadline_key
            and conflicts.has_conflict

    left join revisions
        on deadlines.deadline_key = revisions.deadline_key

)

select * from one_row_per_current_deadline
