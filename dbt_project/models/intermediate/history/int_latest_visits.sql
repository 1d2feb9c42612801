with

visits as not materialized (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

sources as (

    select
        *,
        kind != 'list' as has_pages
    from {{ ref('stg_registry__sources') }}

),

times_of_sources as (

    select
        source_key,
        max(observed_at) filter (where path is not null) as files_observed_at

    from visits

    group by source_key

),

{# A file that a list no longer has is none of it; a page that is gone is one that is
   gone. That a source as a whole could not be reached, or was refused, counts until it
   is had: of a list at the same instant already (--accept-shrink, a second try), while
   a site may break off after some of its pages. #}
visits_that_count as (

    select visits.*

    from visits

    inner join sources
        on visits.source_key = sources.source_key

    inner join times_of_sources
        on visits.source_key = times_of_sources.source_key

    where
        case
            when visits.path is not null
                then
                    sources.has_pages
                    or visits.observed_at = times_of_sources.files_observed_at
            when sources.has_pages
                then
                    visits.observed_at
                    >= coalesce(times_of_sources.files_observed_at, '-infinity')
            else
                visits.observed_at
                > coalesce(times_of_sources.files_observed_at, '-infinity')
        end

),

latest_visit_to_each_path as (

    select distinct on (source_key, path) *

    from visits_that_count

    order by
        source_key asc,
        path asc,
        observed_at desc,
        visit_key asc

),

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

)

select * from one_row_per_path
