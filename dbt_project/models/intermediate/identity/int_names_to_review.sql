{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

names_said as (

    select * from {{ ref('int_names_said') }}

),

mentions as (

    select * from {{ ref('int_series_matched') }}

),

names_of_mentions as (

    select * from {{ ref('int_series_names') }}

),

parents as (

    select * from {{ ref('int_series_parents') }}

),

{# What lists and pages say; calls that anyone may post are nobody's to mend. #}
said_names as (

    select
        mentions.mention_key,
        mentions.source_key,
        mentions.series_text,
        mentions.full_name_text,
        mentions.series_key,
        mentions.match_method,
        mentions.is_track,
        names_of_mentions.name_key,
        names_of_mentions.group_key,
        names_of_mentions.settled_key,
        names_of_mentions.name_words,
        {{ squeezed(without_edition('mentions.full_name_text')) }} as long_name

    from mentions

    inner join names_of_mentions
        on mentions.mention_key = names_of_mentions.mention_key

    where mentions.is_posted_by_anyone is not true

),

series_of_acronyms as (

    select
        group_key,
        array_agg(distinct series_key order by series_key) as series_keys

    from said_names

    group by group_key

    having count(distinct series_key) > 1

),

shared_acronyms as (

    select
        said_names.mention_key,
        case
            when said_names.name_words is null
                then 'no long name, and several series share the acronym'
            else 'another series has the acronym, and the long names differ'
        end as reason,
        array_remove(series_of_acronyms.series_keys, said_names.series_key)
            as candidates

    from said_names

    inner join series_of_acronyms
        on said_names.group_key = series_of_acronyms.group_key

    where
        said_names.settled_key is null
        and (
            said_names.name_words is not null
            or said_names.match_method in ('own name', 'acronym')
        )

),

keys_at_dblp as (

    select distinct
        source_key,
        series_text,
        full_name_text,
        {{ dblp_key('dblp_text') }} as dblp_key

    from names_said

),

keys_of_mentions as (

    select
        said_names.mention_key,
        said_names.source_key,
        said_names.series_key,
        said_names.group_key,
        keys_at_dblp.dblp_key

    from said_names

    inner join keys_at_dblp
        on
            said_names.source_key = keys_at_dblp.source_key
            and said_names.series_text = keys_at_dblp.series_text
            and said_names.full_name_text
            is not distinct from keys_at_dblp.full_name_text

    where keys_at_dblp.dblp_key is not null

),

uses_of_keys as (

    select
        dblp_key,
        series_key,
        bool_or(dblp_key = 'conf/' || group_key) as is_called_like_it,
        count(distinct source_key) as source_count

    from keys_of_mentions

    group by dblp_key, series_key

),

{# Whose a key is: of the series that is called like it; else of that to which most
   sources give it. #}
owners_of_keys as (

    select distinct on (dblp_key)
        dblp_key,
        series_key

    from uses_of_keys

    order by
        dblp_key asc, is_called_like_it desc, source_count desc, series_key asc

),

keys_of_others as (

    select
        keys_of_mentions.mention_key,
        'its key at dblp is that of another series' as reason,
        array_agg(distinct owners_of_keys.series_key) as candidates

    from keys_of_mentions

    inner join owners_of_keys
        on
            keys_of_mentions.dblp_key = owners_of_keys.dblp_key
            and keys_of_mentions.series_key != owners_of_keys.series_key

    group by keys_of_mentions.mention_key

),

sources_of_names as (

    select
        long_name,
        series_key,
        count(distinct source_key) as source_count

    from said_names

    where
        long_name is not null
        and is_track is not true

    group by long_name, series_key

),

names_of_others as (

    select
        said_names.mention_key,
        'its long name is that of another series' as reason,
        array_agg(distinct others.series_key order by others.series_key) as candidates

    from said_names

    inner join sources_of_names as own
        on
            said_names.long_name = own.long_name
            and said_names.series_key = own.series_key

    inner join sources_of_names as others
        on
            own.long_name = others.long_name
            and own.series_key != others.series_key
            and own.source_count < others.source_count

    left join parents
        on said_names.series_key = parents.series_key

    where
        said_names.is_track is not true
        and parents.parent_series_key is distinct from others.series_key

    group by said_names.mention_key

),

all_reasons as (

    select * from shared_acronyms

    union all

    select * from keys_of_others

    union all

    select * from names_of_others

),

one_row_per_name_and_reason as (

    select
        md5(concat_ws('|', mention_key, reason)) as series_review_key,
        mention_key,

        reason,
        array_to_string(candidates, ', ') as candidate_series_keys

    from all_reasons

)

select * from one_row_per_name_and_reason
{{ only_if_names_changed() }}
