{# Which claims are one obligation of one source through its changes of date: those that
   follow each other under one number among the source's dates. #}
with

claims as (

    select * from {{ ref('int_claim_intervals') }}

),

claims_with_records as (

    select
        *,
        concat_ws(
            ':',
            record_text, track, kind,
            entry_ordinal::text || case when is_superseded then 's' else '' end
        ) as source_record_id

    from claims

),

one_row_per_claim as (

    select
        claim_key,
        md5(concat_ws('|', source_key, source_record_id)) as record_key,
        source_record_id,
        lag(claim_key) over (
            partition by source_key, source_record_id
            order by seen_from, claim_key
        ) as previous_claim_key

    from claims_with_records

)

select * from one_row_per_claim
