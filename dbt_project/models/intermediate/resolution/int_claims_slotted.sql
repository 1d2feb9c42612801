{# Claims about one obligation meet in one slot: conference, track, kind and round. A
   claim goes where its record goes. A maintainer's decision names its slot itself, and
   is a claim beside the others: of the best authority, with its reason as evidence. #}
with

claims as (

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

),

claims_of_sources as (

    select
        claims.claim_key,
        claims.source_key,
        claims.document_key,
        claims.series_key,
        claims.conference_key,
        claims.record_key,
        claims.source_record_id,

        claims.source_kind,
        claims.series_text,
        claims.record_text,
        claims.track,
        claims.kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.timezone_text,
        claims.timezone_name,
        claims.due_precision,
        claims.due_reading,
        claims.source_url,
        claims.evidence,
        claims.reason_without_slot,

        claims.edition_year,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,
        claims.is_current,
        claims.is_said_now,
        claims.is_source_removed,

        claims.due_local,
        claims.due_at,
        claims.seen_from,
        claims.seen_to,
        claims.last_seen_at,

        rounds.round,
        case
            when rounds.round is not null
                then concat_ws('/', claims.group_key, rounds.round)
        end as deadline_key,
        coalesce(claims.reason_without_slot, aligned_records.slot_reason)
            as slot_reason

    from claims

    left join aligned_records
        on
            claims.reason_without_slot is null
            and claims.strand_key = aligned_records.strand_key
            and claims.group_key = aligned_records.group_key

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
        null::text as document_key,
        series_key,
        conference_key,
        claim_key as record_key,
        'decision:' || decision_id as source_record_id,

        'maintainers' as source_kind,
        series_key as series_text,
        'decision:' || decision_id as record_text,
        track,
        kind,
        null::text as published_type,
        null::text as label_text,
        coalesce(due_text, 'withdrawn') as due_text,
        timezone_text,
        timezone_name,
        due_precision,
        case
            when verdict = 'withdrawn' then 'cancelled'
            when due_at is null then 'zone_unknown'
            else 'instant'
        end as due_reading,
        null::text as source_url,
        decision_reason as evidence,
        null::text as reason_without_slot,

        edition_year,
        null::bigint as evidence_start,
        null::bigint as evidence_end,

        verdict = 'due' as is_timezone_stated,
        false as is_estimate,
        false as is_superseded,
        is_in_force as is_current,
        is_in_force as is_said_now,
        false as is_source_removed,

        due_local,
        due_at,
        decided_at as seen_from,
        ended_at as seen_to,
        coalesce(ended_at, decided_at) as last_seen_at,

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
