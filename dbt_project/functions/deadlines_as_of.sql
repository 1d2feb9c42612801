{# The rule of truth on the claims that were made at a moment. Which claims are about
   one deadline is taken from all that is known today: a round that was added later
   does not renumber the past. #}
with

claims_known_by_then as (

    select
        *,
        seen_to is null or seen_to > moment as was_said,
        case when seen_to <= moment then seen_to else 'infinity' end as said_until

    from {{ ref('fct_deadline_claims') }}

    where
        deadline_key is not null
        and seen_from <= moment

),

claims_that_counted as (

    select
        claim_key,
        deadline_key,
        source_key,
        due_reading,
        authority_rank,
        unstated_count,
        due_local,
        due_at,
        seen_from

    from claims_known_by_then

    where was_said and not is_superseded

),

agreement as (

    select
        claims_that_counted.claim_key,
        count(distinct others.source_key) as agreeing_source_count

    from claims_that_counted

    inner join claims_that_counted as others
        on
            claims_that_counted.deadline_key = others.deadline_key
            and {{ is_same_moment('claims_that_counted', 'others') }}

    group by claims_that_counted.claim_key

),

claims_with_agreement as (

    select
        claims_that_counted.*,
        agreement.agreeing_source_count

    from claims_that_counted

    inner join agreement
        on claims_that_counted.claim_key = agreement.claim_key

),

winners as (

    select distinct on (claims_with_agreement.deadline_key) claims_with_agreement.*

    from claims_with_agreement

    order by
        claims_with_agreement.deadline_key asc,
        {{ order_of_truth('claims_with_agreement') }}

),

dissent as (

    select
        winners.deadline_key,
        count(distinct claims_that_counted.source_key) as claim_count,
        coalesce(
            bool_or(
                abs(extract(epoch from claims_that_counted.due_at - winners.due_at))
                >= {{ var('conflict_hours') }} * 3600
            ),
            false
        ) as has_conflict

    from winners

    inner join claims_that_counted
        on winners.deadline_key = claims_that_counted.deadline_key

    group by winners.deadline_key

),

first_claims as (

    select
        deadline_key,
        min(seen_from) as first_seen_at

    from claims_known_by_then

    group by deadline_key

),

{# The claim that was believed; where nobody made one any more, the last that was
   made. #}
believed_claims as (

    select distinct on (claims.deadline_key)
        claims.*,
        winners.claim_key is not null as is_believed,
        winners.agreeing_source_count as agreeing_claim_count

    from claims_known_by_then as claims

    left join winners
        on claims.claim_key = winners.claim_key

    order by
        claims.deadline_key asc,
        winners.claim_key is not null desc,
        claims.is_superseded asc,
        claims.said_until desc,
        claims.seen_from desc,
        claims.source_key asc,
        claims.claim_key asc

),

one_row_per_deadline as (

    select
        believed_claims.deadline_key,
        believed_claims.conference_key,
        believed_claims.claim_key,
        believed_claims.source_key,

        believed_claims.track,
        believed_claims.kind,
        coalesce(
            believed_claims.label_text,
            replace(believed_claims.published_type, '_', ' ')
        ) as label,
        believed_claims.timezone_name,
        believed_claims.timezone_text,
        believed_claims.due_precision,
        case
            when not believed_claims.is_believed then 'withdrawn'
            when believed_claims.due_reading = 'cancelled' then 'withdrawn'
            when believed_claims.due_local is null then 'tbd'
            else 'announced'
        end as status,
        believed_claims.source_url,
        believed_claims.evidence,

        believed_claims.round,
        coalesce(dissent.claim_count, 0)::integer as claim_count,
        coalesce(believed_claims.agreeing_claim_count, 0)::integer
            as agreeing_claim_count,

        believed_claims.is_timezone_stated,
        coalesce(dissent.has_conflict, false) as has_conflict,

        believed_claims.due_local,
        believed_claims.due_at,
        first_claims.first_seen_at,
        believed_claims.seen_from as last_changed_at

    from believed_claims

    inner join first_claims
        on believed_claims.deadline_key = first_claims.deadline_key

    left join dissent
        on believed_claims.deadline_key = dissent.deadline_key

)

select * from one_row_per_deadline
