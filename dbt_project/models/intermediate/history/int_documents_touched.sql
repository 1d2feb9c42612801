with

versions as (

    select * from {{ ref('int_document_versions') }}

),

readings as (

    select * from {{ ref('stg_bookkeeping__readings') }}

),

{% if is_following() -%}
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

{%- else -%}
{# A build that makes all rows asks nobody which. #}
one_row_per_document as (

    select versions.document_key

    from versions

    inner join readings
        on versions.document_key = readings.document_key

    where false

)

{%- endif %}

select * from one_row_per_document
