with

claims as (

    select * from {{ ref('int_claims_ranked') }}

),

records as (

    select * from {{ ref('int_claim_records') }}

),

one_row_per_claim_and_interval as (

    select
        claims.claim_key,
        claims.source_key,
        records.source_record_id,
        claims.document_key,
        claims.series_key,
        claims.conference_key,
        claims.deadline_key,

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
        claims.slot_reason,
        claims.rank_reason,

        claims.edition_year as year,
        claims.round,
        claims.authority_rank,
        claims.observation_number,
        claims.agreeing_source_count,
        claims.unstated_count,
        claims.truth_score,
        claims.claim_rank,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,
        claims.is_current,
        claims.is_winner,
        claims.agrees_with_winner,

        claims.due_local,
        claims.due_at,
        claims.seen_from,
        claims.seen_to,
        claims.last_seen_at

    from claims

    inner join records
        on claims.claim_key = records.claim_key

)

select * from one_row_per_claim_and_interval
