{{ config(materialized='incremental', meta={'follow_by': 'document_key'}) }}

{# Which documents are read anew is known before any is. #}
-- depends_on: {{ ref('int_documents_touched') }}
with

{# Families that publish ranks. #}
all_families as (

    select * from {{ ref('stg_ccfddl__ranks') }}

    union all

    select * from {{ ref('stg_huggingface__ranks') }}

    union all

    select * from {{ ref('stg_keniack__ranks') }}

    union all

    select * from {{ ref('stg_paperswithcode__ranks') }}

    union all

    select * from {{ ref('stg_sec_deadlines__ranks') }}

    union all

    select * from {{ ref('stg_tobna__ranks') }}

)

select * from all_families
{{ only_documents_that_are_read() }}
