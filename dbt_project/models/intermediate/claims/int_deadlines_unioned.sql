{{ config(materialized='incremental', meta={'follow_by': 'document_key'}) }}

{# Which documents are read anew is known before any is. #}
-- depends_on: {{ ref('int_documents_touched') }}
with

dated_fields_of_lists as (

    select * from {{ ref('stg_ccfddl__deadlines') }}

    union all

    select * from {{ ref('stg_huggingface__deadlines') }}

    union all

    select * from {{ ref('stg_keniack__deadlines') }}

    union all

    select * from {{ ref('stg_mlsys__deadlines') }}

    union all

    select * from {{ ref('stg_paperswithcode__deadlines') }}

    union all

    select * from {{ ref('stg_python_deadlines__deadlines') }}

    union all

    select * from {{ ref('stg_ruby_conferences__deadlines') }}

    union all

    select * from {{ ref('stg_sec_deadlines__deadlines') }}

    union all

    select * from {{ ref('stg_tech_conferences__deadlines') }}

    union all

    select * from {{ ref('stg_tobna__deadlines') }}

),

dated_phrases_of_pages as (

    select * from {{ ref('stg_acl_events__deadlines') }}

    union all

    select * from {{ ref('stg_aideadlines__deadlines') }}

    union all

    select * from {{ ref('stg_chairing_tool__deadlines') }}

    union all

    select * from {{ ref('stg_conference_pages__deadlines') }}

    union all

    select * from {{ ref('stg_elra_events__deadlines') }}

    union all

    select * from {{ ref('stg_wikicfp__deadlines') }}

),

{# A list has types of dates where a page has labels that a reader understood; the
   fields of a list are its evidence. #}
all_families as (

    select
        *,
        null::text as read_kind,
        null::text as read_track,
        null::text as kind_rule,
        null::text as track_rule,
        null::text as evidence_text,
        null::bigint as evidence_start,
        null::bigint as evidence_end
    from dated_fields_of_lists

    union all

    select * from dated_phrases_of_pages

)

select * from all_families
{{ only_documents_that_are_read() }}
