-- Which sources contradict which, how often and by how much?
select
    winning_source_key,
    dissenting_source_keys,
    count(*) as conflict_count,
    percentile_cont(0.5) within group (order by days_apart) as median_days_apart
from marts.rpt_deadline_conflicts
where has_conflict
group by winning_source_key, dissenting_source_keys
order by conflict_count desc
