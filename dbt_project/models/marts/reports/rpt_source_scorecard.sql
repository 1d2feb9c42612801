with

sources as (

    select * from {{ ref('dim_sources') }}

),

agreement as (

    select * from {{ ref('rpt_source_agreement') }}

),

moves as (

    select * from {{ ref('rpt_deadline_moves') }}

),

agreement_by_source as (

    select
        source_key,
        sum(deadline_count)::integer as deadline_count,
        sum(conference_count)::integer as conference_count,
        sum(shared_deadline_count)::integer as shared_deadline_count,
        sum(agreeing_deadline_count)::integer as agreeing_deadline_count,
        sum(official_deadline_count)::integer as official_deadline_count,
        sum(official_agreeing_count)::integer as official_agreeing_count,
        sum(stale_edition_count)::integer as stale_edition_count

    from agreement

    group by source_key

),

{# Moves to another day, of which it is known who names it; a corrected hour or zone is
   none. #}
learning_by_source as (

    select
        source_key,
        count(*)::integer as move_count,
        count(*) filter (where naming_source_count > 1)::integer as shared_move_count,
        count(*) filter (where naming_source_count > 1 and days_behind = 0)::integer
            as first_move_count,
        percentile_cont(0.5) within group (order by days_behind)
        filter (where naming_source_count > 1) as median_days_behind

    from moves

    where naming_source_count is not null

    group by source_key

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
        coalesce(agreement.stale_edition_count, 0) as stale_edition_count,

        sources.is_registered,

        sources.last_visited_at,
        sources.last_succeeded_at,
        sources.last_changed_at

    from sources

    left join agreement_by_source as agreement
        on sources.source_key = agreement.source_key

    left join learning_by_source as learning
        on sources.source_key = learning.source_key

)

select * from one_row_per_source
