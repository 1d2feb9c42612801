{{ config(meta={'follow_by': 'nothing'}) }}

with

sources as (

    {{ completed_rows('raw_registry', 'sources') }}

),

renamed as (

    select
        source_key,

        family,
        name,
        kind,
        publisher,
        homepage_url,
        repository_url,
        licence,
        authority,
        default_timezone_text,
        default_timezone_reason,
        areas,

        authority_rank::integer as authority_rank,

        removed_at is null as is_registered,

        removed_at

    from sources

)

select * from renamed
