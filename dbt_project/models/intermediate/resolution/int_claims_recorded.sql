{{ config(materialized='incremental') }}

{# Which claims meet others together: those of one record, wherever its date moved. Of
   a record that says two dates at once, the second goes by itself. Keys alone: what the
   claims say stays in int_claim_intervals. #}
with

claims as not materialized (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

records as (

    select * from {{ ref('int_claim_records') }}

),

{# Estimates are kept as claims and never meet a fact; texts that name no date and do
   not say that one will come are kept as said. #}
claims_of_records as (

    select
        claims.claim_key,
        claims.series_key,
        records.record_key,
        records.source_record_id,
        concat_ws('/', claims.conference_key, claims.track, claims.kind) as group_key,
        case
            when claims.is_estimate then 'an estimate of the source'
            when claims.conference_key is null then 'names no year'
            when
                claims.due_reading not in (
                    'instant', 'zone_unknown', 'tbd', 'rolling', 'cancelled'
                )
                then 'names no date: ' || replace(claims.due_reading, '_', ' ')
        end as reason_without_slot,
        claims.is_current and not claims.is_superseded as is_said_now,
        claims.due_local,
        claims.seen_from

    from claims

    inner join records
        on claims.claim_key = records.claim_key

),

numbered_claims as (

    select
        *,
        row_number() over (
            partition by group_key, record_key, is_said_now, reason_without_slot is null
            order by seen_from desc, due_local asc, claim_key asc
        ) as claim_number

    from claims_of_records

),

one_row_per_claim as (

    select
        claim_key,
        series_key,
        record_key,
        source_record_id,
        group_key,
        case
            when is_said_now and claim_number > 1
                then md5(record_key || '|' || claim_key)
            else record_key
        end as strand_key,
        reason_without_slot,

        is_said_now

    from numbered_claims

)

select * from one_row_per_claim
