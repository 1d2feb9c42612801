with

claims as not materialized (

    select * from {{ ref('int_claims_identified') }}

),

versions as not materialized (

    select * from {{ ref('int_document_versions') }}

),

record_stays as (

    select * from {{ ref('int_record_stays') }}

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
   word on its record, as long as no other page of it says otherwise. #}
claims_with_stays as (

    select
        claims.*,
        versions.seen_from,
        versions.seen_to,
        versions.last_seen_at

    from claims

    inner join versions
        on claims.document_key = versions.document_key

    where claims.source_kind != 'listing_site'

    union all

    select
        claims.*,
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

{# The hash stands for the long text wherever rows are grouped, joined and sorted. #}
claims_by_stay as materialized (

    select
        claims_with_stays.*,
        md5(claims_with_stays.said_key)::uuid as said_hash,
        case
            when versions_of_first_looks.document_key is not null
                then claims_with_stays.seen_from
        end as first_look_at,
        coalesce(claims_with_stays.entry_url, documents.source_url) as source_url

    from claims_with_stays

    inner join documents
        on claims_with_stays.document_key = documents.document_key

    left join versions_of_first_looks
        on
            claims_with_stays.document_key = versions_of_first_looks.document_key
            and claims_with_stays.seen_from = versions_of_first_looks.seen_from

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

{# The rest is taken from the latest document of the interval. A source that is no
   longer registered is not listened to: what it said last ends then, which is no word
   of its own. #}
one_row_per_claim_and_interval as (

    select distinct on (intervals.said_hash, intervals.seen_during)
        md5(md5(stays.said_key) || lower(intervals.seen_during)::text) as claim_key,
        stays.history_key,
        stays.source_key,
        stays.document_key,
        stays.series_key,
        stays.conference_key,

        stays.source_kind,
        stays.series_text,
        stays.record_text,
        stays.track,
        stays.kind,
        stays.published_type,
        stays.label_text,
        stays.due_text,
        stays.timezone_text,
        stays.timezone_name,
        stays.due_precision,
        stays.due_reading,
        {# What tells whether two claims name one moment; those without a date do. #}
        coalesce(
            date_part('epoch', stays.due_at)::text,
            stays.due_local::text,
            stays.due_reading
        ) as moment_text,
        stays.source_url,
        {# A page is quoted; of a list the field that says so is told. #}
        coalesce(
            stays.evidence_text,
            concat_ws(
                ' ',
                stays.published_type || ': ' || stays.due_text,
                stays.timezone_text,
                '(' || stays.label_text || ')'
            )
        ) as evidence,

        stays.edition_year,
        stays.entry_ordinal,
        stays.evidence_start,
        stays.evidence_end,

        stays.is_timezone_stated,
        stays.is_estimate,
        stays.is_superseded,
        upper(intervals.seen_during) is null and sources.is_registered as is_current,
        upper(intervals.seen_during) is null and not sources.is_registered
            as is_source_removed,
        coalesce(lower(intervals.seen_during) = intervals.first_look_at, false)
            as is_first_look,

        stays.due_local,
        stays.due_at,
        lower(intervals.seen_during) as seen_from,
        coalesce(
            upper(intervals.seen_during),
            case
                when not sources.is_registered
                    then
                        greatest(
                            sources.removed_at,
                            stays.last_seen_at + interval '1 microsecond'
                        )
            end
        ) as seen_to,
        stays.last_seen_at

    from unbroken_intervals as intervals

    inner join claims_by_stay as stays
        on
            intervals.said_hash = stays.said_hash
            and intervals.seen_during @> stays.seen_from

    inner join sources
        on stays.source_key = sources.source_key

    order by
        intervals.said_hash asc,
        intervals.seen_during asc,
        stays.last_seen_at desc,
        stays.entry_ordinal asc,
        stays.deadline_position asc,
        stays.document_key asc,
        stays.entry_position asc

)

select * from one_row_per_claim_and_interval
