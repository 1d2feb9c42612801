with

visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

latest_visit_to_each_path as (

    select distinct on (visits.source_key, visits.path)
        visits.source_key,
        sources.kind != 'list' as is_page,
        visits.path,
        visits.source_url,
        visits.outcome,
        visits.detail,
        visits.http_status,
        visits.observed_at,
        max(visits.observed_at) over (
            partition by visits.source_key, visits.path is null
        ) as source_observed_at,
        max(visits.observed_at) over (partition by visits.source_key)
            as anything_observed_at

    from visits

    inner join sources
        on visits.source_key = sources.source_key

    order by
        visits.source_key asc,
        visits.path asc,
        visits.observed_at desc,
        visits.visit_key asc

),

{# A file that a list no longer has is none of it; a page that is gone is one that is
   gone. That a source as a whole could not be reached counts until it is reached. #}
one_row_per_path as (

    select
        source_key,

        path,
        source_url,
        outcome,
        detail,

        http_status,

        outcome in ('stored', 'unchanged') as is_successful,

        observed_at

    from latest_visit_to_each_path

    where
        case
            when path is null then observed_at = anything_observed_at
            else is_page or observed_at = source_observed_at
        end

)

select * from one_row_per_path
