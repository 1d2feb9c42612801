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
        max(visits.observed_at) filter (where visits.path is not null) over (
            partition by visits.source_key
        ) as files_observed_at

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
   gone. That a source as a whole could not be reached, or was refused, counts until it
   is had: of a list at the same instant already (--accept-shrink, a second try), while
   a site may break off after some of its pages. #}
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
            when path is null and is_page
                then observed_at >= coalesce(files_observed_at, '-infinity')
            when path is null
                then observed_at > coalesce(files_observed_at, '-infinity')
            else is_page or observed_at = source_observed_at
        end

)

select * from one_row_per_path
