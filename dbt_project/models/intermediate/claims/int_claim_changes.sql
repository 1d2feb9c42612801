{{ config(materialized='incremental') }}

{# What changed in what a source says: between a claim and the one that follows it, and
   where a claim began or ended by itself. Estimates are no dates of deadlines, and what
   a page shows as replaced is told by the date that replaced it. #}
with

claims as not materialized (

    select *
    from (
        select * from {{ ref('int_claim_intervals') }}
        {{ only_touched() }}
    ) as claims_of_series
    where
        not is_estimate
        and not is_superseded

),

records as (

    select * from {{ ref('int_claim_records') }}

),

turns as (

    select * from {{ ref('int_claim_turns') }}

),

zone_doubts as (

    select
        lower(doubts.label) as label_key,
        doubts.other_timezone_name

    from {{ ref('timezone_label_doubts') }} as doubts

    inner join {{ ref('int_timezones') }} as zones
        on lower(doubts.other_timezone_name) = zones.label_key

    where zones.timezone_name is not null

),

{# PST in July names one of two clocks: of such labels the other instant is kept too. #}
claims_that_follow as (

    select
        claims.series_key,
        claims.claim_key as new_claim_key,
        previous_claims.claim_key as old_claim_key,
        records.pair_method,
        previous_claims.due_reading as old_due_reading,
        claims.due_reading as new_due_reading,
        previous_claims.due_local as old_due_local,
        claims.due_local as new_due_local,
        previous_claims.due_at as old_due_at,
        claims.due_at as new_due_at,
        coalesce(
            previous_claims.due_local at time zone old_doubts.other_timezone_name,
            previous_claims.due_at
        ) as old_doubtful_at,
        coalesce(
            claims.due_local at time zone new_doubts.other_timezone_name,
            claims.due_at
        ) as new_doubtful_at,
        claims.moment_text = previous_claims.moment_text as is_same_moment,
        {# A bare day that is now written out to its last second: what was meant is
           only told more exactly, in whatever zone. #}
        claims.due_local = previous_claims.due_local
        and (claims.due_precision = 'day') != (previous_claims.due_precision = 'day')
            as is_day_written_out,
        case
            when records.pair_method = 'page behind' then previous_claims.seen_to
            else claims.seen_from
        end as seen_at

    from records

    inner join claims
        on records.claim_key = claims.claim_key

    inner join claims as previous_claims
        on records.previous_claim_key = previous_claims.claim_key

    left join zone_doubts as new_doubts
        on lower(claims.timezone_text) = new_doubts.label_key

    left join zone_doubts as old_doubts
        on lower(previous_claims.timezone_text) = old_doubts.label_key

),

{# Two claims that name the same moment are no change, whatever their words; one that
   came back after it was gone is. Where a zone is not known, the wall times are all
   there is. #}
changes_of_records as (

    select
        series_key,
        new_claim_key,
        old_claim_key,
        seen_at,
        case
            when pair_method = 'return' and new_due_local is not null then 'returned'
            when is_same_moment then 'none'
            when new_due_reading = 'cancelled' then 'withdrawn'
            when old_due_local is null and new_due_local is null then 'none'
            when old_due_local is null then 'announced'
            when new_due_local is null then 'cleared'
            when
                new_due_at in (old_due_at, old_doubtful_at)
                or new_doubtful_at in (old_due_at, old_doubtful_at)
                then 'none'
            when is_day_written_out then 'none'
            when new_due_local = old_due_local then 'rezoned'
            when coalesce(new_due_at > old_due_at, new_due_local > old_due_local)
                then 'extended'
            else 'advanced'
        end as change_type

    from claims_that_follow

),

claims_that_began_or_ended as (

    select
        claims.series_key,
        case when turns.turn = 'begin' then claims.claim_key end as new_claim_key,
        case when turns.turn = 'end' then claims.claim_key end as old_claim_key,
        turns.turned_at as seen_at,
        case turns.turn
            when 'begin' then 'announced'
            else 'withdrawn'
        end as change_type

    from turns

    inner join claims
        on turns.claim_key = claims.claim_key

    where
        turns.meaning in ('first said', 'last said')
        and claims.due_local is not null

),

one_row_per_change as (

    select * from changes_of_records
    where change_type != 'none'

    union all

    select * from claims_that_began_or_ended

)

select * from one_row_per_change
