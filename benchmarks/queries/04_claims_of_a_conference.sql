-- Who says what about one conference, and why is one of them believed?
select
    kind,
    round,
    source_key,
    due_text,
    timezone_text,
    due_at,
    is_winner,
    rank_reason,
    seen_from,
    seen_to
from marts.fct_deadline_claims
where conference_key = %(conference)s
order by kind, round, claim_rank
