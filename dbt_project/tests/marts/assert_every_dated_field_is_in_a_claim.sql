{# A row is a dated field of a document that counts, and that no claim of its source
   repeats: something was dropped on the way to the marts. Pages may word one date in
   two ways, of which the claim has one. #}
with

fields as (

    select * from {{ ref('int_claims_identified') }}
    {{ only_touched() }}

),

claims_of_series as (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

),

intervals_of_series as (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

claims as (

    select
        claims.*,
        intervals.record_text

    from claims_of_series as claims

    inner join intervals_of_series as intervals
        on claims.claim_key = intervals.claim_key

)

select fields.*

from fields

left join claims
    on
        fields.source_key = claims.source_key
        and fields.record_text = claims.record_text
        and fields.kind = claims.kind
        and fields.track = claims.track
        and fields.timezone_text is not distinct from claims.timezone_text
        and (
            fields.due_text = claims.due_text
            or fields.source_kind != 'list' and fields.due_local = claims.due_local
        )

where claims.claim_key is null
