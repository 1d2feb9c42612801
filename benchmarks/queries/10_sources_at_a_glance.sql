-- What does each source contribute, and when was it last heard?
select
    sources.source_key,
    sources.name,
    sources.authority,
    sources.claim_count,
    sources.document_count,
    sources.reject_count,
    sources.last_changed_at,
    sum(health.page_count) filter (where not health.is_successful)
        as failing_page_count
from marts.dim_sources as sources
left join marts.rpt_source_health as health
    on sources.source_key = health.source_key
group by sources.source_key
order by sources.claim_count desc
