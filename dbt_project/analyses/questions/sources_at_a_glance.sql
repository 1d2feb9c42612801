{# What does each source contribute, how far can it be relied on, and when was it last
   heard? #}
with

scorecard as (

    select * from {{ ref('rpt_source_scorecard') }}

)

select
    name,
    kind,
    authority,
    claim_count,
    deadline_count,
    agreement_share,
    official_agreement_share,
    stale_edition_count,
    page_count,
    failing_page_count,
    reject_count,
    last_succeeded_at,
    last_changed_at

from scorecard

order by claim_count desc, source_key asc
