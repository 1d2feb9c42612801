{# Rounds are told apart by their dates and never by their place in a list. To be
   replaced by a full matching of rounds and tracks. #}
with

claims as (

    select * from {{ ref('int_claim_intervals') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

{# Which dates count as rounds: those said now; where nobody says one any more, those
   that were said last. #}
dates_that_count as (

    select
        claims.conference_key,
        claims.track,
        claims.kind,
        claims.source_key,
        sources.authority_rank,
        claims.due_local::date as round_date,
        coalesce(claims.seen_to, 'infinity') as said_until,
        max(coalesce(claims.seen_to, 'infinity')) over (
            partition by claims.conference_key, claims.track, claims.kind
        ) as anyone_said_until

    from claims

    inner join sources
        on claims.source_key = sources.source_key

    where
        claims.conference_key is not null
        and claims.due_local is not null
        and not claims.is_estimate
        and not claims.is_superseded

),

dates_said_last as (

    select * from dates_that_count
    where said_until = anyone_said_until

),

rounds_told_by_each_source as (

    select
        conference_key,
        track,
        kind,
        source_key,
        authority_rank,
        count(distinct round_date) as round_count

    from dates_said_last

    group by conference_key, track, kind, source_key, authority_rank

),

{# The source that tells most rounds apart is the reference for them. #}
reference_sources as (

    select distinct on (conference_key, track, kind)
        conference_key,
        track,
        kind,
        source_key

    from rounds_told_by_each_source

    order by
        conference_key asc,
        track asc,
        kind asc,
        round_count desc,
        authority_rank asc,
        source_key asc

),

one_row_per_round as (

    select distinct
        dates_said_last.conference_key,
        dates_said_last.track,
        dates_said_last.kind,
        dense_rank() over (
            partition by
                dates_said_last.conference_key,
                dates_said_last.track,
                dates_said_last.kind
            order by dates_said_last.round_date
        )::integer as round,
        dates_said_last.round_date

    from dates_said_last

    inner join reference_sources
        on
            dates_said_last.conference_key = reference_sources.conference_key
            and dates_said_last.track = reference_sources.track
            and dates_said_last.kind = reference_sources.kind
            and dates_said_last.source_key = reference_sources.source_key

)

select * from one_row_per_round
