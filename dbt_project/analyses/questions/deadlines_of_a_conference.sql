{# Which deadlines does one conference have, what is believed of each, and how sure is
   that? Undated and withdrawn ones are among them: see the status. #}
with

deadlines as (

    select * from {{ ref('fct_deadlines') }}

),

conferences as (

    select * from {{ ref('dim_conferences') }}

),

sources as (

    select * from {{ ref('dim_sources') }}

)

select
    conferences.title,
    deadlines.track,
    deadlines.kind,
    deadlines.round,
    deadlines.status,
    deadlines.due_local,
    deadlines.timezone_text,
    deadlines.due_at,
    deadlines.confidence,
    sources.name as source_name,
    deadlines.source_url,
    deadlines.evidence

from deadlines

inner join conferences
    on deadlines.conference_key = conferences.conference_key

inner join sources
    on deadlines.source_key = sources.source_key

where deadlines.conference_key = '{{ var("asked_conference", "icml-2027") }}'

order by deadlines.due_at asc, deadlines.deadline_key asc
