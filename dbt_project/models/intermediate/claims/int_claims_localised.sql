with

deadlines as (

    select * from {{ ref('int_deadlines_unioned') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

zones as (

    select * from {{ ref('int_timezones') }}

),

placeholders as (

    select * from {{ ref('date_placeholders') }}

),

{# YYYY-M-D, then perhaps a time with or without seconds. Materialized, as the next
   step is: Postgres would else match the pattern again for every use of a part. #}
wall_times_split as materialized (

    select
        deadlines.*,
        sources.family,
        sources.default_timezone_text,
        {{ stated('deadlines.due_text') }} as due_stated,
        {{ stated('deadlines.timezone_text') }} as timezone_stated,
        regexp_match(
            trim(deadlines.due_wall_text),
            '^(\d{4})-(\d{1,2})-(\d{1,2})'
            || '(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$'
        )::integer[] as wall_parts

    from deadlines

    inner join sources
        on deadlines.source_key = sources.source_key

),

{# A day without a time is due when that day ends; 24:00 is the midnight after it. #}
wall_times_read as materialized (

    select
        *,
        {{ possible_date('due_wall_text') }}
        + case
            when wall_parts[4] is null then time '23:59:59' - time '00:00'
            when
                (wall_parts[4] < 24 or wall_parts[4] = 24 and wall_parts[5] = 0)
                and wall_parts[5] < 60
                and coalesce(wall_parts[6], 0) < 60
                then make_interval(
                    hours => wall_parts[4],
                    mins => wall_parts[5],
                    secs => coalesce(wall_parts[6], 0)
                )
        end as due_local,
        case
            when
                wall_parts is null and trim(due_wall_text) ~ '^\d{4}-\d{1,2}$'
                then 'month'
            when wall_parts[4] is null then 'day'
            when wall_parts[6] is null then 'minute'
            else 'second'
        end as due_precision

    from wall_times_split

),

zones_resolved as (

    select
        wall_times.*,
        zones.timezone_name,
        {{ instant(
            'wall_times.due_local', 'zones.timezone_name', 'zones.utc_offset_minutes'
        ) }} as due_at,
        case
            when wall_times.due_stated is null then 'not_stated'
            when placeholders.due_reading is not null then placeholders.due_reading
            {# Pages have many words for a date that will come; readers know them. #}
            when wall_times.read_kind is not null and wall_times.due_wall_text is null
                then 'tbd'
            when wall_times.due_local is not null and zones.timezone_name is not null
                then 'instant'
            when wall_times.due_local is not null then 'zone_unknown'
            when wall_times.wall_parts is not null then 'impossible'
            when wall_times.due_precision = 'month' then 'tbd'
            when wall_times.due_wall_text like '%\%%' then 'rolling'
            else 'unreadable'
        end as due_reading

    from wall_times_read as wall_times

    left join zones
        on
            lower(
                coalesce(wall_times.timezone_stated, wall_times.default_timezone_text)
            )
            = zones.label_key

    left join placeholders
        on lower(wall_times.due_stated) = lower(placeholders.placeholder)

),

one_row_per_dated_field as (

    select
        document_key,
        source_key,
        entry_position,
        deadline_position,

        family,
        published_type,
        label_text,
        due_text,
        timezone_text,
        case when due_local is not null then timezone_name end as timezone_name,
        due_precision,
        due_reading,
        read_kind,
        read_track,
        kind_rule,
        track_rule,
        evidence_text,

        evidence_start,
        evidence_end,

        timezone_stated is not null as is_timezone_stated,
        is_estimate,
        is_superseded,

        due_local,
        due_at

    from zones_resolved

)

select * from one_row_per_dated_field
