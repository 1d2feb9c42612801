-- What is due next in one area, for the best ranked conferences?
select
    due_at,
    title,
    kind,
    place,
    ranks,
    extension_count,
    confidence
from marts.rpt_upcoming_deadlines
where
    primary_area = 'data mining'
    and ranks like '%%CCF A%%'
    and kind = 'submission'
    and track = 'main'
order by due_at, deadline_key
limit 50
