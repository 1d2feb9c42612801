{{ config(materialized='incremental', meta={'follow_contested': false}) }}

{# Which series a build makes anew is known before anything reads them. #}
-- depends_on: {{ ref('int_series_touched') }}
with

editions as (

    select * from {{ ref('int_editions_dated') }}

),

matched_mentions as (

    select * from {{ ref('int_series_matched') }}
    {{ only_touched(with_contested=false) }}

),

versions as (

    select * from {{ ref('int_document_versions') }}

),

{# A document may have been published twice. When it was last seen is another moment
   after every look, and for int_document_sightings to say. #}
stays as (

    select
        document_key,
        min(seen_from) as first_seen_at,
        bool_or(seen_to is null) as is_current

    from versions

    group by document_key

),

one_row_per_edition_entry as (

    select
        editions.*,

        matched_mentions.mention_key,
        matched_mentions.series_key,
        matched_mentions.series_slug,
        matched_mentions.acronym_text,
        {# An entry without a year names a series and no edition of it. #}
        matched_mentions.series_key || '-' || editions.edition_year as conference_key,

        stays.is_current,
        stays.first_seen_at

    from
        editions

        {# Documents of refused loads have no stay and are not read. #}
    inner join stays
        on editions.document_key = stays.document_key

    inner join matched_mentions
        on
            editions.source_key = matched_mentions.source_key
            and editions.series_text = matched_mentions.series_text
            and editions.full_name_text
            is not distinct from matched_mentions.full_name_text

)

select * from one_row_per_edition_entry
