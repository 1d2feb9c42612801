{{ config(materialized='incremental', meta={'follow_by': 'path'}) }}

with

looks as not materialized (

    select * from {{ ref('int_document_looks') }}

),

looks_at_touched_paths as (

    select * from looks
    {{ only_touched_paths() }}

),

one_row_per_observation as (

    select
        source_key,
        clock_path,
        observed_at,
        row_number() over (partition by source_key, clock_path order by observed_at)
            as observation_number,
        lead(observed_at) over (
            partition by source_key, clock_path
            order by observed_at
        ) as next_observed_at

    from (
        select distinct
            source_key,
            clock_path,
            observed_at
        from looks
        where
            {{
                "clock_path = '' or " ~ is_of_touched_path('clock_path')
                if is_following() else 'true'
            }}
    ) as observations

),

{# A file that was there at the first look, yet could not be read until later, tells
   nothing new when it can be. #}
first_looks as (

    select
        source_key,
        path,
        min(observed_at) as first_looked_at,
        min(observed_at) filter (where document_key is not null) as first_shown_at

    from looks_at_touched_paths

    group by source_key, path

),

numbered_looks as (

    select
        looks.source_key,
        looks.path,
        looks.clock_path,
        looks.document_key,
        one_row_per_observation.observed_at,
        one_row_per_observation.observation_number,
        one_row_per_observation.observation_number
        - row_number() over (
            partition by
                looks.source_key,
                looks.path,
                looks.document_key
            order by one_row_per_observation.observation_number
        ) as island_number

    from looks_at_touched_paths as looks

    inner join one_row_per_observation
        on
            looks.source_key = one_row_per_observation.source_key
            and looks.clock_path = one_row_per_observation.clock_path
            and looks.observed_at = one_row_per_observation.observed_at

    where looks.document_key is not null

),

{# A publisher may return to an older version: the same document then has two rows. #}
stays as (

    select
        document_key,
        source_key,
        path,
        clock_path,
        min(observed_at) as seen_from,
        max(observed_at) as last_seen_at

    from numbered_looks

    group by document_key, source_key, path, clock_path, island_number

),

one_row_per_unbroken_stay as (

    select
        stays.document_key,
        stays.source_key,
        stays.path,
        stays.seen_from,
        {# One that goes on is seen at every look, so that each would change it. #}
        case
            when last_observation.next_observed_at is not null then stays.last_seen_at
        end as last_seen_at,
        last_observation.next_observed_at as seen_to,
        stays.seen_from = first_looks.first_shown_at
        and first_looks.first_looked_at = first_observation.observed_at
            as is_first_look

    from stays

    inner join one_row_per_observation as last_observation
        on
            stays.source_key = last_observation.source_key
            and stays.clock_path = last_observation.clock_path
            and stays.last_seen_at = last_observation.observed_at

    inner join first_looks
        on
            stays.source_key = first_looks.source_key
            and stays.path = first_looks.path

    inner join one_row_per_observation as first_observation
        on
            stays.source_key = first_observation.source_key
            and stays.clock_path = first_observation.clock_path
            and first_observation.observation_number = 1

)

select * from one_row_per_unbroken_stay
