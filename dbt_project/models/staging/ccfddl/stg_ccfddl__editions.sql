with

editions as (

    select * from {{ ref('base_ccfddl__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        edition ->> 'id' as entry_id_text,

        series ->> 'title' as series_text,
        series ->> 'description' as full_name_text,
        series ->> 'dblp' as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {{ stated("edition ->> 'place'") }} as place_text,
        edition ->> 'date' as dates_text,
        null::text as starts_text,
        null::text as ends_text,
        series ->> 'sub' as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
