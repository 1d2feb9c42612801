with

documents as (

    select * from {{ ref('int_documents_touched') }}

),

editions as not materialized (

    select * from {{ ref('int_editions_dated') }}

),

mentions as not materialized (

    select * from {{ ref('int_series_matched') }}

),

parents as (

    select * from {{ ref('int_series_parents') }}

),

{# PostgreSQL looks these few up, where a join would go through all others. #}
editions_of_documents as materialized (

    select * from editions
    where {{ is_of_touched_document() }}

),

series_of_documents as (

    select mentions.series_key

    from editions_of_documents as editions

    inner join mentions
        on
            editions.source_key = mentions.source_key
            and editions.series_text = mentions.series_text
            and coalesce(editions.full_name_text, '')
            = coalesce(mentions.full_name_text, '')

),

{# A page that is read anew may have named others before, or cannot be used any more. #}
series_that_documents_had as (

    {{ series_of_documents_before('documents') }}

),

{# One record of a site under the names of two series: the intervals of each are those
   of both. #}
series_of_each_record as (

    select distinct
        editions.source_key,
        editions.entry_id_text,
        mentions.series_key

    from editions

    inner join mentions
        on
            editions.source_key = mentions.source_key
            and editions.series_text = mentions.series_text
            and coalesce(editions.full_name_text, '')
            = coalesce(mentions.full_name_text, '')

    where
        editions.source_kind = 'listing_site'
        and editions.entry_id_text is not null

),

records_of_several_series as (

    select
        source_key,
        entry_id_text

    from series_of_each_record

    group by source_key, entry_id_text

    having count(*) > 1

),

series_that_share_records as (

    select records.series_key

    from series_of_each_record as records

    inner join records_of_several_series
        on
            records.source_key = records_of_several_series.source_key
            and records.entry_id_text = records_of_several_series.entry_id_text

),

series_matched_otherwise as (

    {{ rows_that_changed('mentions') }}

),

series_of_other_parents as (

    {{ rows_that_changed('parents') }}

),

touched as (

    select series_key from series_of_documents

    union

    select series_key from series_that_documents_had

    union

    select series_key from series_that_share_records

    union

    select series_key from series_matched_otherwise

    union

    select series_key from series_of_other_parents

),

{# An edition says which edition of its parent it belongs to. #}
one_row_per_series as (

    select series_key from touched

    union

    select parents.series_key

    from parents

    inner join touched
        on parents.parent_series_key = touched.series_key

)

select * from one_row_per_series
