-- Which series extend their deadlines most often, and by how many days?
select
    series_key,
    count(*) as extension_count,
    avg(days_moved) as mean_days_moved,
    count(*) filter (where was_already_past) as late_count
from marts.fct_deadline_changes
where change_type = 'extended'
group by series_key
order by extension_count desc, series_key
limit 20
