{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

{# The end of the chain: every mention with its series, and which method said so. What
   nothing joins is a series of its own. #}
with

mentions as (

    select * from {{ ref('int_series_matched_by_alias') }}

),

names_of_mentions as (

    select * from {{ ref('int_series_names') }}

),

names_in_order as (

    select * from {{ ref('int_series_name_order') }}

),

names_matched as (

    select * from {{ ref('int_series_names_matched') }}

),

joined_across_acronyms as (

    select * from {{ ref('int_series_matched_by_dblp_and_name') }}

),

{# What the series of an acronym is called: as the seed says, else as lists write it,
   where hyphens make it readable. #}
group_labels as (

    select distinct on (group_key)
        group_key,
        coalesce(alias_series_key, {{ slug('short_acronym_text') }}) as group_label

    from names_of_mentions

    where settled_key is null

    order by
        group_key asc,
        is_posted_by_anyone is true,
        (alias_series_key is not null) desc,
        length({{ slug('short_acronym_text') }}) desc,
        {{ slug('short_acronym_text') }} asc

),

first_names as (

    select
        names_in_order.*,
        row_number() over (
            partition by names_in_order.group_key
            order by names_in_order.name_order
        ) as series_number

    from names_in_order

    inner join names_matched
        on
            names_in_order.name_key = names_matched.name_key
            and names_in_order.name_key = names_matched.first_name_key

),

{# The first of the series of an acronym is named by it alone; where the seed tells
   several apart, and where anyone may post, none is. #}
keyed_names as (

    select
        first_names.name_key,
        case
            when first_names.settled_key is not null then first_names.settled_key
            when
                first_names.series_number = 1
                and first_names.is_posted_by_anyone is not true
                then group_labels.group_label
            else
                {{ slug(
                    "group_labels.group_label || ' ' || "
                    ~ "coalesce(first_names.name_slug, first_names.first_source_key)"
                ) }}
        end as series_key,
        first_names.series_number = 1
        and first_names.is_posted_by_anyone is not true as is_named_by_acronym

    from first_names

    left join group_labels
        on first_names.group_key = group_labels.group_key

),

one_row_per_mention as (

    select
        mentions.mention_key,
        mentions.source_key,

        mentions.series_text,
        {{ slug('mentions.series_text') }} as series_slug,
        mentions.full_name_text,
        mentions.acronym_text,
        mentions.parent_text,
        keyed_names.series_key,
        case
            when names_of_mentions.settled_key is not null then 'alias seed'
            when joined_across_acronyms.name_key is not null then 'dblp and name'
            when names_matched.evidence in ('name', 'dblp', 'site')
                then
                    case
                        when mentions.alias_series_key is not null
                            then 'alias seed and '
                        else 'acronym and '
                    end
                    || names_matched.evidence
            when keyed_names.is_named_by_acronym or names_matched.evidence = 'acronym'
                then
                    case
                        when mentions.alias_series_key is not null then 'alias seed'
                        else 'acronym'
                    end
            else 'own name'
        end as match_method,

        mentions.edition_count,

        mentions.is_posted_by_anyone,
        mentions.is_title_of_page,
        mentions.is_track

    from mentions

    inner join names_of_mentions
        on mentions.mention_key = names_of_mentions.mention_key

    inner join names_matched
        on names_of_mentions.name_key = names_matched.name_key

    left join joined_across_acronyms
        on names_matched.first_name_key = joined_across_acronyms.name_key

    inner join keyed_names
        on
            coalesce(
                joined_across_acronyms.first_name_key, names_matched.first_name_key
            ) = keyed_names.name_key

)

select * from one_row_per_mention
{{ only_if_names_changed() }}
