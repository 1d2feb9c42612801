-- The yardstick of a full build: the same dated fields in one statement that unnests
-- the documents, localises each date and aggregates them by edition and type. It
-- matches, tells apart, compares and keeps nothing; it is what one would write by hand.
create temporary table deadlines_by_hand as

with

ccfddl as (

    select
        documents.document_key,
        documents.source_key,
        series.entry ->> 'title' as series_text,
        editions.entry ->> 'year' as year_text,
        fields.published_type,
        timeline.entry ->> 'comment' as label_text,
        timeline.entry ->> fields.published_type as due_text,
        editions.entry ->> 'timezone' as timezone_text
    from raw_ccfddl.documents
    inner join raw_ccfddl._dlt_loads as loads
        on documents._dlt_load_id = loads.load_id and loads.status = 0
    cross join lateral jsonb_array_elements(documents.body) as series (entry)
    cross join lateral jsonb_array_elements(series.entry -> 'confs') as editions (entry)
    cross join
        lateral jsonb_array_elements(editions.entry -> 'timeline') as timeline (entry)
    cross join (values ('abstract_deadline'), ('deadline')) as fields (published_type)
    where timeline.entry ->> fields.published_type != ''

),

huggingface as (

    select
        documents.document_key,
        documents.source_key,
        editions.entry ->> 'title' as series_text,
        editions.entry ->> 'year' as year_text,
        deadlines.entry ->> 'type' as published_type,
        deadlines.entry ->> 'label' as label_text,
        deadlines.entry ->> 'date' as due_text,
        coalesce(deadlines.entry ->> 'timezone', editions.entry ->> 'timezone')
            as timezone_text
    from raw_huggingface.documents
    inner join raw_huggingface._dlt_loads as loads
        on documents._dlt_load_id = loads.load_id and loads.status = 0
    cross join lateral jsonb_array_elements(documents.body) as editions (entry)
    cross join
        lateral jsonb_array_elements(editions.entry -> 'deadlines')
            as deadlines (entry)

),

paperswithcode as (

    select
        documents.document_key,
        documents.source_key,
        editions.entry ->> 'title' as series_text,
        editions.entry ->> 'year' as year_text,
        'deadline' as published_type,
        null as label_text,
        editions.entry ->> 'deadline' as due_text,
        editions.entry ->> 'timezone' as timezone_text
    from raw_paperswithcode.documents
    inner join raw_paperswithcode._dlt_loads as loads
        on documents._dlt_load_id = loads.load_id and loads.status = 0
    cross join lateral jsonb_array_elements(documents.body) as editions (entry)

),

claims as (

    select * from ccfddl
    union all
    select * from huggingface
    union all
    select * from paperswithcode

),

localised as (

    select
        claims.*,
        case
            when zones.utc_offset_minutes is not null
                then
                    claims.due_text::timestamp
                    at time zone make_interval(mins => zones.utc_offset_minutes)
            else claims.due_text::timestamp at time zone zones.timezone_name
        end as due_at
    from claims
    left join vocabulary.timezone_labels as zones
        on lower(claims.timezone_text) = lower(zones.label)
    where claims.due_text ~ '^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?$'

)

select
    series_text,
    year_text,
    published_type,
    count(*) as claim_count,
    count(distinct source_key) as source_count,
    min(label_text) as label_text,
    min(due_at) as first_due_at,
    max(due_at) as last_due_at
from localised
group by series_text, year_text, published_type
