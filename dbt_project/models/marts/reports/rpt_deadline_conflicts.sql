{{ config(materialized='incremental') }}

with

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

deadlines as not materialized (

    select * from {{ ref('fct_deadlines') }}
    {{ only_touched() }}

),

conferences as (

    select * from {{ ref('dim_conferences') }}
    {{ only_touched() }}

),

series as (

    select * from {{ ref('dim_series') }}

),

labels as (

    select * from {{ ref('series_labels') }}

),

sources as (

    select * from {{ ref('dim_sources') }}

),

dissenting_claims as (

    select
        claims.deadline_key,
        claims.source_key,
        claims.due_text,
        claims.timezone_text,
        claims.rank_reason,
        claims.due_at,
        abs(extract(epoch from claims.due_at - deadlines.due_at)) / 86400 as days_apart

    from claims

    inner join deadlines
        on claims.deadline_key = deadlines.deadline_key

    where
        claims.claim_rank is not null
        and not claims.agrees_with_winner
        and claims.due_at is not null
        and deadlines.due_at is not null

),

{# Sources that name two moments themselves: two pages of one site, two entries of one
   list. #}
self_conflicts as (

    select
        deadline_key,
        string_agg(source_key, ', ' order by source_key) as self_conflicting_source_keys

    from (
        select
            deadline_key,
            source_key
        from claims
        where claim_rank is not null and due_at is not null
        group by deadline_key, source_key
        having
            max(due_at) - min(due_at)
            >= make_interval(secs => {{ var('agreement_seconds') }})
    ) as sources_of_two_minds

    group by deadline_key

),

dissent_by_deadline as (

    select
        deadline_key,

        string_agg(distinct source_key, ', ' order by source_key)
            as dissenting_source_keys,
        string_agg(
            source_key || ' says ' || due_text || coalesce(' ' || timezone_text, ''),
            '; ' order by days_apart desc, source_key asc, due_text asc
        ) as dissenting_claims,
        {# Why the claim that lies farthest off was not believed. #}
        (
            array_agg(
                rank_reason order by days_apart desc, source_key asc, due_text asc
            )
        )[1] as reason,

        count(distinct source_key)::integer as dissenting_source_count,
        round(max(days_apart), 3)::numeric(12, 3) as days_apart,

        min(due_at) as earliest_dissenting_due_at,
        max(due_at) as latest_dissenting_due_at

    from dissenting_claims

    group by deadline_key

),

one_row_per_contested_deadline as (

    select
        deadlines.deadline_key,
        deadlines.series_key,
        deadlines.conference_key,
        deadlines.claim_key as winning_claim_key,
        deadlines.source_key as winning_source_key,

        series.acronym,
        conferences.title,
        series.primary_area,
        labels.ranks,
        sources.name as winning_source_name,
        deadlines.track,
        deadlines.kind,
        deadlines.evidence as winning_claim,
        dissent_by_deadline.dissenting_claims,
        dissent_by_deadline.dissenting_source_keys,
        self_conflicts.self_conflicting_source_keys,
        dissent_by_deadline.reason,

        conferences.year,
        deadlines.round,
        deadlines.claim_count,
        deadlines.agreeing_claim_count,
        dissent_by_deadline.dissenting_source_count,
        dissent_by_deadline.days_apart,

        deadlines.has_conflict,
        self_conflicts.deadline_key is not null as has_self_conflict,
        deadlines.decision_id is not null as is_decided,

        deadlines.due_local as winning_due_local,
        deadlines.due_at as winning_due_at,
        dissent_by_deadline.earliest_dissenting_due_at,
        dissent_by_deadline.latest_dissenting_due_at

    from deadlines

    inner join dissent_by_deadline
        on deadlines.deadline_key = dissent_by_deadline.deadline_key

    inner join conferences
        on deadlines.conference_key = conferences.conference_key

    inner join series
        on conferences.series_key = series.series_key

    inner join sources
        on deadlines.source_key = sources.source_key

    left join labels
        on conferences.series_key = labels.series_key

    left join self_conflicts
        on deadlines.deadline_key = self_conflicts.deadline_key

)

select * from one_row_per_contested_deadline
