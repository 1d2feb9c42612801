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

areas as (

    select * from {{ ref('bridge_series_areas') }}

),

ranks as (

    select * from {{ ref('series_ranks') }}

),

sources as (

    select * from {{ ref('dim_sources') }}

),

areas_of_each_series as (

    select
        series_key,
        string_agg(distinct area, ', ' order by area) as areas

    from areas

    group by series_key

),

{# One rank a system, of the better source: the h5 index is a number and not a class. #}
one_rank_per_system as (

    select distinct on (ranks.series_key, ranks.system)
        ranks.series_key,
        ranks.system,
        ranks.rank

    from ranks

    inner join sources
        on ranks.source_key = sources.source_key

    where ranks.system != 'h5'

    order by
        ranks.series_key, ranks.system, sources.authority_rank, ranks.source_key

),

ranks_of_each_series as (

    select
        series_key,
        string_agg(upper(system) || ' ' || rank, ', ' order by system) as ranks

    from one_rank_per_system

    group by series_key

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
        areas_of_each_series.areas,
        ranks_of_each_series.ranks,
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

    left join areas_of_each_series
        on conferences.series_key = areas_of_each_series.series_key

    left join ranks_of_each_series
        on conferences.series_key = ranks_of_each_series.series_key

    where
        deadlines.status = 'announced'
        and deadlines.due_at >= {{ as_of() }}

)

select * from one_row_per_upcoming_deadline
