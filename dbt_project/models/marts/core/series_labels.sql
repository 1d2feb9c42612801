{{ config(materialized='incremental', meta={'follow_contested': false}) }}

with

series as (

    select * from {{ ref('dim_series') }}
    {{ only_touched(with_contested=false) }}

),

areas as (

    select * from {{ ref('bridge_series_areas') }}
    {{ only_touched(with_contested=false) }}

),

ranks as (

    select * from {{ ref('series_ranks') }}
    {{ only_touched(with_contested=false) }}

),

sources as (

    select * from {{ ref('dim_sources') }}

),

areas_of_each_series as (

    select
        series_key,
        string_agg(distinct area, ', ' order by area) as areas

    from areas

    group by series_key

),

{# One rank a system, of the better source: the h5 index is a number and not a class. #}
one_rank_per_system as (

    select distinct on (ranks.series_key, ranks.system)
        ranks.series_key,
        ranks.system,
        ranks.rank

    from ranks

    inner join sources
        on ranks.source_key = sources.source_key

    where ranks.system != 'h5'

    order by
        ranks.series_key, ranks.system, sources.authority_rank, ranks.source_key

),

ranks_of_each_series as (

    select
        series_key,
        string_agg(upper(system) || ' ' || rank, ', ' order by system) as ranks,
        max(rank) filter (where system = 'ccf') as ccf_rank,
        max(rank) filter (where system = 'core') as core_rank

    from one_rank_per_system

    group by series_key

),

one_row_per_series as (

    select
        series.series_key,

        areas_of_each_series.areas,
        ranks_of_each_series.ranks,
        ranks_of_each_series.ccf_rank,
        ranks_of_each_series.core_rank

    from series

    left join areas_of_each_series
        on series.series_key = areas_of_each_series.series_key

    left join ranks_of_each_series
        on series.series_key = ranks_of_each_series.series_key

)

select * from one_row_per_series
