{{ config(materialized='incremental', meta={'follow_by': 'path'}) }}

{# Which paths are told anew is known before they are. #}
-- depends_on: {{ ref('int_paths_touched') }}
with

visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

{# What a visit thought of a page is what the reader of that day thought; the newest
   reading decides anew whether the page can be used. #}
looks_that_brought_a_document as not materialized (

    select
        visits.source_key,
        visits.path,
        visits.observed_at,
        visits.load_id,
        sources.kind != 'list' as is_page,
        case when documents.is_usable then visits.document_key end
            as usable_document_key,
        case when documents.is_usable then documents.phrase_count end
            as phrase_count

    from visits

    inner join documents
        on visits.document_key = documents.document_key

    inner join sources
        on visits.source_key = sources.source_key

    where {{ is_look('visits', 'sources') }}

),

looks_after_earlier_ones as (

    select
        *,
        count(usable_document_key) over (
            partition by source_key, path
            order by observed_at
        ) as usable_version_count,
        coalesce(
            max(phrase_count) over (
                partition by source_key, path
                order by observed_at
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as earlier_phrase_count

    from (
        select * from looks_that_brought_a_document
        {{ only_touched_paths() }}
    ) as looks_at_touched_paths

),

{# A file that is broken for a while withdraws nothing: the version before it stands. #}
looks_with_standing_version as (

    select
        *,
        max(usable_document_key) over (
            partition by source_key, path, usable_version_count
        ) as standing_document_key

    from looks_after_earlier_ones

),

{# All files of a list are looked at in one observation, so that a file which an
   observation does not have was gone by then. Each page has its own times, and a look
   that shows no version of it that counts says nothing; nor does a page that spoke of
   dates and is now silent. #}
looks_that_count as (

    select
        source_key,
        path,
        is_page,
        case when is_page then usable_document_key else standing_document_key end
            as document_key,
        observed_at

    from looks_with_standing_version

    where
        not is_page
        or usable_document_key is not null
        and (phrase_count > 0 or earlier_phrase_count = 0)

),

{# Of other paths, new looks show what stood there. #}
looks_that_confirm as (

    select
        source_key,
        path,
        is_page,
        usable_document_key as document_key,
        observed_at

    from looks_that_brought_a_document

    where
        {{
            is_of_new_load() ~ ' and not ' ~ is_of_touched_path()
            if is_following() else 'false'
        }}

),

all_looks as (

    select * from looks_that_count
    union all
    select * from looks_that_confirm

),

one_row_per_look as (

    select
        source_key,
        path,
        case when is_page then path else '' end as clock_path,
        document_key,
        observed_at

    from all_looks

)

select * from one_row_per_look
