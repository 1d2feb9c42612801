{{ config(materialized='incremental') }}

with

conflicts as (

    select * from {{ ref('rpt_deadline_conflicts') }}
    {{ only_touched() }}

),

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

sources as (

    select * from {{ ref('dim_sources') }}

),

{# Of a source that says several things, the one that lies farthest off. #}
farthest_claims as (

    select distinct on (claims.deadline_key, claims.source_key)
        claims.deadline_key,
        claims.source_key,
        claims.claim_key,
        claims.due_text,
        claims.timezone_text,
        claims.source_url,
        claims.evidence,
        claims.rank_reason,
        claims.due_local,
        claims.due_at,
        extract(epoch from claims.due_at - conflicts.winning_due_at) / 86400
            as days_later

    from claims

    inner join conflicts
        on claims.deadline_key = conflicts.deadline_key

    where
        claims.claim_rank is not null
        and not claims.agrees_with_winner
        and claims.due_at is not null

    order by
        claims.deadline_key asc,
        claims.source_key asc,
        abs(extract(epoch from claims.due_at - conflicts.winning_due_at)) desc,
        claims.claim_key asc

),

one_row_per_deadline_and_dissenting_source as (

    select
        conflicts.deadline_key || '|' || farthest_claims.source_key
            as disagreement_key,
        conflicts.deadline_key,
        conflicts.series_key,
        conflicts.conference_key,
        farthest_claims.claim_key,
        farthest_claims.source_key,
        conflicts.winning_claim_key,
        conflicts.winning_source_key,

        conflicts.acronym,
        conflicts.title,
        conflicts.track,
        conflicts.kind,
        conflicts.primary_area,
        conflicts.ranks,
        sources.name as source_name,
        conflicts.winning_source_name,
        farthest_claims.due_text,
        farthest_claims.timezone_text,
        farthest_claims.source_url,
        farthest_claims.evidence,
        farthest_claims.rank_reason,

        conflicts.year,
        conflicts.round,
        round(farthest_claims.days_later, 3)::numeric(12, 3) as days_later,
        round(abs(farthest_claims.days_later), 3)::numeric(12, 3) as days_apart,

        abs(farthest_claims.days_later) * 24 >= {{ var('conflict_hours') }}
            as is_conflict,

        farthest_claims.due_local,
        conflicts.winning_due_local,
        farthest_claims.due_at,
        conflicts.winning_due_at

    from conflicts

    inner join farthest_claims
        on conflicts.deadline_key = farthest_claims.deadline_key

    inner join sources
        on farthest_claims.source_key = sources.source_key

)

select * from one_row_per_deadline_and_dissenting_source
