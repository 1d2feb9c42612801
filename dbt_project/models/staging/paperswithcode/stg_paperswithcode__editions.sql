with

editions as (

    select * from {{ ref('base_paperswithcode__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        edition ->> 'id' as entry_id_text,

        edition ->> 'title' as series_text,
        {{ stated("coalesce(edition ->> 'full_name', edition ->> 'full_title')") }}
            as full_name_text,
        null::text as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {{ stated("edition ->> 'place'") }} as place_text,
        {# Some entries misspell the field as data. #}
        coalesce(edition ->> 'date', edition ->> 'data') as dates_text,
        edition ->> 'start' as starts_text,
        edition ->> 'end' as ends_text,
        {{ joined_texts("edition -> 'sub'") }} as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
