-- A row is a contested deadline whose dissenting sources, a row each, do not add up.
with

sources_by_deadline as (

    select
        deadline_key,
        count(*) as source_count,
        max(days_apart) as days_apart,
        bool_or(is_conflict) as has_conflict

    from {{ ref('rpt_source_disagreements') }}

    group by deadline_key

)

select
    conflicts.deadline_key,
    conflicts.dissenting_source_count,
    sources_by_deadline.source_count

from {{ ref('rpt_deadline_conflicts') }} as conflicts

left join sources_by_deadline
    on conflicts.deadline_key = sources_by_deadline.deadline_key

where
    conflicts.dissenting_source_count is distinct from sources_by_deadline.source_count
    or conflicts.days_apart is distinct from sources_by_deadline.days_apart
    or conflicts.has_conflict is distinct from sources_by_deadline.has_conflict
