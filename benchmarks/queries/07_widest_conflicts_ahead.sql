-- The deadlines ahead on which sources differ most.
select
    conflicts.days_apart,
    upcoming.title,
    upcoming.kind,
    conflicts.winning_claim,
    conflicts.dissenting_claims,
    conflicts.reason
from marts.rpt_deadline_conflicts as conflicts
inner join marts.rpt_upcoming_deadlines as upcoming
    on conflicts.deadline_key = upcoming.deadline_key
order by conflicts.days_apart desc, conflicts.deadline_key
limit 20
