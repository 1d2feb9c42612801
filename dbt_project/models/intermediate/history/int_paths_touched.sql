{# A list of three thousand files is looked at every day, and a handful say something
   else. Which ones is told by what stood when the last build was made; all the others
   go on standing, and have one look more. #}
-- depends_on: {{ ref('stg_bookkeeping__readings') }}
with

new_visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}
    {{ only_new_loads() or 'where false' }}

),

visits_before as not materialized (

    select * from {{ ref('stg_bookkeeping__visits') }}
    where {{ 'not ' ~ is_of_new_load() if is_following() else 'false' }}

),

documents as not materialized (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

standing_versions as not materialized (

    select * from (
        {{ remembered_rows('document_versions', like="
            select
                null::text as document_key,
                null::text as source_key,
                null::text as path,
                null::timestamptz as seen_to
        ") }}
    ) as remembered_versions
    where seen_to is null

),

readings_that_changed as (

    {{ rows_that_changed('readings') }}

),

last_looks_before as (

    select
        source_key,
        max(observed_at) as observed_at

    from visits_before

    group by source_key

),

{# What int_document_looks takes for one. #}
looks as (

    select
        visits.source_key,
        visits.path,
        visits.document_key,
        visits.observed_at,
        sources.kind = 'list' as is_of_list,
        documents.is_usable
        and standing_versions.document_key is not null as shows_what_stood,
        visits.observed_at <= last_looks_before.observed_at as is_late

    from new_visits as visits

    inner join documents
        on visits.document_key = documents.document_key

    inner join sources
        on visits.source_key = sources.source_key

    left join standing_versions
        on
            visits.source_key = standing_versions.source_key
            and visits.path = standing_versions.path
            and visits.document_key = standing_versions.document_key

    left join last_looks_before
        on visits.source_key = last_looks_before.source_key

    where {{ is_look('visits', 'sources') }}

),

paths_that_show_something_else as (

    select path
    from looks
    where not shows_what_stood

),

{# A look from before others, found later, may tell of any path what came when. #}
paths_of_sources_looked_at_late as (

    select visits_before.path

    from visits_before

    inner join looks
        on visits_before.source_key = looks.source_key

    where
        looks.is_late
        and visits_before.path is not null

),

{# All files of a list are looked at together: one that some observation lacks is gone,
   if it comes back or not. #}
observations_of_lists as (

    select
        source_key,
        count(distinct observed_at) as observation_count

    from looks

    where is_of_list

    group by source_key

),

looks_at_each_file as (

    select
        source_key,
        path,
        count(*) as look_count

    from looks

    where is_of_list

    group by source_key, path

),

files_that_were_not_seen as (

    select standing_versions.path

    from standing_versions

    inner join observations_of_lists
        on standing_versions.source_key = observations_of_lists.source_key

    left join looks_at_each_file
        on
            standing_versions.source_key = looks_at_each_file.source_key
            and standing_versions.path = looks_at_each_file.path

    where
        observations_of_lists.observation_count
        > coalesce(looks_at_each_file.look_count, 0)

),

paths_that_were_read_otherwise as (

    select documents.path

    from readings_that_changed

    inner join documents
        on readings_that_changed.document_key = documents.document_key

),

one_row_per_path as (

    select path from paths_that_show_something_else

    union

    select path from paths_of_sources_looked_at_late

    union

    select path from files_that_were_not_seen

    union

    select path from paths_that_were_read_otherwise

)

select * from one_row_per_path
