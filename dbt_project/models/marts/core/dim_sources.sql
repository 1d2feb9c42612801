{{ config(materialized='incremental', meta={'follow_by': 'all'}) }}

with

registered_sources as (

    select * from {{ ref('stg_registry__sources') }}

),

decisions as (

    select * from {{ ref('stg_review__decisions') }}

),

visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

latest_visits as (

    select * from {{ ref('int_latest_visits') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

rejects as (

    select * from {{ ref('stg_bookkeeping__rejects') }}

),

claims as (

    select * from {{ ref('int_claims_slotted') }}

),

{# Maintainers are a source once they have decided something. #}
sources as (

    select
        source_key,
        name,
        kind,
        family,
        publisher,
        homepage_url,
        repository_url,
        licence,
        authority,
        default_timezone_text,
        default_timezone_reason,
        authority_rank,
        is_registered,
        removed_at
    from registered_sources

    union all

    select
        'decisions' as source_key,
        'Decisions of maintainers' as name,
        'maintainers' as kind,
        null::text as family,
        null::text as publisher,
        null::text as homepage_url,
        null::text as repository_url,
        null::text as licence,
        'decision' as authority,
        null::text as default_timezone_text,
        null::text as default_timezone_reason,
        0 as authority_rank,
        true as is_registered,
        null::timestamptz as removed_at
    where exists (select from decisions)

),

visits_by_source as (

    select
        source_key,
        max(observed_at) as last_visited_at,
        max(observed_at) filter (where outcome in ('stored', 'unchanged'))
            as last_succeeded_at,
        max(observed_at) filter (where outcome = 'stored') as last_changed_at

    from visits

    group by source_key

),

pages_by_source as (

    select
        source_key,
        count(path) as page_count,
        count(path) filter (where not is_successful) as failing_page_count

    from latest_visits

    group by source_key

),

documents_by_source as (

    select
        source_key,
        count(*) as document_count

    from documents

    group by source_key

),

rejects_by_source as (

    select
        source_key,
        count(*) as reject_count

    from rejects

    group by source_key

),

claims_by_source as (

    select
        source_key,
        count(*) filter (where is_current) as claim_count

    from claims

    group by source_key

),

one_row_per_source as (

    select
        sources.source_key,

        sources.name,
        sources.kind,
        sources.family,
        sources.publisher,
        sources.homepage_url,
        sources.repository_url,
        sources.licence,
        sources.authority,
        sources.default_timezone_text,
        sources.default_timezone_reason,

        sources.authority_rank,
        coalesce(pages_by_source.page_count, 0)::integer as page_count,
        coalesce(pages_by_source.failing_page_count, 0)::integer
            as failing_page_count,
        coalesce(documents_by_source.document_count, 0)::integer as document_count,
        coalesce(claims_by_source.claim_count, 0)::integer as claim_count,
        coalesce(rejects_by_source.reject_count, 0)::integer as reject_count,

        sources.is_registered,

        visits_by_source.last_visited_at,
        visits_by_source.last_succeeded_at,
        visits_by_source.last_changed_at,
        sources.removed_at

    from sources

    left join visits_by_source
        on sources.source_key = visits_by_source.source_key

    left join pages_by_source
        on sources.source_key = pages_by_source.source_key

    left join documents_by_source
        on sources.source_key = documents_by_source.source_key

    left join rejects_by_source
        on sources.source_key = rejects_by_source.source_key

    left join claims_by_source
        on sources.source_key = claims_by_source.source_key

)

select * from one_row_per_source
