{{ config(materialized='incremental') }}

{# Which records speak of one round. The source that tells most rounds apart opens
   them; the records of the others join the nearest round, each its own, or open one
   where none is near. Records follow each other in a fixed order, nearest first. #}

{% set far = var('round_days') -%}
{% set near = var('restatement_days') -%}

with recursive

records as not materialized (

    select * from {{ ref('int_records_summarised') }}
    {{ only_touched() }}

),

groups_of_records as (

    select
        group_key,
        min(series_key) as series_key,
        {# Nothing is to be told apart where each source has one date, all in a week. #}
        count(*) > 1
        and (
            count(*) > count(distinct source_key)
            or count(due_day) not in (0, count(*))
            or max(due_day) - min(due_day) > 7
            or min(kind) = 'other'
            or not bool_and(is_said_now)
        ) as has_to_be_aligned

    from records

    group by group_key

),

records_to_align as (

    select records.*

    from records

    inner join groups_of_records
        on records.group_key = groups_of_records.group_key

    where groups_of_records.has_to_be_aligned

),

days_told_by_each_witness as (

    select
        group_key,
        source_key,
        authority_rank,
        witness_key,
        count(distinct due_day) as day_count

    from records_to_align

    where is_said_now and due_day is not null

    group by group_key, source_key, authority_rank, witness_key

),

ranked_witnesses as (

    select
        *,
        row_number() over (
            partition by group_key
            order by
                day_count desc, authority_rank asc, source_key asc, witness_key asc
        ) as witness_rank

    from days_told_by_each_witness

),

ranked_sources as (

    select
        group_key,
        source_key,
        min(witness_rank) as source_rank

    from ranked_witnesses

    group by group_key, source_key

),

days_of_reference as (

    select distinct
        records_to_align.group_key,
        records_to_align.due_day

    from records_to_align

    inner join ranked_witnesses
        on
            records_to_align.group_key = ranked_witnesses.group_key
            and records_to_align.source_key = ranked_witnesses.source_key
            and records_to_align.witness_key = ranked_witnesses.witness_key

    where
        ranked_witnesses.witness_rank = 1
        and records_to_align.is_said_now
        and records_to_align.due_day is not null

),

distances_to_reference as (

    select
        records_to_align.group_key,
        records_to_align.strand_key,
        min(abs(records_to_align.due_day - days_of_reference.due_day)) as day_count

    from records_to_align

    inner join days_of_reference
        on records_to_align.group_key = days_of_reference.group_key

    group by records_to_align.group_key, records_to_align.strand_key

),

{# What an entry of a list said beside another date was another round, also once it is
   no longer said. #}
strands_said_beside as (

    select
        records.group_key,
        records.strand_key,
        array_agg('%|' || others.strand_key || '|%') as patterns

    from records_to_align as records

    inner join records_to_align as others
        on
            records.group_key = others.group_key
            and records.source_key = others.source_key
            and records.witness_key = others.witness_key
            and records.strand_key != others.strand_key
            and records.first_seen_at < others.last_said_at
            and records.last_said_at > others.first_seen_at

    where
        records.source_kind = 'list'
        and not records.is_said_now

    group by records.group_key, records.strand_key

),

{# What is said now goes before what was said or replaced, and a date before none. #}
records_in_order as (

    select
        records.*,
        strands_said_beside.patterns as beside_patterns,
        row_number() over (
            partition by records.group_key
            order by
                records.is_said_now desc,
                (records.due_day is not null) desc,
                ranked_sources.source_rank asc nulls last,
                records.source_key asc,
                {# A day that both name is one round, whatever either calls it. #}
                coalesce(distances.day_count = 0, false) desc,
                ranked_witnesses.witness_rank asc nulls last,
                records.witness_key asc,
                distances.day_count asc nulls last,
                records.due_day asc,
                records.source_record_id asc,
                records.strand_key asc
        ) as turn

    from records_to_align as records

    left join ranked_sources
        on
            records.group_key = ranked_sources.group_key
            and records.source_key = ranked_sources.source_key

    left join ranked_witnesses
        on
            records.group_key = ranked_witnesses.group_key
            and records.source_key = ranked_witnesses.source_key
            and records.witness_key = ranked_witnesses.witness_key

    left join distances_to_reference as distances
        on
            records.group_key = distances.group_key
            and records.strand_key = distances.strand_key

    left join strands_said_beside
        on
            records.group_key = strands_said_beside.group_key
            and records.strand_key = strands_said_beside.strand_key

),

{# One row per record; each carries the rounds that are open after it, as arrays. #}
alignment as (

    select
        group_key,
        strand_key,
        turn,
        1 as place,
        'opens a round'::text as slot_reason,
        array[due_day] as due_days,
        array[round_name] as round_names,
        array[label_core] as label_cores,
        array[witness_key] as witness_keys,
        array['|' || source_key || '|'] as source_keys,
        array['|' || strand_key || '|'] as strand_keys

    from records_in_order

    where turn = 1

    union all

    select
        records.group_key,
        records.strand_key,
        records.turn,
        chosen.place,
        chosen.slot_reason,
        case
            when chosen.is_new then array_append(rounds.due_days, records.due_day)
            else rounds.due_days
        end as due_days,
        case
            when chosen.is_new then array_append(rounds.round_names, records.round_name)
            else rounds.round_names
        end as round_names,
        {# Of a round the label and the witness that spoke of it last: sources come one
           after the other, and only what one says itself is compared by them. #}
        rounds.label_cores[:chosen.place - 1]
        || array[records.label_core]
        || rounds.label_cores[chosen.place + 1:] as label_cores,
        rounds.witness_keys[:chosen.place - 1]
        || array[records.witness_key]
        || rounds.witness_keys[chosen.place + 1:] as witness_keys,
        rounds.source_keys[:chosen.place - 1]
        || array[
            coalesce(rounds.source_keys[chosen.place], '|') || records.source_key || '|'
        ]
        || rounds.source_keys[chosen.place + 1:] as source_keys,
        rounds.strand_keys[:chosen.place - 1]
        || array[
            coalesce(rounds.strand_keys[chosen.place], '|') || records.strand_key || '|'
        ]
        || rounds.strand_keys[chosen.place + 1:] as strand_keys

    from alignment as rounds

    inner join records_in_order as records
        on
            rounds.group_key = records.group_key
            and records.turn = rounds.turn + 1

    cross join
        lateral (
            select
                candidates.place,
                candidates.is_new,
                candidates.slot_reason

            from (
                select
                    places.place,
                    false as is_new,
                    case
                        when records.due_day is null
                            then
                                'names no date: the first round that its source does '
                                || 'not date'
                        when fits.is_own and records.is_said_now and fits.gap > 0
                            then 'its source says another date of the same'
                        when fits.gap = 0 then 'the same day'
                        when fits.gap > 2 * {{ far }}
                            then
                                'the same season of another year, ' || fits.gap
                                || ' days away'
                        when fits.has_same_name
                            then
                                'labelled as the same round, ' || fits.gap
                                || ' days away'
                        else 'the nearest round, ' || fits.gap || ' days away'
                    end as slot_reason,
                    fits.gap,
                    fits.has_same_name,
                    fits.is_own and fits.has_same_label as repeats_its_label,
                    fits.gap + 10 * fits.has_other_label::integer as distance

                from generate_subscripts(rounds.due_days, 1) as places (place)

                cross join
                    lateral (
                        select
                            abs(records.due_day - rounds.due_days[places.place]) as gap,
                            rounds.source_keys[places.place]
                            like '%|' || records.source_key || '|%' as is_own,
                            coalesce(
                                rounds.strand_keys[places.place]
                                like any(records.beside_patterns),
                                false
                            ) as was_said_beside,
                            rounds.witness_keys[places.place]
                            = records.witness_key as is_same_witness,
                            coalesce(
                                rounds.label_cores[places.place] = records.label_core,
                                false
                            ) as has_same_label,
                            coalesce(
                                rounds.label_cores[places.place] != records.label_core,
                                false
                            ) as has_other_label,
                            coalesce(
                                rounds.round_names[places.place] = records.round_name,
                                false
                            ) as has_same_name,
                            {# "Summer" and "first" may be one. #}
                            coalesce(
                                rounds.round_names[places.place] != records.round_name
                                and (rounds.round_names[places.place] ~ '^[0-9]')
                                = (records.round_name ~ '^[0-9]'),
                                false
                            ) as has_other_name
                    ) as fits

                {# Two dates of one source are of one round only where the source says
                   two things about it: on two pages, in two entries or records, or
                   under the same words of one page. #}
                where
                    case
                        when fits.was_said_beside and fits.gap is distinct from 0
                            then false
                        when records.due_day is null
                            then
                                not (fits.is_own and records.is_said_now)
                                and not fits.has_other_name
                                and (records.kind != 'other' or fits.has_same_label)
                        when fits.gap is null then false
                        when records.kind = 'other' and not fits.has_same_label
                            then false
                        when not records.is_said_now
                            then
                                fits.gap = 0
                                or fits.gap <= {{ far }} and not fits.has_other_name
                        when not fits.is_own
                            then
                                fits.gap
                                <= case
                                    when fits.has_same_name then 2 * {{ far }}
                                    when fits.has_other_name then 7
                                    else {{ far }}
                                end
                                {# A date that was not moved on to the new year. #}
                                or abs(fits.gap - 365) <= {{ near }}
                                and not fits.has_other_name
                        when records.source_kind = 'official_pages'
                            then
                                fits.gap = 0
                                or fits.gap <= {{ near }} and fits.has_same_label
                        when fits.is_same_witness
                            then
                                fits.gap = 0
                                and (
                                    records.source_kind = 'listing_site'
                                    or not fits.has_other_label
                                )
                        else
                            fits.gap <= {{ near }}
                            and not fits.has_other_label
                            and not fits.has_other_name
                    end

                union all

                select
                    cardinality(rounds.due_days) + 1 as place,
                    true as is_new,
                    'opens a round' as slot_reason,
                    null::integer as gap,
                    false as has_same_name,
                    false as repeats_its_label,
                    null::integer as distance
            ) as candidates

            order by
                candidates.is_new asc,
                (candidates.gap = 0) desc nulls last,
                candidates.has_same_name desc,
                candidates.repeats_its_label desc,
                candidates.distance asc nulls last,
                rounds.due_days[candidates.place] asc nulls last,
                candidates.place asc

            limit 1
        ) as chosen

),

one_row_per_record as (

    select
        alignment.group_key,
        alignment.strand_key,
        groups_of_records.series_key,
        alignment.place,
        alignment.slot_reason

    from alignment

    inner join groups_of_records
        on alignment.group_key = groups_of_records.group_key

    union all

    select
        records.group_key,
        records.strand_key,
        records.series_key,
        1 as place,
        case
            when count(*) over (partition by records.group_key) = 1
                then 'the only record'
            else 'one date of each source, all in a week'
        end as slot_reason

    from records

    inner join groups_of_records
        on records.group_key = groups_of_records.group_key

    where not groups_of_records.has_to_be_aligned

)

select * from one_row_per_record
