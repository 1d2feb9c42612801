-- What did each source say about one conference on an earlier day?
select
    source_key,
    track,
    kind,
    due_at
from marts.fct_deadline_claims
where
    conference_key = %(conference)s
    and seen_from <= %(day)s::timestamptz
    and (seen_to > %(day)s::timestamptz or seen_to is null)
order by kind, source_key
