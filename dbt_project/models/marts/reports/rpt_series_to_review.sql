with

names_to_review as (

    select * from {{ ref('int_names_to_review') }}

),

mentions as (

    select * from {{ ref('int_series_matched') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

sightings as (

    select * from {{ ref('int_document_sightings') }}

),

{# Where to mend it: in the document that says so last. #}
latest_documents as (

    select distinct on (editions.mention_key)
        editions.mention_key,
        editions.is_current,
        sightings.last_seen_at,
        documents.source_url

    from editions

    inner join documents
        on editions.document_key = documents.document_key

    inner join sightings
        on editions.document_key = sightings.document_key

    where
        editions.mention_key in (
            select names_to_review.mention_key from names_to_review
        )

    order by
        editions.mention_key asc,
        editions.is_current desc,
        sightings.last_seen_at desc,
        editions.document_key asc

),

one_row_per_name_and_reason as (

    select
        names_to_review.series_review_key,
        mentions.series_key,
        mentions.source_key,

        mentions.series_text,
        mentions.full_name_text,
        mentions.match_method,
        names_to_review.reason,
        names_to_review.candidate_series_keys,
        latest_documents.source_url,

        mentions.edition_count::integer as edition_count,

        latest_documents.is_current,

        latest_documents.last_seen_at

    from names_to_review

    inner join mentions
        on names_to_review.mention_key = mentions.mention_key

    inner join latest_documents
        on mentions.mention_key = latest_documents.mention_key

)

select * from one_row_per_name_and_reason
