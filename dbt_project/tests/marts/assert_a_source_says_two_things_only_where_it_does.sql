{# A row is a slot with two dates of one source that are not its two statements about
   one thing: two rounds of the source were taken for one. Two statements lie on two
   pages or in two entries, or have the same words; and they lie close. #}
with

ranked_claims as (

    select * from {{ ref('int_claims_ranked') }}
    {{ only_touched() }}

),

claims_of_series as (

    select * from {{ ref('int_claim_intervals') }}
    {{ only_touched() }}

),

claims as (

    select
        ranked_claims.claim_key,
        ranked_claims.deadline_key,
        claims.source_key,
        claims.record_text,
        claims.label_text,
        claims.due_local

    from ranked_claims

    inner join claims_of_series as claims
        on ranked_claims.claim_key = claims.claim_key

    where ranked_claims.claim_rank is not null and claims.due_local is not null

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

)

select
    claims.deadline_key,
    claims.source_key,
    claims.claim_key,
    others.claim_key as other_claim_key

from claims

inner join claims as others
    on
        claims.deadline_key = others.deadline_key
        and claims.source_key = others.source_key
        and claims.due_local::date < others.due_local::date

inner join sources
    on claims.source_key = sources.source_key

where
    others.due_local::date - claims.due_local::date
    > 2 * {{ var('restatement_days') }}
    or sources.kind != 'official_pages'
    and claims.record_text = others.record_text
    or sources.kind = 'official_pages'
    and {{ label_core('claims.label_text') }}
    is distinct from {{ label_core('others.label_text') }}
