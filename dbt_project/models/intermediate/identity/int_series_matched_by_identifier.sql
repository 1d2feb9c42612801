{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

names_in_order as (

    select * from {{ ref('int_series_name_order') }}

),

identifiers as (

    select * from {{ ref('int_series_identifiers') }}

),

{# Under one acronym, the same key at dblp or the same site is enough, whatever the long
   names say: one list gives CHI the long name of AAAI and CHI's own site. Under two
   acronyms it is not: AsiaCCS has the key of CCS in a list. Calls that anyone may post
   need a word in common besides, for a publisher's site holds many of one acronym. #}
one_row_per_pair_of_names as (

    select
        later_names.name_key,
        earlier_names.name_key as earlier_name_key,
        min(later_identifiers.identifier_type) as identifier_type

    from identifiers as later_identifiers

    inner join identifiers as earlier_identifiers
        on
            later_identifiers.group_key = earlier_identifiers.group_key
            and later_identifiers.identifier = earlier_identifiers.identifier
            and later_identifiers.identifier_type = earlier_identifiers.identifier_type

    inner join names_in_order as later_names
        on later_identifiers.name_key = later_names.name_key

    inner join names_in_order as earlier_names
        on
            earlier_identifiers.name_key = earlier_names.name_key
            and later_names.name_order > earlier_names.name_order

    where
        later_names.is_posted_by_anyone is not true
        or string_to_array(later_names.name_words, ' ')
        && string_to_array(earlier_names.name_words, ' ')
        or earlier_names.name_words is null
        or later_names.name_words is null

    group by later_names.name_key, earlier_names.name_key

)

select * from one_row_per_pair_of_names
{{ only_if_names_changed() }}
