{# A row is a deadline whose value differs from that of the claim that it names. #}
with

deadlines as (

    select * from {{ ref('fct_deadlines') }}
    {{ only_touched() }}

),

claims as (

    select * from {{ ref('fct_deadline_claims') }}
    {{ only_touched() }}

)

select deadlines.*

from deadlines

inner join claims
    on deadlines.claim_key = claims.claim_key

where
    deadlines.due_at is distinct from claims.due_at
    or deadlines.due_local is distinct from claims.due_local
    or deadlines.source_key != claims.source_key
    or deadlines.deadline_key != claims.deadline_key
