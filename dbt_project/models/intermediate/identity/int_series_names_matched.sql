{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with recursive

names_in_order as (

    select * from {{ ref('int_series_name_order') }}

),

agreeing_names as (

    select * from {{ ref('int_series_matched_by_name') }}

),

shared_identifiers as (

    select * from {{ ref('int_series_matched_by_identifier') }}

),

evidence as (

    select
        name_key,
        earlier_name_key,
        1 as evidence_rank,
        'name' as evidence
    from agreeing_names

    union all

    select
        name_key,
        earlier_name_key,
        2 as evidence_rank,
        identifier_type as evidence
    from shared_identifiers

),

{# Of the names before it that agree, a name follows the first. #}
followed_names as (

    select distinct on (evidence.name_key)
        evidence.name_key,
        evidence.earlier_name_key,
        evidence.evidence

    from evidence

    inner join names_in_order
        on evidence.name_key = names_in_order.name_key

    inner join names_in_order as earlier_names
        on evidence.earlier_name_key = earlier_names.name_key

    where names_in_order.settled_key is null

    order by
        evidence.name_key asc,
        earlier_names.name_order asc,
        evidence.evidence_rank asc

),

{# Of each acronym the series that lists name, for those who name none. #}
candidates as (

    select
        names_in_order.group_key,
        count(*) as candidate_count,
        min(names_in_order.name_order) as first_name_order,
        max(names_in_order.source_count) as source_count,
        max(names_in_order.first_source_key) as source_key,
        max(names_in_order.settled_key) as settled_key

    from names_in_order

    left join followed_names
        on names_in_order.name_key = followed_names.name_key

    where
        followed_names.name_key is null
        and names_in_order.name_words is not null
        and names_in_order.is_posted_by_anyone is not true

    group by names_in_order.group_key

),

{# An acronym without a name: nobody contradicts where no list names a series, where the
   seed knows the spelling, where it is long or has several words, where two sources
   or the same one name the one series that there is, or where the page was registered
   for it. Else it may be another, and stays apart. #}
acronyms_alone as (

    select
        names_in_order.name_key,
        first_names.name_key as earlier_name_key,
        'acronym' as evidence

    from names_in_order

    left join followed_names
        on names_in_order.name_key = followed_names.name_key

    left join candidates
        on names_in_order.group_key = candidates.group_key

    inner join names_in_order as first_names
        on
            names_in_order.group_key = first_names.group_key
            and first_names.name_order = coalesce(candidates.first_name_order, 1)
            and names_in_order.name_key != first_names.name_key

    where
        followed_names.name_key is null
        and names_in_order.name_words is null
        and names_in_order.settled_key is null
        and names_in_order.is_posted_by_anyone is not true
        and (
            candidates.group_key is null
            or names_in_order.alias_series_key is not null
            or (
                candidates.candidate_count = 1
                and candidates.settled_key is null
                and (
                    candidates.source_count > 1
                    or candidates.source_key = names_in_order.first_source_key
                    or names_in_order.acronym_length > 7
                    or names_in_order.has_several_words
                    or names_in_order.is_title_of_page
                )
            )
        )

),

steps as (

    select
        name_key,
        earlier_name_key,
        evidence
    from followed_names

    union all

    select
        name_key,
        earlier_name_key,
        evidence
    from acronyms_alone

),

{# Each step leads to an earlier name, so that every chain ends. #}
chains as (

    select
        name_key,
        earlier_name_key as first_name_key,
        evidence
    from steps

    union

    select
        chains.name_key,
        steps.earlier_name_key as first_name_key,
        chains.evidence

    from chains

    inner join steps
        on chains.first_name_key = steps.name_key

),

one_row_per_name as (

    select
        names_in_order.name_key,
        coalesce(first_names.name_key, names_in_order.name_key) as first_name_key,
        chains.evidence

    from names_in_order

    left join chains
        on names_in_order.name_key = chains.name_key

    left join names_in_order as first_names
        on chains.first_name_key = first_names.name_key

    left join steps
        on chains.first_name_key = steps.name_key

    where steps.name_key is null

)

select * from one_row_per_name
{{ only_if_names_changed() }}
