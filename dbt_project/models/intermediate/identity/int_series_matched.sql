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

one_row_per_mention as (

    select
        mentions.mention_key,
        mentions.source_key,

        mentions.series_text,
        mentions.full_name_text,
        mentions.acronym_text,
        coalesce(matched_by_alias.series_key, {{ slug('mentions.acronym_text') }})
            as series_key,
        case
            when matched_by_alias.series_key is not null then 'alias seed'
            else 'acronym'
        end as match_method,

        mentions.edition_count

    from mentions

    left join matched_by_alias
        on
            mentions.mention_key = matched_by_alias.mention_key
            and matched_by_alias.preference = 1

)

select * from one_row_per_mention
