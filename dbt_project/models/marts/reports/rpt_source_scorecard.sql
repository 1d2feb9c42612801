with

sources as not materialized (

    select * from {{ ref('dim_sources') }}

),

claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}

),

changes as (

    select * from {{ ref('fct_deadline_changes') }}

),

{# What a source says now of a deadline: of several dates the one that the rule of
   truth puts first. #}
current_words as (

    select distinct on (claims.deadline_key, claims.source_key)
        claims.deadline_key,
        claims.conference_key,
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

agreement_by_source as (

    select
        current_words.source_key,
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
        )::integer as official_agreeing_count

    from current_words

    inner join sources_by_deadline
        on current_words.deadline_key = sources_by_deadline.deadline_key

    left join official_words
        on
            current_words.deadline_key = official_words.deadline_key
            and current_words.authority != 'official'

    group by current_words.source_key

),

{# Moves to another day; a corrected hour or zone is none. #}
moves as (

    select
        changes.deadline_key,
        changes.source_key,
        changes.seen_at,
        old_claims.due_local::date as old_date,
        new_claims.due_local::date as new_date

    from changes

    inner join claims as old_claims
        on changes.old_claim_key = old_claims.claim_key

    inner join claims as new_claims
        on changes.new_claim_key = new_claims.claim_key

    where
        changes.deadline_key is not null
        and old_claims.due_local::date != new_claims.due_local::date

),

{# Since when anybody has named a date: who had it from the beginning knew it first. #}
first_words as (

    select
        deadline_key,
        due_local::date as due_date,
        min(seen_from) as first_seen_at,
        count(distinct source_key) as source_count

    from claims

    where
        deadline_key is not null
        and not is_superseded
        and due_local is not null

    group by deadline_key, due_local::date

),

learning_by_source as (

    select
        moves.source_key,
        count(*)::integer as move_count,
        count(*) filter (where first_words.source_count > 1)::integer
            as shared_move_count,
        count(*) filter (
            where first_words.source_count > 1
            and moves.seen_at = first_words.first_seen_at
        )::integer as first_move_count,
        percentile_cont(0.5) within group (
            order by extract(epoch from moves.seen_at - first_words.first_seen_at)
        ) filter (where first_words.source_count > 1) / 86400 as median_days_behind

    from moves

    inner join first_words
        on
            moves.deadline_key = first_words.deadline_key
            and moves.new_date = first_words.due_date

    group by moves.source_key

),

{# Dates that some source has replaced, with the source that did. #}
replaced_dates as (

    select
        deadline_key,
        source_key,
        old_date
    from moves

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

stale_by_source as (

    select
        current_words.source_key,
        count(distinct current_words.conference_key)::integer as stale_edition_count

    from current_words

    inner join replaced_dates
        on
            current_words.deadline_key = replaced_dates.deadline_key
            and current_words.due_local::date = replaced_dates.old_date
            and current_words.source_key != replaced_dates.source_key

    where not current_words.agrees_with_winner

    group by current_words.source_key

),

one_row_per_source as (

    select
        sources.source_key,

        sources.name,
        sources.kind,
        sources.authority,
        sources.licence,
        sources.homepage_url,

        sources.authority_rank,
        sources.page_count,
        sources.failing_page_count,
        sources.document_count,
        sources.reject_count,
        sources.claim_count,
        coalesce(agreement.deadline_count, 0) as deadline_count,
        coalesce(agreement.conference_count, 0) as conference_count,
        coalesce(agreement.shared_deadline_count, 0) as shared_deadline_count,
        round(
            agreement.agreeing_deadline_count::numeric
            / nullif(agreement.shared_deadline_count, 0),
            3
        )::numeric(4, 3) as agreement_share,
        coalesce(agreement.official_deadline_count, 0) as official_deadline_count,
        round(
            agreement.official_agreeing_count::numeric
            / nullif(agreement.official_deadline_count, 0),
            3
        )::numeric(4, 3) as official_agreement_share,
        coalesce(learning.move_count, 0) as move_count,
        coalesce(learning.shared_move_count, 0) as shared_move_count,
        coalesce(learning.first_move_count, 0) as first_move_count,
        round(learning.median_days_behind::numeric, 1)::numeric(8, 1)
            as median_days_behind,
        coalesce(stale.stale_edition_count, 0) as stale_edition_count,

        sources.is_registered,

        sources.last_visited_at,
        sources.last_succeeded_at,
        sources.last_changed_at

    from sources

    left join agreement_by_source as agreement
        on sources.source_key = agreement.source_key

    left join learning_by_source as learning
        on sources.source_key = learning.source_key

    left join stale_by_source as stale
        on sources.source_key = stale.source_key

)

select * from one_row_per_source
