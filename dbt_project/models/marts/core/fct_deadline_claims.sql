{{ config(materialized='incremental') }}

with

claims as (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

ranked_claims as not materialized (

    select * from {{ ref('int_claims_ranked') }}

),

decisions as (

    select * from {{ ref('int_decisions_resolved') }}
    {{ only_touched() }}

),

{# What claims say, of whatever source. A decision has its reason for evidence. #}
claims_of_sources as (

    select
        claim_key,
        document_key,
        series_key,
        conference_key,

        source_url,
        series_text,
        track,
        kind,
        published_type,
        label_text,
        due_text,
        timezone_text,
        timezone_name,
        due_precision,
        due_reading,
        evidence,

        edition_year,
        evidence_start,
        evidence_end,

        is_timezone_stated,
        is_estimate,
        is_superseded,
        is_current,

        due_local,
        due_at,
        seen_from,
        seen_to,
        last_seen_at

    from claims

),

claims_of_maintainers as (

    select
        claim_key,
        null::text as document_key,
        series_key,
        conference_key,

        null::text as source_url,
        series_key as series_text,
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
        decision_reason as evidence,

        edition_year,
        null::bigint as evidence_start,
        null::bigint as evidence_end,

        verdict = 'due' as is_timezone_stated,
        false as is_estimate,
        false as is_superseded,
        is_in_force as is_current,

        due_local,
        due_at,
        decided_at as seen_from,
        ended_at as seen_to,
        ended_at as last_seen_at

    from decisions

),

claims_of_anybody as (

    select * from claims_of_sources

    union all

    select * from claims_of_maintainers

),

one_row_per_claim_and_interval as (

    select
        claims.claim_key,
        ranked_claims.source_key,
        ranked_claims.source_record_id,
        claims.document_key,
        claims.series_key,
        claims.conference_key,
        ranked_claims.deadline_key,

        claims.source_url,
        claims.series_text,
        claims.track,
        claims.kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.timezone_text,
        claims.timezone_name,
        claims.due_precision,
        claims.due_reading,
        claims.evidence,
        ranked_claims.slot_reason,
        ranked_claims.rank_reason,

        claims.edition_year as year,
        ranked_claims.round,
        ranked_claims.authority_rank,
        ranked_claims.observation_number,
        ranked_claims.agreeing_source_count,
        ranked_claims.unstated_count,
        ranked_claims.truth_score,
        ranked_claims.claim_rank,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,
        claims.is_current,
        ranked_claims.is_winner,
        ranked_claims.agrees_with_winner,

        claims.due_local,
        claims.due_at,
        claims.seen_from,
        claims.seen_to,
        claims.last_seen_at

    from claims_of_anybody as claims

    inner join ranked_claims
        on claims.claim_key = ranked_claims.claim_key

)

select * from one_row_per_claim_and_interval
