{# Who says what about one conference now, and why is one of them believed? #}
with

claims as (

    select * from {{ ref('fct_deadline_claims') }}

)

select
    track,
    kind,
    round,
    source_key,
    due_text,
    timezone_text,
    due_local,
    due_at,
    is_winner,
    rank_reason,
    seen_from

from claims

where
    conference_key = '{{ var("asked_conference", "icml-2027") }}'
    and is_current

order by track asc, kind asc, round asc, claim_rank asc nulls last, claim_key asc
