with

latest_visits as (

    select * from {{ ref('int_latest_visits') }}

),

one_row_per_source_and_outcome as (

    select
        source_key,

        outcome,
        (array_agg(source_url order by observed_at desc, path asc))[1] as example_url,
        (array_agg(detail order by observed_at desc, path asc))[1] as example_detail,

        count(*)::integer as page_count,

        bool_and(is_successful) as is_successful,

        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at

    from latest_visits

    group by source_key, outcome

)

select * from one_row_per_source_and_outcome
