with

visits as not materialized (

    select * from {{ ref('stg_bookkeeping__visits') }}

),

held_visits as (

    select * from visits
    where outcome = 'held'

),

counting_visits as (

    select * from visits
    where outcome in ('stored', 'unchanged')

),

one_row_per_document as (

    select distinct held_visits.document_key

    from held_visits

    left join counting_visits
        on held_visits.document_key = counting_visits.document_key

    where counting_visits.document_key is null

)

select * from one_row_per_document
