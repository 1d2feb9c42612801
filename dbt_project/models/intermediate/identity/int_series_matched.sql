{# The first, simple rule: an alias that the seed knows, else the acronym as written.
   To be replaced as a whole by a chain of methods; everything downstream reads this
   model. #}
with

mentions as (

    select * from {{ ref('int_series_mentions') }}

),

aliases as (

    select * from {{ ref('series_aliases') }}

),

{# Aliases compare without signs and case: ECML-PKDD, ECML PKDD and ecmlpkdd are one. #}
matched_by_alias as (

    select
        mentions.mention_key,
        aliases.series_key,
        aliases.full_name_pattern is not null or aliases.source_key is not null
            as is_exact,
        row_number() over (
            partition by mentions.mention_key
            order by
                (aliases.full_name_pattern is not null) desc,
                (aliases.source_key is not null) desc,
                aliases.series_key
        ) as preference

    from mentions

    inner join aliases
        on
            replace({{ slug('mentions.acronym_text') }}, '-', '')
            = replace({{ slug('aliases.alias') }}, '-', '')
            and (
                aliases.full_name_pattern is null
                or mentions.full_name_text ~ aliases.full_name_pattern
            )
            and (
                aliases.source_key is null
                or mentions.source_key = aliases.source_key
            )

),

candidates as (

    select
        mentions.*,
        coalesce(matched_by_alias.series_key, {{ slug('mentions.acronym_text') }})
            as candidate_key,
        case
            when matched_by_alias.series_key is not null then 'alias seed'
            else 'acronym'
        end as candidate_method,
        coalesce(matched_by_alias.is_exact, false) as is_exact,
        string_to_array(mentions.name_words, ' ') as words

    from mentions

    left join matched_by_alias
        on
            mentions.mention_key = matched_by_alias.mention_key
            and matched_by_alias.preference = 1

),

{# Where anyone may post, an acronym alone names no series: its full name has to agree
   with one that the series has elsewhere, or hold it, or be held by it. #}
confirmed_by_name as (

    select distinct posted.mention_key

    from candidates as posted

    inner join candidates as known
        on
            posted.candidate_key = known.candidate_key
            and (
                posted.words @> known.words
                or posted.words <@ known.words
            )

    where
        posted.is_posted_by_anyone
        and known.is_posted_by_anyone is not true
        and least(cardinality(posted.words), cardinality(known.words)) > 1

),

one_row_per_mention as (

    select
        candidates.mention_key,
        candidates.source_key,

        candidates.series_text,
        candidates.full_name_text,
        candidates.acronym_text,
        case
            when
                candidates.is_posted_by_anyone is not true
                or candidates.is_exact
                or confirmed_by_name.mention_key is not null
                then candidates.candidate_key
            else
                {{ slug(
                    "candidates.acronym_text || ' ' || "
                    ~ "coalesce(candidates.name_slug, candidates.source_key)"
                ) }}
        end as series_key,
        case
            when candidates.is_posted_by_anyone is not true or candidates.is_exact
                then candidates.candidate_method
            when confirmed_by_name.mention_key is not null
                then candidates.candidate_method || ' and name'
            else 'own name'
        end as match_method,

        candidates.edition_count

    from candidates

    left join confirmed_by_name
        on candidates.mention_key = confirmed_by_name.mention_key

)

select * from one_row_per_mention
