{# What did each source say about one conference at the end of an earlier day? Intervals
   begin and end with looks at documents, so that this never changes afterwards. (What
   was believed then: select * from marts.deadlines_as_of('2026-11-20').) #}
with

claims as (

    select * from {{ ref('fct_deadline_claims') }}

)

select
    source_key,
    track,
    kind,
    round,
    due_text,
    timezone_text,
    due_local,
    due_at,
    seen_from,
    seen_to

from claims

where
    conference_key = '{{ var("asked_conference", "icml-2027") }}'
    and seen_from < {{ as_of() }} + interval '1 day'
    and (seen_to >= {{ as_of() }} + interval '1 day' or seen_to is null)

order by track asc, kind asc, round asc, source_key asc, claim_key asc
