{{ config(materialized='incremental') }}

with

claims as not materialized (

    select * from {{ ref('int_claims_identified') }}
    {{ only_touched() }}

),

versions as not materialized (

    select * from {{ ref('int_document_versions') }}

),

record_stays as (

    select * from {{ ref('int_record_stays') }}

),

sightings as (

    select * from {{ ref('int_document_sightings') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

sources as (

    select * from {{ ref('stg_registry__sources') }}

),

{# What these versions say was said already when their source or page was first looked
   at. #}
versions_of_first_looks as (

    select
        document_key,
        seen_from

    from versions

    where is_first_look

),

{# What a list or page says is said as long as its document stands; a listing site's
   word on its record, as long as no other page of it says otherwise. Where rows are
   grouped and sorted, a hash stands for what is said, and keys for the rest. #}
stays_of_claims as (

    select
        claims.document_key,
        claims.entry_position,
        claims.deadline_position,
        md5(claims.said_key)::uuid as said_hash,
        versions.seen_from,
        versions.seen_to,
        versions.last_seen_at

    from claims

    inner join versions
        on claims.document_key = versions.document_key

    where claims.source_kind != 'listing_site'

    union all

    select
        claims.document_key,
        claims.entry_position,
        claims.deadline_position,
        md5(claims.said_key)::uuid as said_hash,
        record_stays.seen_from,
        record_stays.seen_to,
        record_stays.last_seen_at

    from claims

    inner join record_stays
        on
            claims.said_key = record_stays.said_key
            and claims.document_key = record_stays.document_key

    where claims.source_kind = 'listing_site'

),

claims_by_stay as materialized (

    select
        stays.*,
        case
            when versions_of_first_looks.document_key is not null then stays.seen_from
        end as first_look_at

    from stays_of_claims as stays

    left join versions_of_first_looks
        on
            stays.document_key = versions_of_first_looks.document_key
            and stays.seen_from = versions_of_first_looks.seen_from

),

{# Stays that touch or overlap, in whatever documents, are one interval. #}
unbroken_intervals as (

    select
        said_hash,
        min(first_look_at) as first_look_at,
        unnest(range_agg(tstzrange(seen_from, seen_to))) as seen_during

    from claims_by_stay

    group by said_hash

),

{# The words of a claim are those of the latest document of the interval. #}
latest_stays as (

    select distinct on (intervals.said_hash, intervals.seen_during)
        intervals.said_hash,
        intervals.seen_during,
        intervals.first_look_at,
        stays.document_key,
        stays.entry_position,
        stays.deadline_position,
        stays.last_seen_at

    from unbroken_intervals as intervals

    inner join claims_by_stay as stays
        on
            intervals.said_hash = stays.said_hash
            and intervals.seen_during @> stays.seen_from

    order by
        intervals.said_hash asc,
        intervals.seen_during asc,
        stays.seen_to desc nulls first,
        stays.seen_from desc,
        stays.deadline_position asc,
        stays.document_key asc,
        stays.entry_position asc

),

{# A source that is no longer registered is not listened to: what it said last ends
   then, which is no word of its own. #}
one_row_per_claim_and_interval as (

    select
        md5(md5(claims.said_key) || lower(stays.seen_during)::text) as claim_key,
        claims.history_key,
        claims.source_key,
        claims.document_key,
        claims.series_key,
        claims.conference_key,

        claims.source_kind,
        claims.series_text,
        claims.record_text,
        claims.track,
        claims.kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.timezone_text,
        claims.timezone_name,
        claims.due_precision,
        claims.due_reading,
        {# What tells whether two claims name one moment; those without a date do. #}
        coalesce(
            date_part('epoch', claims.due_at)::text,
            claims.due_local::text,
            claims.due_reading
        ) as moment_text,
        coalesce(claims.entry_url, documents.source_url) as source_url,
        {# A page is quoted; of a list the field that says so is told. #}
        coalesce(
            claims.evidence_text,
            concat_ws(
                ' ',
                claims.published_type || ': ' || claims.due_text,
                claims.timezone_text,
                '(' || claims.label_text || ')'
            )
        ) as evidence,

        claims.edition_year,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,
        upper(stays.seen_during) is null and sources.is_registered as is_current,
        upper(stays.seen_during) is null and not sources.is_registered
            as is_source_removed,
        coalesce(lower(stays.seen_during) = stays.first_look_at, false)
            as is_first_look,

        claims.due_local,
        claims.due_at,
        lower(stays.seen_during) as seen_from,
        coalesce(
            upper(stays.seen_during),
            case
                when not sources.is_registered
                    then
                        greatest(
                            sources.removed_at,
                            sightings.last_seen_at + interval '1 microsecond'
                        )
            end
        ) as seen_to,
        {# While it is said, its document tells when that was seen last. #}
        case when upper(stays.seen_during) is not null then stays.last_seen_at end
            as last_seen_at

    from latest_stays as stays

    inner join claims
        on
            stays.document_key = claims.document_key
            and stays.entry_position = claims.entry_position
            and stays.deadline_position = claims.deadline_position

    inner join documents
        on claims.document_key = documents.document_key

    left join sightings
        on claims.document_key = sightings.document_key

    inner join sources
        on claims.source_key = sources.source_key

)

select * from one_row_per_claim_and_interval
