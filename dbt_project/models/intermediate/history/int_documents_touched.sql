{# What there is now, to compare with what there was. #}
-- depends_on: {{ ref('int_document_versions') }}
-- depends_on: {{ ref('stg_bookkeeping__readings') }}
with

documents_with_other_stays as (

    {{ rows_that_changed('document_versions') }}

),

documents_with_other_readings as (

    {{ rows_that_changed('readings') }}

),

one_row_per_document as (

    select document_key from documents_with_other_stays

    union

    select document_key from documents_with_other_readings

)

select * from one_row_per_document
