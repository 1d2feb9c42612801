with

visits as (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

successful_visits as (

    select *
    from visits
    where
        outcome in ('stored', 'unchanged')
        and path is not null

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
        successful_visits.source_key,
        successful_visits.path,
        successful_visits.document_key,
        one_row_per_observation.observed_at,
        one_row_per_observation.next_observed_at,
        one_row_per_observation.observation_number
        - row_number() over (
            partition by
                successful_visits.source_key,
                successful_visits.path,
                successful_visits.document_key
            order by one_row_per_observation.observation_number
        ) as island_number

    from successful_visits

    inner join one_row_per_observation
        on
            successful_visits.source_key = one_row_per_observation.source_key
            and successful_visits.observed_at = one_row_per_observation.observed_at

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
