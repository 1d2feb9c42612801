-- All deadlines of one conference, with what is believed and how sure that is.
select
    deadlines.track,
    deadlines.round,
    deadlines.kind,
    deadlines.due_at,
    deadlines.status,
    deadlines.confidence,
    conferences.title,
    sources.name as source_name
from marts.fct_deadlines as deadlines
inner join marts.dim_conferences as conferences
    on deadlines.conference_key = conferences.conference_key
inner join marts.dim_sources as sources
    on deadlines.source_key = sources.source_key
where deadlines.conference_key = %(conference)s
order by deadlines.due_at
