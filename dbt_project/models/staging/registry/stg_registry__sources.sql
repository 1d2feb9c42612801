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

        authority_rank::integer as authority_rank

    from sources

)

select * from renamed
