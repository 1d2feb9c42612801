{{ config(materialized='incremental', meta={'follow_by': 'document_key'}) }}

with

deadlines as not materialized (

    select * from {{ ref('int_deadlines_unioned') }}
    {{ only_touched_documents() }}

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

{# Dates and zones repeat, so each text is read once: a row per pair of texts here, per
   label below, and nothing but joins for the many claims. #}
due_texts as (

    select distinct
        coalesce(due_text, '') as due_text,
        coalesce(due_wall_text, '') as due_wall_text

    from deadlines

),

{# YYYY-M-D, then perhaps a time with or without seconds. Materialized, as the next
   step is: Postgres would else match the pattern again for every use of a part. #}
wall_times_split as materialized (

    select
        *,
        {{ stated('due_text') }} as due_stated,
        regexp_match(
            trim(due_wall_text),
            '^(\d{4})-(\d{1,2})-(\d{1,2})'
            || '(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$'
        )::integer[] as wall_parts

    from due_texts

),

{# A day without a time is due when that day ends; 24:00 is the midnight after it. #}
wall_times_read as (

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

{# How a text reads before its zone is known: null where that decides. #}
due_texts_read as materialized (

    select
        wall_times.due_text,
        wall_times.due_wall_text,
        wall_times.due_local,
        wall_times.due_precision,
        case
            when wall_times.due_stated is null then 'not_stated'
            else placeholders.due_reading
        end as reading_of_words,
        case
            when wall_times.due_local is not null then null
            when wall_times.wall_parts is not null then 'impossible'
            when wall_times.due_precision = 'month' then 'tbd'
            when wall_times.due_wall_text like '%\%%' then 'rolling'
            else 'unreadable'
        end as reading_without_date

    from wall_times_read as wall_times

    left join placeholders
        on lower(wall_times.due_stated) = lower(placeholders.placeholder)

),

zone_texts as materialized (

    select
        zone_texts.source_key,
        sources.family,
        zone_texts.timezone_text,
        {{ stated('zone_texts.timezone_text') }} as timezone_stated,
        lower(
            coalesce(
                {{ stated('zone_texts.timezone_text') }},
                sources.default_timezone_text
            )
        ) as label_key

    from (
        select distinct
            source_key,
            coalesce(timezone_text, '') as timezone_text
        from deadlines
    ) as zone_texts

    inner join sources
        on zone_texts.source_key = sources.source_key

),

stated_labels as (

    select distinct label_key

    from zone_texts

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

zone_texts_read as materialized (

    select
        zone_texts.source_key,
        zone_texts.family,
        zone_texts.timezone_text,
        zone_texts.timezone_stated is not null as is_timezone_stated,
        zones.timezone_name,
        zones.utc_offset_minutes

    from zone_texts

    left join zone_of_each_label as zones
        on zone_texts.label_key = zones.label_key

),

one_row_per_dated_field as (

    select
        deadlines.document_key,
        deadlines.source_key,
        deadlines.entry_position,
        deadlines.deadline_position,

        zones.family,
        deadlines.published_type,
        deadlines.label_text,
        deadlines.due_text,
        deadlines.timezone_text,
        case when texts.due_local is not null then zones.timezone_name end
            as timezone_name,
        texts.due_precision,
        case
            when texts.reading_of_words is not null then texts.reading_of_words
            {# Pages have many words for a date that will come; readers know them. #}
            when deadlines.read_kind is not null and deadlines.due_wall_text is null
                then 'tbd'
            when texts.due_local is null then texts.reading_without_date
            when zones.timezone_name is not null then 'instant'
            else 'zone_unknown'
        end as due_reading,
        deadlines.read_kind,
        deadlines.read_track,
        deadlines.kind_rule,
        deadlines.track_rule,
        deadlines.evidence_text,

        deadlines.evidence_start,
        deadlines.evidence_end,

        zones.is_timezone_stated,
        deadlines.is_estimate,
        deadlines.is_superseded,

        texts.due_local,
        {{ instant(
            'texts.due_local', 'zones.timezone_name', 'zones.utc_offset_minutes'
        ) }} as due_at

    from deadlines

    inner join due_texts_read as texts
        on
            coalesce(deadlines.due_text, '') = texts.due_text
            and coalesce(deadlines.due_wall_text, '') = texts.due_wall_text

    inner join zone_texts_read as zones
        on
            deadlines.source_key = zones.source_key
            and coalesce(deadlines.timezone_text, '') = zones.timezone_text

)

select * from one_row_per_dated_field
