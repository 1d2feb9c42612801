{# Every look confirms what it does not change: half of each page is left free, so that
   the new last_confirmed_at of a row fits beside the old and no index need know. #}
{{ config(
    materialized='incremental',
    meta={'confirmed_by_looks': true, 'fillfactor': 50},
) }}

{# Postgres copies a CTE that is read twice, with all its columns, and sorts whole rows:
   `not materialized` lets each reader take what it needs, and the wide columns are joined
   at the end. #}
with

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

ranked_claims as (

    select *
    from (
        select * from {{ ref('int_claims_ranked') }}
        {{ only_touched() }}
    ) as claims_of_series
    where claim_rank is not null

),

sightings as (

    select * from {{ ref('int_document_sightings') }}

),

decisions as (

    select * from {{ ref('int_decisions_resolved') }}
    where is_in_force

),

slots as (

    select
        deadline_key,

        count(distinct source_key) filter (where is_current and not is_superseded)
            as claim_count,
        count(distinct source_key) filter (where agrees_with_winner)
            as agreeing_claim_count,
        min(seen_from) as first_seen_at

    from claims

    where deadline_key is not null

    group by deadline_key

),

{# What each source says of a deadline now; one that says two things is worth half. #}
voices as (

    select
        deadline_key,
        source_key,
        max(authority_weight) as authority_weight,
        bool_or(agrees_with_winner) as agrees,
        bool_and(agrees_with_winner) as is_of_one_mind,
        bool_or(authority_rank = 0) as is_decided

    from ranked_claims

    group by deadline_key, source_key

),

confidence as (

    select
        deadline_key,
        case
            when bool_or(is_decided) then 1
            else
                coalesce(
                    sum(authority_weight * case when is_of_one_mind then 1 else 0.5 end)
                    filter (where agrees),
                    0
                )
                / (sum(authority_weight) + 1)
        end as confidence

    from voices

    group by deadline_key

),

{# The claim that is believed; where nobody makes one any more, the last that was
   made. #}
believed_claims as (

    select distinct on (deadline_key)
        deadline_key,
        claim_key,
        source_key,
        is_winner,
        due_at,
        seen_from

    from claims

    where deadline_key is not null

    order by
        deadline_key asc,
        is_winner desc,
        is_superseded asc,
        coalesce(seen_to, 'infinity') desc,
        seen_from desc,
        source_key asc,
        claim_key asc

),

{# What the believed source said of the same obligation before: dates that it has
   dropped, or replaced in place. #}
earlier_dates as (

    select
        believed_claims.deadline_key,
        count(distinct claims.due_at)::integer as move_count,
        (
            array_agg(claims.due_at order by claims.seen_from, claims.due_at)
        )[1] as original_due_at

    from believed_claims

    inner join claims
        on
            believed_claims.deadline_key = claims.deadline_key
            and believed_claims.source_key = claims.source_key
            and believed_claims.due_at != claims.due_at

    where
        claims.seen_from <= believed_claims.seen_from
        and (claims.is_superseded or not claims.is_current)

    group by believed_claims.deadline_key

),

dissent as (

    select
        claims.deadline_key,
        bool_or(
            abs(date_part('epoch', claims.due_at - believed_claims.due_at))
            >= {{ var('conflict_hours') }} * 3600
        ) as has_conflict

    from claims

    inner join believed_claims
        on claims.deadline_key = believed_claims.deadline_key

    where
        claims.claim_rank is not null
        and believed_claims.is_winner

    group by claims.deadline_key

),

beliefs as (

    select
        believed_claims.deadline_key,
        claims.series_key,
        claims.conference_key,
        claims.claim_key,
        claims.source_key,
        claims.document_key,

        decisions.decision_id,

        claims.track,
        claims.kind,
        coalesce(
            claims.label_text,
            replace(claims.published_type, '_', ' ')
        ) as label,
        claims.timezone_name,
        claims.timezone_text,
        claims.due_precision,
        case
            when not claims.is_winner then 'withdrawn'
            when claims.due_reading = 'cancelled' then 'withdrawn'
            when claims.due_local is null then 'tbd'
            else 'announced'
        end as status,
        claims.source_url,
        claims.evidence,
        decisions.decision_reason,
        decisions.decided_by,

        claims.round,
        coalesce(earlier_dates.move_count, 0) as extension_count,
        slots.claim_count::integer as claim_count,
        slots.agreeing_claim_count::integer as agreeing_claim_count,
        round(coalesce(confidence.confidence, 0), 2)::numeric(4, 2) as confidence,

        claims.is_timezone_stated,
        coalesce(dissent.has_conflict, false) as has_conflict,

        {{ calendar_day('claims.due_local') }} as due_date,

        claims.due_local,
        claims.due_at,
        coalesce(earlier_dates.original_due_at, claims.due_at)
            as original_due_at,
        slots.first_seen_at,
        claims.seen_from as last_changed_at,
        claims.last_seen_at as last_confirmed_at,
        claims.seen_to,
        decisions.decided_at

    from believed_claims

    inner join claims
        on believed_claims.claim_key = claims.claim_key

    inner join slots
        on believed_claims.deadline_key = slots.deadline_key

    left join confidence
        on believed_claims.deadline_key = confidence.deadline_key

    left join decisions
        on believed_claims.deadline_key = decisions.deadline_key

    left join earlier_dates
        on believed_claims.deadline_key = earlier_dates.deadline_key

    left join dissent
        on believed_claims.deadline_key = dissent.deadline_key

),

one_row_per_deadline as (

    select
        beliefs.deadline_key,
        beliefs.series_key,
        beliefs.conference_key,
        beliefs.claim_key,
        beliefs.source_key,
        beliefs.document_key,

        beliefs.decision_id,

        beliefs.track,
        beliefs.kind,
        beliefs.label,
        beliefs.timezone_name,
        beliefs.timezone_text,
        beliefs.due_precision,
        beliefs.status,
        beliefs.source_url,
        beliefs.evidence,
        beliefs.decision_reason,
        beliefs.decided_by,

        beliefs.round,
        beliefs.extension_count,
        beliefs.claim_count,
        beliefs.agreeing_claim_count,
        beliefs.confidence,

        beliefs.is_timezone_stated,
        beliefs.has_conflict,

        beliefs.due_date,

        beliefs.due_local,
        beliefs.due_at,
        beliefs.original_due_at,
        beliefs.first_seen_at,
        beliefs.last_changed_at,
        {{ last_confirmed_at('beliefs', 'sightings.last_seen_at') }}
            as last_confirmed_at,
        beliefs.seen_to,
        beliefs.decided_at

    from beliefs

    left join sightings
        on beliefs.document_key = sightings.document_key

)

select * from one_row_per_deadline
