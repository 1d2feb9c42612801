{{ config(materialized='incremental', meta={'follow_by': 'load'}) }}

{% set columns = [
    'visit_key',
    'source_key',
    'document_key',
    'path',
    'source_url',
    'outcome',
    'detail',
    'final_url',
    'http_status',
    'observed_at',
    '_dlt_load_id',
] -%}

with

all_families as not materialized (

    {{ completed_rows_of_all_families('visits', columns) }}

),

visits_made_anew as not materialized (

    select * from all_families
    {{ only_new_loads('_dlt_load_id') }}

),

holds as (

    select * from {{ ref('stg_landing__holds') }}

),

successful_visits_held_back as (

    select
        all_families.visit_key,
        all_families.document_key,
        all_families.outcome,
        holds.reach,
        holds.hold_reason

    from all_families

    inner join holds
        on
            all_families.source_key = holds.source_key
            and all_families.observed_at >= holds.held_from
            and all_families.observed_at < holds.held_to

    where all_families.outcome in ('stored', 'unchanged')

),

{# Of a site each page stands for itself: what such a look brought anew is held back at
   every other look, too, and the pages that it saw as they were count. #}
new_documents_held_back as (

    select
        document_key,
        hold_reason

    from successful_visits_held_back

    where reach = 'new_documents' and outcome = 'stored'

),

held_visits as (

    select
        visit_key,
        hold_reason
    from successful_visits_held_back
    where reach = 'looks'

    union all

    select
        all_families.visit_key,
        new_documents_held_back.hold_reason

    from all_families

    inner join new_documents_held_back
        on all_families.document_key = new_documents_held_back.document_key

    where all_families.outcome in ('stored', 'unchanged')

),

renamed as (

    select
        visits.visit_key,
        visits.source_key,
        visits.document_key,
        visits._dlt_load_id as load_id,

        visits.path,
        visits.source_url,
        case
            when held_visits.visit_key is null then visits.outcome
            else 'held'
        end as outcome,
        coalesce(held_visits.hold_reason, visits.detail) as detail,
        visits.final_url,

        visits.http_status,

        visits.observed_at

    from visits_made_anew as visits

    left join held_visits
        on visits.visit_key = held_visits.visit_key

)

select * from renamed
