{{ config(materialized='incremental') }}

{# What it means that a source began to say something, and that it no longer does, where
   no other claim of the record tells at that time. What was told once stays told: a
   date that returns later was withdrawn, and one that another page brought up before
   the old one was gone was announced. #}
with

claims as (

    select
        claims.*,
        case
            when claims.source_kind = 'listing_site' then claims.record_text
            else claims.series_key
        end as publication_text

    from {{ ref('int_claim_intervals') }} as claims
    {{ only_touched('claims.series_key') }}

),

pairs as not materialized (

    select * from {{ ref('int_claim_pairs') }}

),

open_ends as materialized (

    select claims.*

    from claims

    left join pairs
        on
            claims.claim_key = pairs.previous_claim_key
            and pairs.pair_method != 'return'

    where
        claims.seen_to is not null
        and not claims.is_source_removed
        and pairs.claim_key is null

),

open_begins as materialized (

    select claims.*

    from claims

    left join pairs
        on
            claims.claim_key = pairs.claim_key
            and pairs.pair_method != 'page behind'

    where
        not claims.is_first_look
        and pairs.claim_key is null

),

{# The same date under another kind or year: the source corrected what it is called. #}
numbered_ends as (

    select
        *,
        row_number() over (
            partition by source_key, publication_text, seen_to, moment_text
            order by kind, edition_year, track, claim_key
        ) as number_of_moment

    from open_ends

    where
        due_local is not null
        and not is_superseded
        and not is_estimate

),

numbered_begins as (

    select
        *,
        row_number() over (
            partition by source_key, publication_text, seen_from, moment_text
            order by kind, edition_year, track, claim_key
        ) as number_of_moment

    from open_begins

    where
        due_local is not null
        and not is_superseded
        and not is_estimate

),

renamed_dates as (

    select
        ends.claim_key as old_claim_key,
        begins.claim_key as new_claim_key

    from numbered_ends as ends

    inner join numbered_begins as begins
        on
            ends.source_key = begins.source_key
            and ends.publication_text = begins.publication_text
            and ends.seen_to = begins.seen_from
            and ends.moment_text = begins.moment_text
            and ends.number_of_moment = begins.number_of_moment

),

{# One date said in two ways, as with two labels of one zone: the second way adds
   nothing, and that one of them ends takes nothing away. #}
begins_said_already as (

    select distinct open_begins.claim_key

    from open_begins

    inner join claims
        on
            open_begins.history_key = claims.history_key
            and open_begins.track = claims.track
            and open_begins.moment_text = claims.moment_text
            and open_begins.claim_key != claims.claim_key

    left join pairs
        on claims.claim_key = pairs.claim_key

    where
        claims.seen_from <= open_begins.seen_from
        and (claims.seen_to is null or claims.seen_to >= open_begins.seen_from)
        and (
            claims.seen_from < open_begins.seen_from
            or pairs.claim_key is not null
            or claims.claim_key < open_begins.claim_key
        )

),

ends_said_still as (

    select distinct open_ends.claim_key

    from open_ends

    inner join claims
        on
            open_ends.history_key = claims.history_key
            and open_ends.track = claims.track
            and open_ends.moment_text = claims.moment_text
            and open_ends.claim_key != claims.claim_key

    left join pairs
        on claims.claim_key = pairs.previous_claim_key

    where
        claims.seen_from <= open_ends.seen_to
        and (claims.seen_to is null or claims.seen_to >= open_ends.seen_to)
        and (
            claims.seen_to is null
            or claims.seen_to > open_ends.seen_to
            or pairs.claim_key is not null
            or claims.claim_key < open_ends.claim_key
        )

),

{# One row per claim that began or ended in the sight of us, by itself. #}
one_row_per_claim_and_turn as (

    select
        open_begins.claim_key,
        open_begins.series_key,
        'begin' as turn,
        case
            when renamed_dates.new_claim_key is not null then 'renamed'
            when begins_said_already.claim_key is not null then 'said already'
            else 'first said'
        end as meaning,
        open_begins.seen_from as turned_at

    from open_begins

    left join renamed_dates
        on open_begins.claim_key = renamed_dates.new_claim_key

    left join begins_said_already
        on open_begins.claim_key = begins_said_already.claim_key

    union all

    select
        open_ends.claim_key,
        open_ends.series_key,
        'end' as turn,
        case
            when renamed_dates.old_claim_key is not null then 'renamed'
            when ends_said_still.claim_key is not null then 'said still'
            else 'last said'
        end as meaning,
        open_ends.seen_to as turned_at

    from open_ends

    left join renamed_dates
        on open_ends.claim_key = renamed_dates.old_claim_key

    left join ends_said_still
        on open_ends.claim_key = ends_said_still.claim_key

)

select * from one_row_per_claim_and_turn
