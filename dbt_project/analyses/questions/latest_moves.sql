{# What moved last, by how much, and had the old date passed by then? Empty where every
   source was looked at once, as in the sample. #}
with

moves as (

    select * from {{ ref('rpt_deadline_moves') }}

)

select
    seen_at,
    title,
    track,
    kind,
    change_type,
    old_due_local,
    new_due_local,
    days_moved,
    was_already_past,
    source_name,
    source_url

from moves

order by seen_at desc, change_key asc

limit 100
