{{ config(materialized='incremental') }}

{# What ends and what begins at each turn of a history, a time at which something in it
   is no longer said or something else is said. Most histories never turn: nothing in
   them has ended, and nothing has to be paired. #}
with

claims as (

    select
        *,
        {# What a source that is no longer registered said last has not ended by its
           own word. #}
        case when not is_source_removed then seen_to end as ended_at,
        coalesce(lower(trim(label_text)), '') as label_key

    from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

histories_with_an_end as (

    select distinct history_key

    from claims

    where ended_at is not null

),

claims_of_turning_histories as (

    select
        claims.claim_key,
        claims.series_key,
        claims.history_key,
        claims.source_kind,
        claims.track,
        claims.label_key,
        claims.due_text,
        claims.timezone_text,
        claims.moment_text,
        claims.due_local,
        claims.due_at,
        claims.seen_from,
        claims.ended_at

    from claims

    inner join histories_with_an_end
        on claims.history_key = histories_with_an_end.history_key

),

one_row_per_claim_and_side as (

    select
        *,
        'begin' as side,
        seen_from as turned_at

    from claims_of_turning_histories

    union all

    select
        *,
        'end' as side,
        ended_at as turned_at

    from claims_of_turning_histories

    where ended_at is not null

)

select * from one_row_per_claim_and_side
