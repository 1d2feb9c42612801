{# How often the belief that rests on lists alone names the official page's day, by the
   confidence that it would have: dbt compile, then run it. Load lists and pages first. #}
with

claims as (

    select
        claims.*,
        ranked_claims.authority_weight,
        sources.kind as source_kind

    from {{ ref('fct_deadline_claims') }} as claims

    inner join {{ ref('int_claims_ranked') }} as ranked_claims
        on claims.claim_key = ranked_claims.claim_key

    inner join {{ ref('dim_sources') }} as sources
        on claims.source_key = sources.source_key

    where claims.claim_rank is not null and claims.due_at is not null

),

official_days as (

    select
        deadline_key,
        due_local::date as due_day

    from claims

    where source_kind = 'official_pages'

),

claims_of_lists as (

    select * from claims
    where source_kind = 'list'

),

beliefs as (

    select distinct on (claims_of_lists.deadline_key)
        claims_of_lists.deadline_key,
        claims_of_lists.due_at,
        claims_of_lists.due_local

    from claims_of_lists

    order by
        claims_of_lists.deadline_key asc,
        {{ order_of_truth('claims_of_lists') }}

),

beliefs_with_confidence as (

    select
        beliefs.deadline_key,
        beliefs.due_local::date as due_day,
        round(
            sum(claims_of_lists.authority_weight) filter (
                where {{ is_same_moment('claims_of_lists', 'beliefs') }}
            )
            / (sum(claims_of_lists.authority_weight) + 1),
            2
        ) as confidence

    from beliefs

    inner join claims_of_lists
        on beliefs.deadline_key = claims_of_lists.deadline_key

    group by beliefs.deadline_key, beliefs.due_local

),

compared as (

    select
        beliefs.deadline_key,
        beliefs.confidence,
        min(abs(beliefs.due_day - official_days.due_day)) as days_apart

    from beliefs_with_confidence as beliefs

    inner join official_days
        on beliefs.deadline_key = official_days.deadline_key

    group by beliefs.deadline_key, beliefs.confidence

)

select
    confidence,
    count(*) as deadline_count,
    count(*) filter (where days_apart = 0) as same_day_count,
    count(*) filter (where days_apart <= 1) as within_a_day_count

from compared

group by confidence

order by confidence
