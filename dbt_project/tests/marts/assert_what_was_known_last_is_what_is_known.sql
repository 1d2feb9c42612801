{# A row is a deadline on which the marts and the function that asks for an earlier day
   differ, although it is asked for the latest moment that there is. #}
with

deadlines as (

    select * from {{ ref('fct_deadlines') }}

),

deadlines_known_last as (

    select * from {{ function('deadlines_as_of') }}('infinity')

)

select
    deadlines.deadline_key,
    deadlines_known_last.deadline_key as deadline_key_known_last,
    deadlines.claim_key,
    deadlines_known_last.claim_key as claim_key_known_last

from deadlines

full join deadlines_known_last
    on deadlines.deadline_key = deadlines_known_last.deadline_key

where
    deadlines.claim_key is distinct from deadlines_known_last.claim_key
    or deadlines.due_at is distinct from deadlines_known_last.due_at
    or deadlines.status is distinct from deadlines_known_last.status
    or deadlines.has_conflict is distinct from deadlines_known_last.has_conflict
    or deadlines.label is distinct from deadlines_known_last.label
    or deadlines.status != 'withdrawn'
    and (deadlines.claim_count, deadlines.agreeing_claim_count)
    is distinct from
    (deadlines_known_last.claim_count, deadlines_known_last.agreeing_claim_count)
