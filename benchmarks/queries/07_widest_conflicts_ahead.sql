-- The deadlines ahead on which sources differ most.
with

widest_conflicts as (

    select *
    from marts.rpt_deadline_conflicts
    where has_conflict and winning_due_at >= %(day)s::date
    order by days_apart desc, deadline_key
    limit 20

)

select
    widest_conflicts.days_apart,
    conferences.title,
    widest_conflicts.kind,
    widest_conflicts.winning_claim,
    widest_conflicts.dissenting_claims,
    widest_conflicts.reason
from widest_conflicts
inner join marts.dim_conferences as conferences
    on widest_conflicts.conference_key = conferences.conference_key
order by widest_conflicts.days_apart desc, widest_conflicts.deadline_key
