{# Claims about one obligation meet in one slot: conference, track, kind and round. #}
with

claims as (

    select * from {{ ref('int_claim_intervals') }}

),

rounds as (

    select * from {{ ref('int_deadline_rounds') }}

),

{# Estimates are kept as claims and never meet a fact; texts that name no date and do
   not say that one will come are kept as said. #}
claims_with_eligibility as (

    select
        *,
        conference_key is not null
        and not is_estimate
        and due_reading in (
            'instant', 'zone_unknown', 'tbd', 'rolling', 'cancelled'
        ) as has_slot

    from claims

),

{# The nearest date of a round. A claim without a date keeps its number among the
   source's own, where dates come first. #}
claims_with_nearest_round as (

    select distinct on (claims.claim_key)
        claims.*,
        coalesce(rounds.round, claims.entry_ordinal)::integer as nearest_round

    from claims_with_eligibility as claims

    left join rounds
        on
            claims.has_slot
            and claims.conference_key = rounds.conference_key
            and claims.track = rounds.track
            and claims.kind = rounds.kind
            and claims.due_local is not null

    order by
        claims.claim_key,
        abs(claims.due_local::date - rounds.round_date),
        rounds.round

),

one_row_per_claim as (

    select
        *,
        case when has_slot then nearest_round end as round,
        case
            when has_slot
                then concat_ws('/', conference_key, track, kind, nearest_round)
        end as deadline_key

    from claims_with_nearest_round

)

select * from one_row_per_claim
