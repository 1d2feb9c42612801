{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

names_of_mentions as (

    select * from {{ ref('int_series_names') }}

),

one_row_per_name as (

    select
        name_key,
        group_key,
        settled_key,
        name_words,
        is_posted_by_anyone,

        min(name_slug) as name_slug,
        min(source_key) as first_source_key,
        min(alias_series_key) as alias_series_key,
        bool_or(is_title_of_page) as is_title_of_page,
        bool_or(is_track) as is_track,
        count(distinct source_key) as source_count,
        sum(edition_count) as edition_count,
        max(length({{ squeezed('short_acronym_text') }})) as acronym_length,
        bool_or(short_acronym_text ~ '\S\s\S') as has_several_words

    from names_of_mentions

    group by name_key, group_key, settled_key, name_words, is_posted_by_anyone

),

{# Who is asked first: what the seed settles, lists before calls that anyone may post,
   names before none, then what most sources say. #}
one_row_per_name_in_order as (

    select
        *,
        row_number() over (
            partition by group_key
            order by
                is_posted_by_anyone is true,
                (settled_key is not null) desc,
                (name_words is not null) desc,
                source_count desc,
                edition_count desc,
                name_words asc,
                name_key asc
        ) as name_order

    from one_row_per_name

)

select * from one_row_per_name_in_order
{{ only_if_names_changed() }}
