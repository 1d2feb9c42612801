{# A row is a claim whose score is higher than that of a claim that is believed before
   it: the number and the order of truth would tell two stories. #}
with

claims as (

    select *
    from (
        select * from {{ ref('fct_deadline_claims') }}
        {{ only_touched() }}
    ) as claims_of_series
    where claim_rank is not null

)

select
    claims.claim_key,
    better_claims.claim_key as better_claim_key

from claims

inner join claims as better_claims
    on
        claims.deadline_key = better_claims.deadline_key
        and claims.claim_rank = better_claims.claim_rank + 1

where claims.truth_score > better_claims.truth_score
