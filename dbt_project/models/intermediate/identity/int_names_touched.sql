with

documents as (

    select * from {{ ref('int_documents_touched') }}

),

editions as (

    select * from {{ ref('int_editions_dated') }}

),

{# What is stored stays, so that names are only ever added, but by a page that is read
   anew. #}
names_of_documents as (

    select distinct
        editions.source_key,
        editions.series_text,
        editions.full_name_text,
        editions.dblp_text,
        editions.homepage_url,
        editions.source_kind,
        editions.edition_year,
        editions.authority_rank

    from documents

    inner join editions
        on documents.document_key = editions.document_key

),

new_names as (

    select * from names_of_documents

    except

    ({{ remembered_rows('names_said', like='select * from names_of_documents') }})

),

documents_read_otherwise as (

    ({{ remembered_rows('readings') }})

    except

    ({{ rows_now('readings') }})

),

one_row_per_cause as (

    select distinct series_text as cause
    from new_names

    union

    select document_key as cause
    from documents_read_otherwise

)

select * from one_row_per_cause
