{{ config(materialized='incremental') }}

{# The rule of truth, as columns: what a maintainer decided, which counts as authority
   of rank 0; a claim that names an instant; then the better
   authority; then the later observation; then more sources that agree; then a time and
   a zone that are stated, which counts among pages alone, since a list has fields for
   both. What is equal in all of them is decided by the order of keys. #}
with

claims as not materialized (

    select * from {{ ref('int_claims_slotted') }}
    {{ only_touched() }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

weights as (

    select * from {{ ref('authority_weights') }}

),

decisions as (

    select * from {{ ref('int_decisions_resolved') }}
    where is_in_force

),

claims_with_weight as not materialized (

    select
        claims.*,
        case
            when
                claims.source_kind = 'maintainers'
                or claims.source_key = decisions.believed_source_key
                then 0
            else sources.authority_rank
        end as authority_rank,
        coalesce(weights.weight, 0) as authority_weight,
        case
            when claims.source_kind = 'list' then 0
            else
                (not claims.is_timezone_stated)::integer
                + (claims.due_precision = 'day')::integer
        end as unstated_count

    from claims

    left join sources
        on claims.source_key = sources.source_key

    left join weights
        on sources.authority = weights.authority

    left join decisions
        on claims.deadline_key = decisions.deadline_key

),

{# Only what a source says now, and has not replaced itself, may be believed. #}
eligible_claims as (

    select
        claim_key,
        deadline_key,
        source_key,
        due_at,
        due_local,
        due_reading,
        authority_rank,
        unstated_count,
        seen_from,
        dense_rank() over (
            partition by deadline_key
            order by seen_from
        )::integer as observation_number

    from claims_with_weight

    where
        deadline_key is not null
        and is_said_now

),

{# A source agrees with a claim when it makes one of the same moment. #}
agreement as (

    select
        eligible_claims.claim_key,
        count(distinct others.source_key)::integer as agreeing_source_count

    from eligible_claims

    inner join eligible_claims as others
        on
            eligible_claims.deadline_key = others.deadline_key
            and {{ is_same_moment('eligible_claims', 'others') }}

    group by eligible_claims.claim_key

),

{# One number, whose digits are the inputs in the order of the rule: 0 1 7 002 003 9 is
   not decided, an instant, by an authority of rank 2, since the second observation of
   the deadline, said by three sources, and with nothing unstated. #}
scored_claims as (

    select
        eligible_claims.*,
        agreement.agreeing_source_count,
        eligible_claims.due_reading = 'instant' as has_instant,
        (eligible_claims.authority_rank = 0)::integer * 1000000000
        + (eligible_claims.due_reading = 'instant')::integer * 100000000
        + (9 - eligible_claims.authority_rank) * 10000000
        + least(eligible_claims.observation_number, 999) * 10000
        + least(agreement.agreeing_source_count, 999) * 10
        + 9 - eligible_claims.unstated_count as truth_score

    from eligible_claims

    inner join agreement
        on eligible_claims.claim_key = agreement.claim_key

),

ordered_claims as (

    select
        scored_claims.*,
        row_number() over (
            partition by scored_claims.deadline_key
            order by {{ order_of_truth('scored_claims') }}
        )::integer as claim_rank

    from scored_claims

),

winners as (

    select * from ordered_claims
    where claim_rank = 1

),

compared_with_winner as (

    select
        ordered_claims.*,
        {{ is_same_moment('ordered_claims', 'winners') }} as agrees_with_winner,
        case
            when ordered_claims.claim_rank = 1 and ordered_claims.authority_rank = 0
                then 'winner, as a maintainer decided'
            when ordered_claims.claim_rank = 1 then 'winner'
            when {{ is_same_moment('ordered_claims', 'winners') }}
                then 'says the same as the winner'
            when ordered_claims.authority_rank > 0 and winners.authority_rank = 0
                then 'a maintainer decided otherwise'
            when ordered_claims.has_instant != winners.has_instant
                then 'names no instant'
            when ordered_claims.authority_rank != winners.authority_rank
                then 'source of lower authority'
            when ordered_claims.observation_number != winners.observation_number
                then 'observed earlier'
            when
                ordered_claims.agreeing_source_count != winners.agreeing_source_count
                then 'fewer sources agree'
            when ordered_claims.unstated_count != winners.unstated_count
                then 'less is stated'
            else 'a tie, which the order of keys decides'
        end as rank_reason

    from ordered_claims

    inner join winners
        on ordered_claims.deadline_key = winners.deadline_key

),

one_row_per_claim as (

    select
        claims.claim_key,
        claims.source_key,
        claims.series_key,
        claims.deadline_key,
        claims.source_record_id,

        claims.slot_reason,
        coalesce(
            compared_with_winner.rank_reason,
            case
                when claims.is_source_removed then 'source no longer registered'
                when not claims.is_current and claims.source_kind = 'maintainers'
                    then 'revoked, or replaced by a later decision'
                when not claims.is_current then 'no longer said'
                when claims.is_superseded then 'replaced by the source itself'
                else claims.reason_without_slot
            end
        ) as rank_reason,

        claims.round,
        claims.authority_rank,
        claims.authority_weight,
        claims.unstated_count,
        compared_with_winner.observation_number,
        compared_with_winner.agreeing_source_count,
        compared_with_winner.truth_score,
        compared_with_winner.claim_rank,
        coalesce(compared_with_winner.claim_rank = 1, false) as is_winner,
        compared_with_winner.agrees_with_winner

    from claims_with_weight as claims

    left join compared_with_winner
        on claims.claim_key = compared_with_winner.claim_key

)

select * from one_row_per_claim
