{# On which deadlines ahead do sources differ most, and what is believed? #}
with

conflicts as (

    select * from {{ ref('rpt_deadline_conflicts') }}

)

select
    days_apart,
    title,
    track,
    kind,
    winning_source_name,
    winning_due_local,
    winning_due_at,
    winning_claim,
    dissenting_claims,
    reason

from conflicts

where
    has_conflict
    and winning_due_at >= {{ as_of() }}

order by days_apart desc, deadline_key asc

limit 20
