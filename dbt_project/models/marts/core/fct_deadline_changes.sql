with

claims as (

    select * from {{ ref('fct_deadline_claims') }}

),

records as (

    select * from {{ ref('int_claim_records') }}

),

one_row_per_change as (

    select
        md5(claims.claim_key || '|follows|' || previous_claims.claim_key)
            as change_key,
        claims.source_key,
        claims.source_record_id,
        claims.series_key,
        claims.conference_key,
        claims.deadline_key,
        claims.claim_key as new_claim_key,
        previous_claims.claim_key as old_claim_key,

        claims.series_text,
        claims.track,
        claims.kind,
        claims.label_text,
        case
            when claims.due_at > previous_claims.due_at then 'extended'
            when claims.due_at < previous_claims.due_at then 'advanced'
            when claims.due_at is null then 'cleared'
            when previous_claims.due_at is null then 'announced'
            else 'rezoned'
        end as change_type,
        previous_claims.due_text as old_due_text,
        claims.due_text as new_due_text,
        previous_claims.timezone_text as old_timezone_text,
        claims.timezone_text as new_timezone_text,
        claims.source_url,

        claims.year,
        claims.round,
        round(
            extract(epoch from claims.due_at - previous_claims.due_at) / 86400, 3
        )::numeric(12, 3) as days_moved,

        coalesce(previous_claims.due_at < claims.seen_from, false)
            as was_already_past,

        previous_claims.due_at as old_due_at,
        claims.due_at as new_due_at,
        claims.seen_from as seen_at

    from claims

    inner join records
        on claims.claim_key = records.claim_key

    inner join claims as previous_claims
        on records.previous_claim_key = previous_claims.claim_key

    where claims.due_at is distinct from previous_claims.due_at

)

select * from one_row_per_change
