{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

editions as (

    select * from {{ ref('int_names_said') }}

),

names_of_mentions as (

    select * from {{ ref('int_series_names') }}

),

shared_hosts as (

    select * from {{ ref('shared_hosts') }}

),

published as (

    select distinct
        md5(concat_ws('|', source_key, series_text, coalesce(full_name_text, '')))
            as mention_key,
        {{ dblp_key('dblp_text') }} as dblp_key,
        lower(
            substring(homepage_url from '(?i)^[a-z]+://(?:www\d*\.)?([^/:?#]+)')
        ) as url_host,
        lower(substring(homepage_url from '(?i)^[a-z]+://[^/?#]+/([^?#]*)')) as url_path

    from editions

),

{# The part of a host that somebody has registered, as far as its form tells. #}
hosts as (

    select
        *,
        substring(
            url_host from '([^.]+\.(?:(?:co|ac|com|org|edu|gov|net)\.[a-z]{2}|[^.]+))$'
        ) as url_domain

    from published

),

{# The address without years: eurosys.org of 2026.eurosys.org, and on a site that many
   share the whole host, or the beginning of the path. #}
sites as (

    select
        hosts.mention_key,
        hosts.dblp_key,
        case
            when coalesce(whole_hosts.told_by, shared_hosts.told_by) is null
                then regexp_replace(hosts.url_domain, '\d+', '', 'g')
            when coalesce(whole_hosts.told_by, shared_hosts.told_by) = 'subdomain'
                then trim(both '-.' from regexp_replace(hosts.url_host, '\d+', '', 'g'))
            else
                trim(
                    both '-_./' from regexp_replace(
                        concat_ws(
                            '/',
                            hosts.url_host,
                            nullif(split_part(hosts.url_path, '/', 1), ''),
                            nullif(split_part(hosts.url_path, '/', 2), '')
                        ),
                        '\d+', '', 'g'
                    )
                )
        end as site

    from hosts

    left join shared_hosts as whole_hosts
        on hosts.url_host = whole_hosts.host

    left join shared_hosts
        on hosts.url_domain = shared_hosts.host

    {# A copy of any page: its address names the archive. #}
    where hosts.url_domain is distinct from 'archive.org'

),

all_identifiers as (

    select
        mention_key,
        'dblp' as identifier_type,
        dblp_key as identifier
    from sites
    where dblp_key is not null

    union

    select
        mention_key,
        'site' as identifier_type,
        site as identifier
    from sites
    where site is not null

),

one_row_per_name_and_identifier as (

    select distinct
        names_of_mentions.name_key,
        names_of_mentions.group_key,
        all_identifiers.identifier_type,
        all_identifiers.identifier

    from all_identifiers

    inner join names_of_mentions
        on all_identifiers.mention_key = names_of_mentions.mention_key

)

select * from one_row_per_name_and_identifier
{{ only_if_names_changed() }}
