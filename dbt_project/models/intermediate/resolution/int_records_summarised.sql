{{ config(materialized='incremental') }}

{# A record meets others as a whole, by the date that it holds now or held last: an
   extension must not carry one of its claims into the next round. #}
with

claims as not materialized (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

recorded_claims as (

    select *
    from (
        select * from {{ ref('int_claims_recorded') }}
        {{ only_touched() }}
    ) as claims_of_series
    where reason_without_slot is null

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

round_words as (

    select * from {{ ref('round_words') }}

),

{# Some lists say the round in the label of a date, others in the name of the entry:
   "CCS (First Review Cycle)". #}
claims_with_round_texts as not materialized (

    select
        recorded_claims.claim_key,
        recorded_claims.group_key,
        recorded_claims.strand_key,
        recorded_claims.source_record_id,
        recorded_claims.is_said_now,
        claims.source_key,
        claims.series_key,
        claims.conference_key,
        claims.source_url,
        claims.record_text,
        claims.track,
        claims.kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.due_local,
        claims.seen_from,
        claims.seen_to,
        coalesce(claims.label_text, substring(claims.series_text from '\(([^)]*)\)'))
            as round_text,
        coalesce(
            claims.label_text,
            case when claims.kind = 'other' then claims.published_type end
        ) as name_text

    from recorded_claims

    inner join claims
        on recorded_claims.claim_key = claims.claim_key

),

round_of_each_text as (

    select distinct on (texts.round_text)
        texts.round_text,
        round_words.round_name

    from (
        select distinct round_text
        from claims_with_round_texts
    ) as texts

    inner join round_words
        on {{ label_words('texts.round_text') }} ~ round_words.label_pattern

    order by texts.round_text, round_words.priority

),

core_of_each_text as materialized (

    select
        texts.name_text,
        {{ label_core('texts.name_text') }} as label_core

    from (
        select distinct name_text
        from claims_with_round_texts
        where name_text is not null
    ) as texts

),

last_claims_of_strands as (

    select distinct on (group_key, strand_key) *

    from claims_with_round_texts

    order by
        group_key asc,
        strand_key asc,
        is_said_now desc,
        coalesce(seen_to, 'infinity') desc,
        seen_from desc,
        claim_key asc

),

{# When a record appeared, and with which date: what numbers of rounds go by, since
   neither ever changes. #}
beginnings_of_strands as (

    select
        group_key,
        strand_key,
        min(seen_from) as first_seen_at,
        max(coalesce(seen_to, 'infinity')) as last_said_at,
        (array_agg(due_local order by seen_from, due_local))[1] as first_due_local,
        (
            array_agg(due_local::date order by seen_from desc, due_local asc)
            filter (where due_local is not null)
        )[1] as last_known_day

    from claims_with_round_texts

    group by group_key, strand_key

),

records as (

    select
        last_claims.group_key,
        last_claims.strand_key,
        last_claims.source_record_id,
        last_claims.source_key,
        last_claims.series_key,
        last_claims.conference_key,
        {# What tells its dates apart by itself: an entry of a list, a page of a site,
           a record of a listing site. #}
        case
            when sources.kind = 'official_pages' then last_claims.source_url
            else last_claims.record_text
        end as witness_key,

        last_claims.track,
        last_claims.kind,
        sources.kind as source_kind,
        round_of_each_text.round_name,
        core_of_each_text.label_core,
        last_claims.due_text,

        sources.authority_rank,

        last_claims.is_said_now,

        coalesce(last_claims.due_local::date, beginnings.last_known_day) as due_day,
        beginnings.first_due_local,
        beginnings.first_seen_at,
        beginnings.last_said_at

    from last_claims_of_strands as last_claims

    inner join beginnings_of_strands as beginnings
        on
            last_claims.group_key = beginnings.group_key
            and last_claims.strand_key = beginnings.strand_key

    inner join sources
        on last_claims.source_key = sources.source_key

    left join round_of_each_text
        on last_claims.round_text = round_of_each_text.round_text

    left join core_of_each_text
        on last_claims.name_text = core_of_each_text.name_text

),

{# Of a span, "20 to 26 October", a page has two dates under one label: they are two
   things, and no disagreement. #}
one_row_per_record as (

    select
        group_key,
        strand_key,
        source_record_id,
        source_key,
        series_key,
        conference_key,
        witness_key,

        track,
        kind,
        source_kind,
        round_name,
        case
            when
                source_kind != 'list'
                and due_day
                > min(due_day) over (partition by group_key, source_key, due_text)
                then concat_ws(' ', label_core, 'ends')
            else label_core
        end as label_core,

        authority_rank,

        is_said_now,

        due_day,
        first_due_local,
        first_seen_at,
        last_said_at

    from records

)

select * from one_row_per_record
