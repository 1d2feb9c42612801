{{ config(materialized='incremental', meta={'follow_by': 'document_key'}) }}

{# Which documents are read anew is known before any is. #}
-- depends_on: {{ ref('int_documents_touched') }}
with

editions_of_lists as (

    select * from {{ ref('stg_ccfddl__editions') }}

    union all

    select * from {{ ref('stg_huggingface__editions') }}

    union all

    select * from {{ ref('stg_keniack__editions') }}

    union all

    select * from {{ ref('stg_mlsys__editions') }}

    union all

    select * from {{ ref('stg_paperswithcode__editions') }}

    union all

    select * from {{ ref('stg_python_deadlines__editions') }}

    union all

    select * from {{ ref('stg_ruby_conferences__editions') }}

    union all

    select * from {{ ref('stg_sec_deadlines__editions') }}

    union all

    select * from {{ ref('stg_tech_conferences__editions') }}

    union all

    select * from {{ ref('stg_tobna__editions') }}

),

editions_of_pages as (

    select * from {{ ref('stg_acl_events__editions') }}

    union all

    select * from {{ ref('stg_aideadlines__editions') }}

    union all

    select * from {{ ref('stg_chairing_tool__editions') }}

    union all

    select * from {{ ref('stg_conference_pages__editions') }}

    union all

    select * from {{ ref('stg_elra_events__editions') }}

    union all

    select * from {{ ref('stg_wikicfp__editions') }}

),

{# An entry of a list is read where the list is; one of a page may have its own. #}
all_families as (

    select
        *,
        null::text as entry_url
    from editions_of_lists

    union all

    select * from editions_of_pages

)

select * from all_families
{{ only_documents_that_are_read() }}
