{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

mentions as (

    select * from {{ ref('int_series_mentions') }}

),

aliases as (

    select * from {{ ref('series_aliases') }}

),

track_labels as (

    select * from {{ ref('series_track_labels') }}

),

track_suffixes as (

    select * from {{ ref('series_track_suffixes') }}

),

{# A track says so in brackets, EMNLP (Industry Track), or by a suffix, ICSE-SRC, which
   the end of the long name may explain: … - Student Research Competition. #}
parts as (

    select
        mention_key,
        acronym_text,
        substring(acronym_text from '^(.+?)\s*\([^()]+\)\s*$') as text_before_brackets,
        substring(acronym_text from '\(([^()]+)\)\s*$') as label_in_brackets,
        substring(acronym_text from '^([[:alnum:]&+]{2,})-') as text_before_suffix,
        substring(acronym_text from '^[[:alnum:]&+]{2,}-(.+)$') as suffix,
        coalesce(
            substring(full_name_text from '^.*[-–]\s+(.+)$'),
            substring(full_name_text from '\(([^()]+)\)\s*$')
        ) as label_in_name,
        full_name_text,
        is_posted_by_anyone

    from mentions

),

labels as (

    select label_in_brackets as label_text
    from parts
    where label_in_brackets is not null

    union

    select label_in_name as label_text
    from parts
    where label_in_name is not null

),

{# The papers of the conference itself go before what else a label speaks of. #}
read_labels as (

    select
        labels.label_text,
        min(track_labels.relation) as relation

    from labels

    inner join track_labels
        on {{ label_words('labels.label_text') }} ~ track_labels.label_pattern

    {# A label is short; what is longer is the subject of something. #}
    where array_length(regexp_split_to_array(trim(labels.label_text), '\s+'), 1) < 8

    group by labels.label_text

),

known_acronyms as (

    select distinct {{ squeezed('acronym_text') }} as acronym_squeezed
    from mentions
    where is_posted_by_anyone is not true

    union

    select distinct {{ squeezed('alias') }} as acronym_squeezed
    from aliases

),

named_by_suffix as (

    select
        parts.mention_key,
        parts.text_before_suffix as parent_text,
        coalesce(
            read_names.relation,
            track_suffixes.relation,
            case
                when parts.full_name_text ~* 'doctoral symposium|industry track'
                    then 'track'
            end
        ) as relation

    from parts

    left join known_acronyms
        on {{ squeezed('parts.text_before_suffix') }} = known_acronyms.acronym_squeezed

    left join read_labels as read_names
        on parts.label_in_name = read_names.label_text

    left join track_suffixes
        on upper(parts.suffix) = track_suffixes.suffix

    where
        parts.suffix is not null
        and parts.is_posted_by_anyone is not true
        {# XP-RPT names XP, even if nobody else does. #}
        and (
            known_acronyms.acronym_squeezed is not null
            or (track_suffixes.suffix is not null and read_names.relation is not null)
        )

),

one_row_per_mention as (

    select
        parts.mention_key,

        case
            when read_brackets.relation = 'main' then parts.text_before_brackets
            when named_by_suffix.relation = 'main' then named_by_suffix.parent_text
            else parts.acronym_text
        end as acronym_text,
        {# The long name without what names a track. #}
        case
            when read_names.label_text is not null
                then
                    regexp_replace(
                        left(
                            parts.full_name_text,
                            -length(parts.label_in_name)
                            - (parts.full_name_text ~ '\)\s*$')::integer
                        ),
                        '[-–(]\s*$', ''
                    )
            else parts.full_name_text
        end as name_text,
        case
            when read_brackets.relation = 'track' then parts.text_before_brackets
            when named_by_suffix.relation = 'track' then named_by_suffix.parent_text
        end as parent_text,
        coalesce(
            read_brackets.relation = 'track' or named_by_suffix.relation = 'track',
            false
        ) as is_track

    from parts

    left join read_labels as read_brackets
        on
            parts.label_in_brackets = read_brackets.label_text
            and parts.is_posted_by_anyone is not true

    left join read_labels as read_names
        on parts.label_in_name = read_names.label_text

    left join named_by_suffix
        on parts.mention_key = named_by_suffix.mention_key

)

select * from one_row_per_mention
{{ only_if_names_changed() }}
