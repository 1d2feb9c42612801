{{ config(materialized='incremental') }}

with

faults as (

    select * from {{ ref('int_edition_faults') }}
    {{ only_touched() }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}
    {{ only_touched() }}

),

fields as (

    select * from {{ ref('int_claims_identified') }}
    {{ only_touched() }}

),

documents as (

    select * from {{ ref('stg_bookkeeping__documents') }}

),

claims as not materialized (

    select *
    from (
        select * from {{ ref('fct_deadline_claims') }}
        {{ only_touched() }}
    ) as claims_of_series
    where is_current and not is_superseded

),

faults_with_keys as (

    select
        md5(
            concat_ws(
                '|',
                editions.source_key,
                editions.series_text,
                editions.edition_year,
                faults.fault,
                fields.track,
                fields.kind,
                faults.detail
            )
        ) as fault_key,
        editions.source_key,
        faults.document_key,
        editions.series_key,
        editions.conference_key,

        faults.fault,
        faults.detail,
        editions.series_text,
        fields.track,
        fields.kind,
        fields.label_text,
        fields.due_text,
        fields.timezone_text,
        editions.dates_text,
        coalesce(editions.entry_url, documents.source_url) as source_url,

        editions.edition_year as year,

        editions.starts_on,
        editions.ends_on,

        fields.due_local,
        fields.due_at,
        faults.entry_position

    from faults

    inner join editions
        on
            faults.document_key = editions.document_key
            and faults.entry_position = editions.entry_position

    inner join documents
        on faults.document_key = documents.document_key

    left join fields
        on
            faults.document_key = fields.document_key
            and faults.entry_position = fields.entry_position
            and faults.deadline_position = fields.deadline_position

),

{# A list may have an entry for each round of an edition: its fault is told once. #}
one_row_per_fault as (

    select distinct on (faults.fault_key)
        faults.fault_key,
        faults.source_key,
        faults.document_key,
        faults.series_key,
        faults.conference_key,
        claims.claim_key,

        faults.fault,
        faults.detail,
        faults.series_text,
        faults.track,
        faults.kind,
        faults.label_text,
        faults.due_text,
        faults.timezone_text,
        faults.dates_text,
        faults.source_url,

        faults.year,

        faults.starts_on,
        faults.ends_on,

        faults.due_local,
        faults.due_at

    from faults_with_keys as faults

    left join claims
        on
            faults.source_key = claims.source_key
            and faults.series_text = claims.series_text
            and faults.year = claims.year
            and faults.track = claims.track
            and faults.kind = claims.kind
            and faults.due_at is not distinct from claims.due_at
            and faults.due_local = claims.due_local

    order by
        faults.fault_key asc,
        faults.document_key asc,
        faults.entry_position asc,
        faults.due_text = claims.due_text desc nulls last,
        claims.claim_key asc

)

select * from one_row_per_fault
