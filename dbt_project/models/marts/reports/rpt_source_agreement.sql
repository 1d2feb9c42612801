{{ config(materialized='incremental') }}

with

sources as (

    select * from {{ ref('dim_sources') }}

),

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

moves as (

    select * from {{ ref('rpt_deadline_moves') }}
    {{ only_touched() }}

),

{# What a source says now of a deadline: of several dates the one that the rule of
   truth puts first. #}
current_words as (

    select distinct on (claims.deadline_key, claims.source_key)
        claims.deadline_key,
        claims.conference_key,
        claims.series_key,
        claims.source_key,
        sources.authority,
        claims.agrees_with_winner,
        claims.due_local,
        claims.due_at

    from claims

    inner join sources
        on claims.source_key = sources.source_key

    where claims.claim_rank is not null

    order by claims.deadline_key, claims.source_key, claims.claim_rank

),

sources_by_deadline as (

    select
        deadline_key,
        count(*) as source_count

    from current_words

    group by deadline_key

),

{# The word of an official page, for the sources that are none. #}
official_words as (

    select distinct on (deadline_key)
        deadline_key,
        due_local,
        due_at

    from current_words

    where authority = 'official' and due_at is not null

    order by deadline_key, source_key

),

{# Dates that some source has replaced, with the source that did. #}
replaced_dates as (

    select
        deadline_key,
        source_key,
        old_due_local::date as old_date
    from moves
    where
        deadline_key is not null
        and old_due_local::date != new_due_local::date

    union

    select
        deadline_key,
        source_key,
        due_local::date as old_date
    from claims
    where
        is_superseded
        and deadline_key is not null
        and due_local is not null

),

stale_words as (

    select distinct
        current_words.deadline_key,
        current_words.source_key

    from current_words

    inner join replaced_dates
        on
            current_words.deadline_key = replaced_dates.deadline_key
            and current_words.due_local::date = replaced_dates.old_date
            and current_words.source_key != replaced_dates.source_key

    where not current_words.agrees_with_winner

),

one_row_per_source_and_series as (

    select
        current_words.source_key,
        current_words.series_key,

        count(*)::integer as deadline_count,
        count(distinct current_words.conference_key)::integer as conference_count,
        count(*) filter (where sources_by_deadline.source_count > 1)::integer
            as shared_deadline_count,
        count(*) filter (
            where sources_by_deadline.source_count > 1
            and current_words.agrees_with_winner
        )::integer as agreeing_deadline_count,
        count(official_words.deadline_key)::integer as official_deadline_count,
        count(*) filter (
            where {{ is_same_moment('current_words', 'official_words') }}
            and official_words.deadline_key is not null
        )::integer as official_agreeing_count,
        count(distinct current_words.conference_key) filter (
            where stale_words.deadline_key is not null
        )::integer as stale_edition_count

    from current_words

    inner join sources_by_deadline
        on current_words.deadline_key = sources_by_deadline.deadline_key

    left join official_words
        on
            current_words.deadline_key = official_words.deadline_key
            and current_words.authority != 'official'

    left join stale_words
        on
            current_words.deadline_key = stale_words.deadline_key
            and current_words.source_key = stale_words.source_key

    group by current_words.source_key, current_words.series_key

)

select * from one_row_per_source_and_series
