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

stated_labels as (

    select distinct lower(coalesce(timezone_stated, default_timezone_text)) as label_key

    from wall_times_read

),

{# A page often says a zone twice: "Anywhere on Earth (UTC -12:00)", "UTC/GMT". Each
   part is spelled as the seed does: no blanks about the sign, no "time" at the end. #}
labels_and_their_parts as (

    select
        label_key,
        label_key as part_key,
        0 as part_number

    from stated_labels

    union all

    select
        stated_labels.label_key,
        regexp_replace(
            regexp_replace(
                trim(translate(parts.part_text, '−–', '--')),
                '\s*([+-])\s*(?=\d)',
                '\1'
            ),
            '\s+time ?zone$', ''
        ) as part_key,
        parts.part_number

    from stated_labels

    cross join
        lateral (
            select
                stated_labels.label_key as part_text,
                1 as part_number

            union all

            select
                split_parts.part_text,
                split_parts.part_number::integer + 1 as part_number

            from
                regexp_split_to_table(stated_labels.label_key, '[(),/;=“”"]| or ')
                with ordinality as split_parts (part_text, part_number)
        ) as parts

),

{# The first part that names a single zone decides: of "Pacific Time (GMT -8:00)" the
   name, which follows the clock there. A label that as a whole is known to name no
   single zone names none. #}
zone_of_each_label as (

    select distinct on (labels_and_their_parts.label_key)
        labels_and_their_parts.label_key,
        zones.timezone_name,
        zones.utc_offset_minutes

    from labels_and_their_parts

    inner join zones
        on labels_and_their_parts.part_key = zones.label_key

    where
        labels_and_their_parts.part_number = 0
        or zones.timezone_name is not null

    order by labels_and_their_parts.label_key, labels_and_their_parts.part_number

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

    left join zone_of_each_label as zones
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
