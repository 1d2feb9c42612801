{{ config(materialized='incremental') }}

{# Rounds are numbered in the order in which they appeared, then by the date that they
   had then. Neither changes when a round is added, so a number once given stays. #}
with

records as (

    select * from {{ ref('int_records_summarised') }}
    {{ only_touched() }}

),

aligned_records as (

    select * from {{ ref('int_records_aligned') }}

),

rounds as (

    select
        records.group_key,
        records.series_key,
        records.conference_key,
        records.track,
        records.kind,
        aligned_records.place,
        min(records.first_seen_at) as first_seen_at,
        (
            array_agg(
                records.first_due_local
                order by records.first_seen_at, records.first_due_local
            )
        )[1] as first_due_local,
        (
            array_agg(
                records.source_record_id
                order by
                    records.first_seen_at,
                    records.first_due_local,
                    records.source_record_id
            )
        )[1] as first_record_id

    from records

    inner join aligned_records
        on
            records.group_key = aligned_records.group_key
            and records.strand_key = aligned_records.strand_key

    group by
        records.group_key,
        records.series_key,
        records.conference_key,
        records.track,
        records.kind,
        aligned_records.place

),

one_row_per_round as (

    select
        group_key,
        series_key,
        conference_key,
        track,
        kind,
        place,
        row_number() over (
            partition by group_key
            order by first_seen_at, first_due_local, first_record_id, place
        )::integer as round,
        first_due_local,
        first_seen_at

    from rounds

)

select * from one_row_per_round
