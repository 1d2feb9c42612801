{# What is due next in one area, at the conferences that CCF ranks highest? Ranks of
   all systems stand in one text here; series_ranks has a row for each. #}
with

upcoming_deadlines as (

    select * from {{ ref('rpt_upcoming_deadlines') }}

)

select
    due_at,
    due_local,
    timezone_text,
    title,
    kind,
    place,
    ranks,
    extension_count,
    confidence

from upcoming_deadlines

where
    primary_area = '{{ var("asked_area", "machine learning") }}'
    and ranks like '%CCF A%'
    and kind = 'submission'
    and track = 'main'
    and due_at >= {{ as_of() }}

order by due_at asc, deadline_key asc

limit 50
