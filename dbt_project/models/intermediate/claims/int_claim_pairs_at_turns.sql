{# At each turn of a history, what ended is paired with what began: first the claims
   that name one moment, then one wall time, then those that moved. #}
with

turning_claims as (

    select
        *,
        row_number() over (
            partition by history_key, turned_at, side, moment_text, track
            order by label_key, timezone_text, due_text, claim_key
        ) as number_of_moment

    from {{ ref('int_claims_turning') }}

),

ends as (

    select * from turning_claims
    where side = 'end'

),

begins as (

    select * from turning_claims
    where side = 'begin'

),

{# The same moment in other words: a relabelled zone, seconds that are written out. #}
pairs_of_one_moment as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        'same moment' as pair_method

    from begins

    inner join ends
        on
            begins.history_key = ends.history_key
            and begins.turned_at = ends.turned_at
            and begins.moment_text = ends.moment_text
            and begins.track = ends.track
            and begins.number_of_moment = ends.number_of_moment

),

ends_of_other_moments as (

    select
        ends.*,
        row_number() over (
            partition by ends.history_key, ends.turned_at, ends.moment_text
            order by ends.track, ends.label_key, ends.claim_key
        ) as number_of_any_track

    from ends

    left join pairs_of_one_moment as pairs
        on ends.claim_key = pairs.previous_claim_key

    where pairs.claim_key is null

),

begins_of_other_moments as (

    select
        begins.*,
        row_number() over (
            partition by begins.history_key, begins.turned_at, begins.moment_text
            order by begins.track, begins.label_key, begins.claim_key
        ) as number_of_any_track

    from begins

    left join pairs_of_one_moment as pairs
        on begins.claim_key = pairs.claim_key

    where pairs.claim_key is null

),

{# A label that is read as that of another track. #}
pairs_of_one_moment_and_two_tracks as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        'same moment' as pair_method

    from begins_of_other_moments as begins

    inner join ends_of_other_moments as ends
        on
            begins.history_key = ends.history_key
            and begins.turned_at = ends.turned_at
            and begins.moment_text = ends.moment_text
            and begins.number_of_any_track = ends.number_of_any_track

),

{# What is left did move, if both sides of a track have something left. #}
what_is_left as (

    select
        ends.*,
        row_number() over (
            partition by ends.history_key, ends.turned_at, ends.track, ends.due_local
            order by ends.label_key, ends.due_at, ends.claim_key
        ) as number_of_wall_time

    from ends_of_other_moments as ends

    left join pairs_of_one_moment_and_two_tracks as pairs
        on ends.claim_key = pairs.previous_claim_key

    where pairs.claim_key is null

    union all

    select
        begins.*,
        row_number() over (
            partition by
                begins.history_key, begins.turned_at, begins.track, begins.due_local
            order by begins.label_key, begins.due_at, begins.claim_key
        ) as number_of_wall_time

    from begins_of_other_moments as begins

    left join pairs_of_one_moment_and_two_tracks as pairs
        on begins.claim_key = pairs.claim_key

    where pairs.claim_key is null

),

{# The same wall time in another zone: what is corrected in a whole entry, while a round
   is added to it or its labels are put in order. #}
pairs_of_one_wall_time as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        'same wall time' as pair_method

    from what_is_left as begins

    inner join what_is_left as ends
        on
            begins.history_key = ends.history_key
            and begins.turned_at = ends.turned_at
            and begins.track = ends.track
            and begins.due_local = ends.due_local
            and begins.number_of_wall_time = ends.number_of_wall_time

    where
        begins.side = 'begin'
        and ends.side = 'end'

),

what_is_left_of_all_wall_times as (

    select what_is_left.*

    from what_is_left

    left join pairs_of_one_wall_time as pairs
        on
            what_is_left.claim_key
            = case what_is_left.side
                when 'begin' then pairs.claim_key
                else pairs.previous_claim_key
            end

    where pairs.claim_key is null

),

what_is_left_of_each_label as (

    select
        *,
        count(*) filter (where side = 'end') over of_one_label as label_end_count,
        count(*) filter (where side = 'begin') over of_one_label as label_begin_count

    from what_is_left_of_all_wall_times

    window
        of_one_label as (
            partition by history_key, turned_at, track, label_key
        )

),

{# Dates are paired under their label where it stands on both sides as often; all
   others of the track together. #}
what_is_left_in_groups as (

    select
        *,
        case when label_end_count = label_begin_count then label_key end as pair_label

    from what_is_left_of_each_label

),

what_is_left_in_order as (

    select
        *,
        row_number() over (
            partition by history_key, turned_at, track, pair_label, side
            order by due_local nulls last, due_at, label_key, claim_key
        ) as number_in_group,
        count(*) over (
            partition by history_key, turned_at, track, pair_label, side
        ) as count_in_group

    from what_is_left_in_groups

),

{# Within a group the order of the dates is kept. Where one side has more of them than
   the other, its dates are shifted against the other's, one place at a time. #}
possible_pairs as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        begins.history_key,
        begins.turned_at,
        begins.track,
        begins.pair_label,
        begins.number_in_group - ends.number_in_group as shift,
        case
            when begins.due_local is null and ends.due_local is null then 0
            when begins.due_local is null or ends.due_local is null then 400
            else abs(extract(epoch from begins.due_local - ends.due_local)) / 86400
        end as days_apart

    from what_is_left_in_order as begins

    inner join what_is_left_in_order as ends
        on
            begins.history_key = ends.history_key
            and begins.turned_at = ends.turned_at
            and begins.track = ends.track
            and begins.pair_label is not distinct from ends.pair_label
            and begins.number_in_group - ends.number_in_group
            between least(0, begins.count_in_group - ends.count_in_group)
            and greatest(0, begins.count_in_group - ends.count_in_group)

    where
        begins.side = 'begin'
        and ends.side = 'end'

),

days_moved_by_each_shift as (

    select
        history_key,
        turned_at,
        track,
        pair_label,
        shift,
        sum(days_apart) as days_moved

    from possible_pairs

    group by history_key, turned_at, track, pair_label, shift

),

{# The shift that moves the dates least. #}
best_shifts as (

    select distinct on (history_key, turned_at, track, pair_label)
        history_key,
        turned_at,
        track,
        pair_label,
        shift

    from days_moved_by_each_shift

    order by
        history_key asc,
        turned_at asc,
        track asc,
        pair_label asc,
        days_moved asc,
        shift asc

),

pairs_of_moved_dates as (

    select
        possible_pairs.claim_key,
        possible_pairs.previous_claim_key,
        case
            when possible_pairs.pair_label is null then 'same track'
            else 'same label'
        end as pair_method

    from possible_pairs

    inner join best_shifts
        on
            possible_pairs.history_key = best_shifts.history_key
            and possible_pairs.turned_at = best_shifts.turned_at
            and possible_pairs.track = best_shifts.track
            and possible_pairs.pair_label is not distinct from best_shifts.pair_label
            and possible_pairs.shift = best_shifts.shift

),

one_row_per_pair as (

    select * from pairs_of_one_moment

    union all

    select * from pairs_of_one_moment_and_two_tracks

    union all

    select * from pairs_of_one_wall_time

    union all

    select * from pairs_of_moved_dates

)

select * from one_row_per_pair
