{# Which claim of a source took the place of which. No claim follows two others, and
   none is followed by two. #}
with

turning_claims as not materialized (

    select * from {{ ref('int_claims_turning') }}

),

pairs_at_turns as not materialized (

    select * from {{ ref('int_claim_pairs_at_turns') }}

),

open_ends as materialized (

    select turning_claims.*

    from turning_claims

    left join pairs_at_turns
        on turning_claims.claim_key = pairs_at_turns.previous_claim_key

    where
        turning_claims.side = 'end'
        and pairs_at_turns.claim_key is null

),

open_begins as materialized (

    select turning_claims.*

    from turning_claims

    left join pairs_at_turns
        on turning_claims.claim_key = pairs_at_turns.claim_key

    where
        turning_claims.side = 'begin'
        and pairs_at_turns.claim_key is null

),

{# Of two pages of a conference one is brought up to date before the other: the new date
   begins while the old one is still said. #}
pages_behind as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        row_number() over (
            partition by ends.claim_key
            order by
                begins.label_key = ends.label_key desc,
                begins.seen_from desc,
                abs(extract(epoch from begins.due_local - ends.due_local)) asc,
                begins.claim_key asc
        ) as choice_of_end,
        row_number() over (
            partition by begins.claim_key
            order by
                begins.label_key = ends.label_key desc,
                ends.ended_at asc,
                abs(extract(epoch from begins.due_local - ends.due_local)) asc,
                ends.claim_key asc
        ) as choice_of_begin

    from open_begins as begins

    inner join open_ends as ends
        on
            begins.history_key = ends.history_key
            and begins.track = ends.track
            and begins.seen_from > ends.seen_from
            and begins.seen_from < ends.ended_at

    where begins.source_kind != 'list'

),

pairs_of_pages_behind as (

    select
        claim_key,
        previous_claim_key,
        'page behind' as pair_method

    from pages_behind

    where
        choice_of_end = 1
        and choice_of_begin = 1

),

{# A date that was no longer said, and then was again. Another date after a gap is
   another obligation: nothing says that it is the one that was withdrawn. #}
returns as (

    select
        begins.claim_key,
        ends.claim_key as previous_claim_key,
        row_number() over (
            partition by begins.claim_key
            order by ends.ended_at desc, ends.claim_key asc
        ) as choice_of_begin,
        row_number() over (
            partition by ends.claim_key
            order by begins.seen_from asc, begins.claim_key asc
        ) as choice_of_end

    from open_begins as begins

    inner join open_ends as ends
        on
            begins.history_key = ends.history_key
            and begins.track = ends.track
            and begins.moment_text = ends.moment_text
            and begins.seen_from > ends.ended_at

    left join pairs_of_pages_behind as pairs_of_begins
        on begins.claim_key = pairs_of_begins.claim_key

    left join pairs_of_pages_behind as pairs_of_ends
        on ends.claim_key = pairs_of_ends.previous_claim_key

    where
        pairs_of_begins.claim_key is null
        and pairs_of_ends.claim_key is null

),

one_row_per_pair as (

    select * from pairs_at_turns

    union all

    select * from pairs_of_pages_behind

    union all

    select
        claim_key,
        previous_claim_key,
        'return' as pair_method

    from returns

    where
        choice_of_begin = 1
        and choice_of_end = 1

)

select * from one_row_per_pair
