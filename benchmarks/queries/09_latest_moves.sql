-- What moved last?
select
    seen_at,
    conference_key,
    kind,
    change_type,
    old_due_at,
    new_due_at,
    days_moved,
    source_key
from marts.fct_deadline_changes
where change_type in ('extended', 'advanced', 'rezoned', 'withdrawn')
order by seen_at desc, change_key
limit 100
