{# What makes a claim the same claim: what was said, and not where. A file that
   moves, an entry that is reordered or a field that becomes a list says the same as
   before. #}
{% set said = [
    'source_key', 'series_key', 'conference_key', 'series_text', 'edition_year',
    'track', 'kind', 'due_text', 'timezone_text', 'is_estimate', 'is_superseded',
] -%}
{% set said_texts = [] -%}
{% for column in said -%}
    {% do said_texts.append("coalesce(" ~ column ~ "::text, '~')") -%}
{% endfor %}

with

claims as (

    select * from {{ ref('int_claims_classified') }}

),

versions as (

    select * from {{ ref('int_document_versions') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

{# Dates are numbered in their own order, since publishers reorder their lists. #}
numbered_claims as (

    select
        *,
        md5(concat_ws('|', {{ said_texts | join(', ') }})) as said_key,
        dense_rank() over (
            partition by
                document_key, series_key, series_text, edition_year, track, kind,
                is_superseded
            order by due_local nulls last, due_text
        ) as entry_ordinal

    from claims

),

claims_by_stay as materialized (

    select
        numbered_claims.*,
        versions.seen_from,
        versions.seen_to,
        versions.last_seen_at,
        documents.source_url

    from numbered_claims

    inner join versions
        on numbered_claims.document_key = versions.document_key

    inner join documents
        on numbered_claims.document_key = documents.document_key

),

{# Stays that touch or overlap, in whatever documents, are one interval. #}
unbroken_intervals as (

    select
        said_key,
        unnest(range_agg(tstzrange(seen_from, seen_to))) as seen_during

    from claims_by_stay

    group by said_key

),

{# The rest is taken from the latest document of the interval. #}
one_row_per_claim_and_interval as (

    select distinct on (intervals.said_key, intervals.seen_during)
        md5(intervals.said_key || lower(intervals.seen_during)::text) as claim_key,
        stays.source_key,
        stays.document_key,
        stays.series_key,
        stays.conference_key,

        stays.series_text,
        stays.track,
        stays.kind,
        stays.published_type,
        stays.label_text,
        stays.due_text,
        stays.timezone_text,
        stays.timezone_name,
        stays.due_precision,
        stays.due_reading,
        stays.source_url,

        stays.edition_year,
        stays.entry_ordinal,

        stays.is_timezone_stated,
        stays.is_estimate,
        stays.is_superseded,
        upper(intervals.seen_during) is null as is_current,

        stays.due_local,
        stays.due_at,
        lower(intervals.seen_during) as seen_from,
        upper(intervals.seen_during) as seen_to,
        stays.last_seen_at

    from unbroken_intervals as intervals

    inner join claims_by_stay as stays
        on
            intervals.said_key = stays.said_key
            and intervals.seen_during @> stays.seen_from

    order by
        intervals.said_key asc,
        intervals.seen_during asc,
        stays.last_seen_at desc,
        stays.entry_ordinal asc,
        stays.deadline_position asc,
        stays.document_key asc,
        stays.entry_position asc

)

select * from one_row_per_claim_and_interval
