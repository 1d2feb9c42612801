{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

mentions as (

    select * from {{ ref('int_series_matched') }}

),

editions as (

    select * from {{ ref('int_names_said') }}

),

parents_in_seed as (

    select * from {{ ref('series_parents') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

cities as (

    select * from {{ ref('cities') }}

),

regions as (

    select lower(word) as place_name
    from {{ ref('series_name_words') }}
    where role = 'region'

),

{# Which series a name stands for, in the source itself and anywhere. Case counts after
   a word: Data at Scale is not held at SCaLE. #}
known_names as (

    select
        acronym_text,
        source_key,
        series_key,
        sum(edition_count) as edition_count

    from mentions

    where
        is_posted_by_anyone is not true
        and is_track is not true

    group by acronym_text, source_key, series_key

),

known_anywhere as (

    select distinct on (acronym_text)
        acronym_text,
        series_key

    from (
        select
            acronym_text,
            series_key,
            sum(edition_count) as edition_count
        from known_names
        group by acronym_text, series_key
    ) as names_of_all_sources

    order by acronym_text asc, edition_count desc, series_key asc

),

known_in_source as (

    select distinct on (acronym_text, source_key)
        acronym_text,
        source_key,
        series_key

    from known_names

    order by acronym_text asc, source_key asc, edition_count desc, series_key asc

),

place_names as (

    select country_name as place_name from countries

    union

    select lower(country_code) as place_name from countries

    union

    select city_name as place_name from cities

    union

    select place_name from regions

),

{# SuRE @ IJCAI 2026 · Doctoral Symposium at ACM CCS · ML for Systems (NeurIPS 2025) ·
   ACNS Workshop on … · Workshop on … @ COLM 2026 #}
said_parents as (

    select
        mentions.series_key,
        mentions.source_key,
        said.relation,
        said.relation_rank,
        {{ without_edition('said.parent_text') }} as parent_text

    from mentions

    cross join
        lateral (
            values
            ('track', 1, mentions.parent_text),
            ('event', 2, substring(mentions.series_text from '(?:@\s*|\mat\s+)(.+)$')),
            (
                'event',
                3,
                substring(
                    mentions.series_text
                    from '(?i)\(([^()@]+?)(?: workshop| (?:19|20)\d\d)\)$'
                )
            ),
            (
                'event',
                4,
                substring(
                    mentions.full_name_text
                    from '(?:@\s*|\mat\s+)([[:upper:]][[:alnum:]&-]+)(?: \d{4})?$'
                )
            ),
            (
                'event',
                5,
                substring(
                    mentions.full_name_text
                    from
                    '^(?:\d+(?:st|nd|rd|th) )?([[:upper:]][[:alnum:]&-]+) '
                    || '(?:International )?Workshop'
                )
            )
        ) as said (relation, relation_rank, parent_text)

    where
        said.parent_text is not null
        and mentions.is_posted_by_anyone is not true

),

{# Wagtail Space US hangs on Wagtail Space: what follows the name of a series is the
   name of a place. #}
endings as (

    select distinct
        mentions.series_key,
        mentions.source_key,
        mentions.acronym_text,
        left(mentions.acronym_text, cuts.position - 1) as parent_text,
        regexp_replace(
            substr(mentions.acronym_text, cuts.position),
            '^[ ,:-]+|\s+edition$', '', 'gi'
        ) as place_text

    from mentions

    cross join
        lateral generate_series(3, length(mentions.acronym_text) - 1)
            as cuts (position)

    where
        mentions.is_posted_by_anyone is not true
        and mentions.is_track is not true
        and substr(mentions.acronym_text, cuts.position, 1) in (' ', ',', ':')

),

regional_parents as (

    select
        endings.series_key,
        endings.source_key,
        'region' as relation,
        6 as relation_rank,
        spelt_names.acronym_text as parent_text

    from
        endings

        {# Two letters are a country where they are capitals: RubyConf TH. #}
    inner join place_names
        on
            lower(endings.place_text) = place_names.place_name
            and (
                length(endings.place_text) > 2
                or endings.place_text = upper(endings.place_text)
            )

    inner join known_anywhere as spelt_names
        on
            lower(rtrim(endings.parent_text, ' ,:-'))
            = lower(spelt_names.acronym_text)

),

{# A workshop on the site of a conference is held there: the last part of the address,
   or the host, is the acronym of the conference. #}
hosts_of_workshops as (

    select distinct
        mentions.series_key,
        mentions.source_key,
        address_parts.address_part

    from mentions

    inner join editions
        on
            mentions.source_key = editions.source_key
            and mentions.series_text = editions.series_text
            and mentions.full_name_text is not distinct from editions.full_name_text

    cross join
        lateral (
            values
            (
                substring(
                    editions.homepage_url
                    from '(?i)researchr\.org/home/([a-z]+)-\d{4}'
                )
            ),
            (
                regexp_replace(
                    substring(
                        editions.homepage_url
                        from '(?i)^[a-z]+://(?:www\.)?([a-z-]+)\.[a-z]+(?:/|$)'
                    ),
                    '-?(symposium|conference)$', ''
                )
            )
        ) as address_parts (address_part)

    where
        mentions.is_posted_by_anyone is not true
        and mentions.is_track is not true
        and mentions.full_name_text ~* '\mworkshop\M'
        and address_parts.address_part is not null

),

hosting_parents as (

    select
        hosts_of_workshops.series_key,
        hosts_of_workshops.source_key,
        'event' as relation,
        7 as relation_rank,
        spelt_names.acronym_text as parent_text

    from hosts_of_workshops

    inner join known_anywhere as spelt_names
        on
            lower(hosts_of_workshops.address_part)
            = lower(spelt_names.acronym_text)

),

all_parents as (

    select
        series_key,
        source_key,
        relation,
        relation_rank,
        parent_text
    from said_parents

    union all

    select
        series_key,
        source_key,
        relation,
        relation_rank,
        parent_text
    from regional_parents

    union all

    select
        series_key,
        source_key,
        relation,
        relation_rank,
        parent_text
    from hosting_parents

),

resolved as (

    select
        all_parents.series_key,
        coalesce(known_in_source.series_key, known_anywhere.series_key)
            as parent_series_key,
        all_parents.relation,
        all_parents.relation_rank

    from all_parents

    inner join known_anywhere
        on all_parents.parent_text = known_anywhere.acronym_text

    left join known_in_source
        on
            all_parents.parent_text = known_in_source.acronym_text
            and all_parents.source_key = known_in_source.source_key

    union all

    select
        parents_in_seed.series_key,
        parents_in_seed.parent_series_key,
        parents_in_seed.relation,
        0 as relation_rank

    from parents_in_seed

),

series as (

    select distinct series_key from mentions

),

one_row_per_series_with_a_parent as (

    select distinct on (resolved.series_key)
        resolved.series_key,
        resolved.parent_series_key,
        resolved.relation

    from resolved

    inner join series
        on resolved.series_key = series.series_key

    inner join series as parent_series
        on resolved.parent_series_key = parent_series.series_key

    where resolved.series_key != resolved.parent_series_key

    order by
        resolved.series_key asc,
        resolved.relation_rank asc,
        resolved.parent_series_key asc

)

select * from one_row_per_series_with_a_parent
{{ only_if_names_changed() }}
