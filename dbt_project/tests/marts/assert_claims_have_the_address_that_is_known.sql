{# A row is a claim without an address, though its document or its entry has one. #}
with

claims as (

    select
        claims.*,
        intervals.record_text

    from (
        select * from {{ ref('fct_deadline_claims') }}
        {{ only_touched() }}
    ) as claims

    inner join {{ ref('int_claim_intervals') }} as intervals
        on claims.claim_key = intervals.claim_key

    where claims.source_url is null

),

fields as (

    select * from {{ ref('int_claims_identified') }}
    {{ only_touched() }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

)

select claims.*

from claims

inner join documents
    on claims.document_key = documents.document_key

left join fields
    on
        claims.document_key = fields.document_key
        and claims.record_text = fields.record_text
        and claims.track = fields.track
        and claims.kind = fields.kind

where coalesce(fields.entry_url, documents.source_url) is not null
