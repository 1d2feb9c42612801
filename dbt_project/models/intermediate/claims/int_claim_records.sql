{{ config(materialized='incremental') }}

{# Which claims are one obligation of one source through its changes of date: those that
   follow each other. Records are numbered as they appear, never by place or date, so
   that what is added later leaves the others their names. #}
with recursive

claims as not materialized (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

pairs as materialized (

    select * from {{ ref('int_claim_pairs') }}

),

first_pairs as (

    select pairs.*

    from pairs

    left join pairs as earlier_pairs
        on pairs.previous_claim_key = earlier_pairs.claim_key

    where earlier_pairs.claim_key is null

),

claims_that_follow as (

    select
        claim_key,
        previous_claim_key as first_claim_key

    from first_pairs

    union all

    select
        pairs.claim_key,
        claims_that_follow.first_claim_key

    from claims_that_follow

    inner join pairs
        on claims_that_follow.claim_key = pairs.previous_claim_key

),

claims_with_pairs as (

    select
        claims.claim_key,
        claims.series_key,
        claims.source_key,
        claims.record_text,
        claims.track,
        claims.kind,
        claims.is_superseded,
        claims.is_estimate,
        claims.due_local,
        claims.due_at,
        claims.seen_from,
        pairs.previous_claim_key,
        pairs.pair_method,
        coalesce(claims_that_follow.first_claim_key, claims.claim_key)
            as first_claim_key

    from claims

    left join pairs
        on claims.claim_key = pairs.claim_key

    left join claims_that_follow
        on claims.claim_key = claims_that_follow.claim_key

),

records_as_they_appear as (

    select
        claim_key as first_claim_key,
        source_key,
        record_text,
        track,
        kind,
        is_superseded,
        is_estimate,
        row_number() over (
            partition by
                source_key, record_text, track, kind, is_superseded, is_estimate
            order by seen_from, due_local, due_at, claim_key
        ) as appearance_number

    from claims_with_pairs

    where previous_claim_key is null

),

{# A record is named after its first claim. #}
named_records as (

    select
        first_claim_key,
        source_key,
        concat(
            concat_ws(':', record_text, track, kind, appearance_number),
            case when is_superseded then 's' end,
            case when is_estimate then 'e' end
        ) as source_record_id

    from records_as_they_appear

),

one_row_per_claim as (

    select
        claims_with_pairs.claim_key,
        claims_with_pairs.series_key,
        md5(concat_ws('|', named_records.source_key, named_records.source_record_id))
            as record_key,
        named_records.source_record_id,
        claims_with_pairs.previous_claim_key,
        claims_with_pairs.pair_method

    from claims_with_pairs

    inner join named_records
        on claims_with_pairs.first_claim_key = named_records.first_claim_key

)

select * from one_row_per_claim
