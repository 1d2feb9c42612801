{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

names_in_order as (

    select * from {{ ref('int_series_name_order') }}

),

names_matched as (

    select * from {{ ref('int_series_names_matched') }}

),

identifiers as (

    select * from {{ ref('int_series_identifiers') }}

),

series_found as (

    select
        names_matched.first_name_key,
        names_in_order.group_key,
        names_in_order.name_words,
        names_in_order.settled_key,
        identifiers.identifier as dblp_key,
        first_names.source_count

    from names_matched

    inner join names_in_order
        on names_matched.name_key = names_in_order.name_key

    inner join names_in_order as first_names
        on names_matched.first_name_key = first_names.name_key

    left join identifiers
        on
            names_matched.name_key = identifiers.name_key
            and identifiers.identifier_type = 'dblp'

    where
        names_in_order.is_posted_by_anyone is not true
        and names_in_order.is_track is not true
        and names_in_order.name_words is not null

),

{# What dblp calls by one key, or by the very acronym of another, and what has the same
   long name, is one series under two acronyms. The key alone may be a slip. #}
pairs as (

    select
        keyed.first_name_key as one_name_key,
        named_so.first_name_key as other_name_key,
        keyed.group_key as one_group_key,
        named_so.group_key as other_group_key,
        keyed.dblp_key

    from series_found as keyed

    inner join series_found as named_so
        on
            keyed.name_words = named_so.name_words
            and keyed.group_key != named_so.group_key
            and (
                keyed.dblp_key = named_so.dblp_key
                or keyed.dblp_key = 'conf/' || named_so.group_key
            )

    where
        keyed.settled_key is null
        and named_so.settled_key is null

),

{# The acronym that dblp uses stays, else the first in the alphabet. #}
one_row_per_joined_name as (

    select
        case when keeps_other then one_name_key else other_name_key end as name_key,
        min(case when keeps_other then other_name_key else one_name_key end)
            as first_name_key

    from (
        select
            *,
            dblp_key = 'conf/' || other_group_key
            or (
                dblp_key != 'conf/' || one_group_key
                and other_group_key < one_group_key
            ) as keeps_other
        from pairs
    ) as directed_pairs

    group by case when keeps_other then one_name_key else other_name_key end

)

select * from one_row_per_joined_name
{{ only_if_names_changed() }}
