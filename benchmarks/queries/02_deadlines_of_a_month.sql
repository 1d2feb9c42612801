-- How many deadlines of each kind does each day of one month have?
select
    (due_at at time zone 'UTC')::date as due_on,
    kind,
    count(*) as deadline_count
from marts.rpt_upcoming_deadlines
where
    due_at >= %(day)s::date
    and due_at < %(day)s::date + interval '1 month'
group by (due_at at time zone 'UTC')::date, kind
order by due_on, kind
