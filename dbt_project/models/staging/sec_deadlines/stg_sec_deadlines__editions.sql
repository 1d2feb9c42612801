with

editions as (

    select * from {{ ref('base_sec_deadlines__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        null::text as entry_id_text,

        edition ->> 'name' as series_text,
        edition ->> 'description' as full_name_text,
        edition ->> 'dblp' as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {{ stated("edition ->> 'place'") }} as place_text,
        edition ->> 'date' as dates_text,
        null::text as starts_text,
        null::text as ends_text,
        {{ joined_texts("edition -> 'tags'") }} as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
