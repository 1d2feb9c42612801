with

editions as (

    select * from {{ ref('int_editions_matched') }}

),

areas as (

    select * from {{ ref('int_series_areas') }}

),

{# The spelling that most editions use; the name and link of the best source that has
   one, newest first. #}
described as (

    select
        series_key,

        mode() within group (order by acronym_text) as acronym,
        {{ best_known('full_name_text') }} as full_name,
        {{ best_known('homepage_url') }} as homepage_url,
        {{ best_known(dblp_key('dblp_text')) }} as dblp_key,

        count(distinct conference_key)::integer as conference_count

    from editions

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
        {# Parents are found by the full matching; the first rule finds none. #}
        null::text as parent_series_key,

        described.acronym,
        described.full_name,
        primary_areas.area as primary_area,
        described.homepage_url,
        described.dblp_key,

        described.conference_count,

        coalesce(described.full_name || ' ' || described.acronym, described.acronym)
        ~* '\mworkshops?\M' as is_workshop

    from described

    left join primary_areas
        on described.series_key = primary_areas.series_key

)

select * from one_row_per_series
