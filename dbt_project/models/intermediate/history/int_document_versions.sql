with

looks as (

    select * from {{ ref('int_document_looks') }}

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

    from looks

    group by source_key, clock_path, observed_at

),

{# A file that was there at the first look, yet could not be read until later, tells
   nothing new when it can be. #}
looks_with_first_ones as (

    select
        *,
        min(observed_at) over (partition by source_key, path)
        = min(observed_at) over (partition by source_key, clock_path)
            as was_there_at_first,
        min(observed_at) filter (where document_key is not null) over (
            partition by source_key, path
        ) as first_shown_at

    from looks

),

numbered_looks as (

    select
        looks.source_key,
        looks.path,
        looks.document_key,
        looks.was_there_at_first
        and looks.observed_at = looks.first_shown_at as is_first_look,
        one_row_per_observation.observed_at,
        one_row_per_observation.next_observed_at,
        one_row_per_observation.observation_number
        - row_number() over (
            partition by
                looks.source_key,
                looks.path,
                looks.document_key
            order by one_row_per_observation.observation_number
        ) as island_number

    from looks_with_first_ones as looks

    inner join one_row_per_observation
        on
            looks.source_key = one_row_per_observation.source_key
            and looks.clock_path = one_row_per_observation.clock_path
            and looks.observed_at = one_row_per_observation.observed_at

    where looks.document_key is not null

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
        (array_agg(next_observed_at order by observed_at desc))[1] as seen_to,
        bool_or(is_first_look) as is_first_look

    from numbered_looks

    group by document_key, source_key, path, island_number

)

select * from one_row_per_unbroken_stay
