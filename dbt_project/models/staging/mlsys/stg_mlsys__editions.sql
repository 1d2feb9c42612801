with

editions as (

    select * from {{ ref('base_mlsys__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        edition ->> 'id' as entry_id_text,

        edition ->> 'name' as series_text,
        edition ->> 'description' as full_name_text,
        null::text as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {{ stated("edition ->> 'place'") }} as place_text,
        null::text as dates_text,
        null::text as starts_text,
        null::text as ends_text,
        {{ joined_texts("edition -> 'tags'") }} as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
