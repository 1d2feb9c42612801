with

visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

successful_visits as (

    select
        visits.source_key,
        visits.path,
        visits.observed_at,
        case when documents.is_usable then visits.document_key end
            as usable_document_key

    from visits

    inner join documents
        on visits.document_key = documents.document_key

    where visits.outcome in ('stored', 'unchanged')

),

visits_with_versions_counted as (

    select
        *,
        count(usable_document_key) over (
            partition by source_key, path
            order by observed_at
        ) as usable_version_count

    from successful_visits

),

{# A file that is broken for a while withdraws nothing: the version before it stands. #}
visits_with_standing_version as (

    select
        source_key,
        path,
        observed_at,
        max(usable_document_key) over (
            partition by source_key, path, usable_version_count
        ) as document_key

    from visits_with_versions_counted

),

{# All files of a source are looked at in one observation, so a file that an
   observation does not have was gone by then. #}
one_row_per_observation as (

    select
        source_key,
        observed_at,
        row_number() over (partition by source_key order by observed_at)
            as observation_number,
        lead(observed_at) over (partition by source_key order by observed_at)
            as next_observed_at

    from successful_visits

    group by source_key, observed_at

),

numbered_visits as (

    select
        versions.source_key,
        versions.path,
        versions.document_key,
        one_row_per_observation.observed_at,
        one_row_per_observation.next_observed_at,
        one_row_per_observation.observation_number
        - row_number() over (
            partition by
                versions.source_key,
                versions.path,
                versions.document_key
            order by one_row_per_observation.observation_number
        ) as island_number

    from visits_with_standing_version as versions

    inner join one_row_per_observation
        on
            versions.source_key = one_row_per_observation.source_key
            and versions.observed_at = one_row_per_observation.observed_at

    where versions.document_key is not null

),

{# A publisher may return to an older version: the same document then has two rows. #}
one_row_per_unbroken_stay as (

    select
        document_key,
        source_key,
        path,
        min(observed_at) as seen_from,
        max(observed_at) as last_seen_at,
        {# Nulls sort last: the stay is open where its last observation is the
           newest. #}
        (array_agg(next_observed_at order by observed_at desc))[1] as seen_to

    from numbered_visits

    group by document_key, source_key, path, island_number

)

select * from one_row_per_unbroken_stay
