{{ config(materialized='incremental', meta={'follow_contested': false}) }}

with

editions as (

    select * from {{ ref('int_editions_matched') }}
    {{ only_touched(with_contested=false) }}

),

known_series as (

    select distinct series_key
    from {{ ref('int_editions_matched') }}

),

areas as (

    select * from {{ ref('int_series_areas') }}
    {{ only_touched(with_contested=false) }}

),

parents as (

    select * from {{ ref('int_series_parents') }}

),

{# The title of a page is no name of a series, unless nobody has another. #}
names_of_editions as (

    select
        *,
        case
            when source_kind != 'official_pages' then full_name_text
        end as listed_name_text

    from editions

),

{# The spelling that most editions use; the name and link of the best source that has
   one, newest first. #}
described as (

    select
        series_key,

        mode() within group (order by acronym_text) as acronym,
        coalesce(
            {{ best_known('listed_name_text') }}, {{ best_known('full_name_text') }}
        ) as full_name,
        {{ best_known('homepage_url') }} as homepage_url,
        {{ best_known(dblp_key('dblp_text')) }} as dblp_key,

        count(distinct conference_key)::integer as conference_count

    from names_of_editions

    group by series_key

),

sources_by_area as (

    select
        series_key,
        area,
        count(*) as source_count

    from areas

    group by series_key, area

),

{# The area that most sources give; of equals, the first in the alphabet. #}
primary_areas as (

    select distinct on (series_key)
        series_key,
        area

    from sources_by_area

    order by series_key asc, source_count desc, area asc

),

one_row_per_series as (

    select
        described.series_key,
        known_parents.series_key as parent_series_key,

        described.acronym,
        described.full_name,
        primary_areas.area as primary_area,
        case
            when known_parents.series_key is not null then parents.relation
        end as parent_relation,
        described.homepage_url,
        described.dblp_key,

        described.conference_count,

        coalesce(described.full_name || ' ' || described.acronym, described.acronym)
        ~* '\mworkshops?\M' as is_workshop

    from described

    left join primary_areas
        on described.series_key = primary_areas.series_key

    left join parents
        on described.series_key = parents.series_key

    {# A parent of which no document that counts speaks is no row. #}
    left join known_series as known_parents
        on parents.parent_series_key = known_parents.series_key

)

select * from one_row_per_series
