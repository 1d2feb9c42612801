{# Which source contradicts which, on how many deadlines, and by how many days? #}
with

disagreements as (

    select * from {{ ref('rpt_source_disagreements') }}

)

select
    winning_source_key,
    source_key as dissenting_source_key,
    count(*) as deadline_count,
    percentile_cont(0.5) within group (order by days_apart) as median_days_apart,
    count(*) filter (where days_later < 0) as earlier_count

from disagreements

where is_conflict

group by winning_source_key, source_key

order by deadline_count desc, winning_source_key asc, dissenting_source_key asc
