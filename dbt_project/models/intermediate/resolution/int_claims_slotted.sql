{# Claims about one obligation meet in one slot: conference, track, kind and round. A
   claim goes where its record goes. #}
with

claims as (

    select * from {{ ref('int_claims_recorded') }}

),

aligned_records as (

    select * from {{ ref('int_records_aligned') }}

),

rounds as (

    select * from {{ ref('int_deadline_rounds') }}

),

one_row_per_claim as (

    select
        claims.*,
        rounds.round,
        case
            when rounds.round is not null
                then concat_ws('/', claims.group_key, rounds.round)
        end as deadline_key,
        coalesce(claims.reason_without_slot, aligned_records.slot_reason)
            as slot_reason

    from claims

    left join aligned_records
        on
            claims.reason_without_slot is null
            and claims.strand_key = aligned_records.strand_key
            and claims.group_key = aligned_records.group_key

    left join rounds
        on
            aligned_records.group_key = rounds.group_key
            and aligned_records.place = rounds.place

)

select * from one_row_per_claim
