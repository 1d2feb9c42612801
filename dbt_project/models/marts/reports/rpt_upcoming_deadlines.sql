with

deadlines as (

    select * from {{ ref('fct_deadlines') }}

),

conferences as (

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

one_row_per_upcoming_deadline as (

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

        conferences.year,
        deadlines.round,
        deadlines.extension_count,
        deadlines.claim_count,
        deadlines.agreeing_claim_count,
        deadlines.confidence,

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
        deadlines.last_confirmed_at

    from deadlines

    inner join conferences
        on deadlines.conference_key = conferences.conference_key

    inner join series
        on conferences.series_key = series.series_key

    inner join sources
        on deadlines.source_key = sources.source_key

    left join labels
        on conferences.series_key = labels.series_key

    where
        deadlines.status = 'announced'
        and deadlines.due_at >= {{ as_of() }}

)

select * from one_row_per_upcoming_deadline
