{{ config(indexes=[{'columns': ['document_key']}]) }}

with

looks as (

    select * from {{ ref('int_document_looks') }}

),

{# Sources are looked at every day, and most say what they said: when that was last so
   is a matter of their documents alone. #}
one_row_per_document as (

    select
        document_key,
        max(observed_at) as last_seen_at

    from looks

    where document_key is not null

    group by document_key

)

select * from one_row_per_document
