{{ config(materialized='incremental') }}

{# Claims about one obligation meet in one slot: conference, track, kind and round. A
   claim goes where its record goes. A maintainer's decision names its slot itself, and
   is a claim beside the others. Here is what the rule of truth looks at; the words of
   the claims stay in int_claim_intervals. #}
with

claims as not materialized (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

recorded_claims as (

    select * from {{ ref('int_claims_recorded') }}

),

aligned_records as (

    select * from {{ ref('int_records_aligned') }}

),

rounds as (

    select * from {{ ref('int_deadline_rounds') }}

),

decisions as (

    select * from {{ ref('int_decisions_resolved') }}
    {{ only_touched() }}

),

claims_of_sources as (

    select
        claims.claim_key,
        claims.source_key,
        claims.series_key,
        claims.conference_key,
        recorded_claims.source_record_id,

        claims.source_kind,
        claims.due_precision,
        claims.due_reading,
        recorded_claims.reason_without_slot,

        claims.is_timezone_stated,
        claims.is_superseded,
        claims.is_current,
        recorded_claims.is_said_now,
        claims.is_source_removed,

        claims.due_local,
        claims.due_at,
        claims.seen_from,

        rounds.round,
        case
            when rounds.round is not null
                then concat_ws('/', recorded_claims.group_key, rounds.round)
        end as deadline_key,
        coalesce(recorded_claims.reason_without_slot, aligned_records.slot_reason)
            as slot_reason

    from claims

    inner join recorded_claims
        on claims.claim_key = recorded_claims.claim_key

    left join aligned_records
        on
            recorded_claims.reason_without_slot is null
            and recorded_claims.strand_key = aligned_records.strand_key
            and recorded_claims.group_key = aligned_records.group_key

    left join rounds
        on
            aligned_records.group_key = rounds.group_key
            and aligned_records.place = rounds.place

),

{# That a source is to be believed adds no claim: that source's own then goes first. #}
claims_of_maintainers as (

    select
        claim_key,
        'decisions' as source_key,
        series_key,
        conference_key,
        'decision:' || decision_id as source_record_id,

        'maintainers' as source_kind,
        due_precision,
        case
            when verdict = 'withdrawn' then 'cancelled'
            when due_at is null then 'zone_unknown'
            else 'instant'
        end as due_reading,
        null::text as reason_without_slot,

        verdict = 'due' as is_timezone_stated,
        false as is_superseded,
        is_in_force as is_current,
        is_in_force as is_said_now,
        false as is_source_removed,

        due_local,
        due_at,
        decided_at as seen_from,

        round,
        deadline_key,
        'decided by ' || decided_by as slot_reason

    from decisions

    where verdict != 'source' and is_about_a_known_conference

),

one_row_per_claim as (

    select * from claims_of_sources

    union all

    select * from claims_of_maintainers

)

select * from one_row_per_claim
