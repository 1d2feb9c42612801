with

claims as (

    select * from {{ ref('int_claims_ranked') }}

),

one_row_per_claim_and_interval as (

    select
        claim_key,
        source_key,
        source_record_id,
        document_key,
        series_key,
        conference_key,
        deadline_key,

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
        slot_reason,
        rank_reason,

        edition_year as year,
        round,
        authority_rank,
        observation_number,
        agreeing_source_count,
        unstated_count,
        truth_score,
        claim_rank,
        evidence_start,
        evidence_end,

        is_timezone_stated,
        is_estimate,
        is_superseded,
        is_current,
        is_winner,
        agrees_with_winner,

        due_local,
        due_at,
        seen_from,
        seen_to,
        last_seen_at

    from claims

)

select * from one_row_per_claim_and_interval
