with

deadlines as (

    select * from {{ ref('rpt_current_deadlines') }}

),

one_row_per_upcoming_deadline as (

    select
        deadline_key,
        conference_key,
        series_key,
        source_key,

        acronym,
        full_name,
        title,
        track,
        kind,
        label,
        timezone_name,
        timezone_text,
        due_precision,
        place,
        city,
        country_code,
        attendance_mode,
        homepage_url,
        primary_area,
        areas,
        ranks,
        source_name,
        source_url,
        evidence,

        year,
        round,
        extension_count,
        claim_count,
        agreeing_claim_count,
        confidence,

        is_timezone_stated,
        has_conflict,

        starts_on,
        ends_on,
        due_date,

        due_local,
        due_at,
        original_due_at,
        first_seen_at,
        last_changed_at,
        last_confirmed_at

    from deadlines

    where
        status = 'announced'
        and due_at >= {{ as_of() }}

)

select * from one_row_per_upcoming_deadline
