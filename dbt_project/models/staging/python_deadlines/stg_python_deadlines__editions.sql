with

editions as (

    select * from {{ ref('base_python_deadlines__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        null::text as entry_id_text,

        edition ->> 'conference' as series_text,
        {# `alt_name` is what one edition was also called, and no long name. #}
        null::text as full_name_text,
        null::text as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {{ stated("edition ->> 'place'") }} as place_text,
        null::text as dates_text,
        edition ->> 'start' as starts_text,
        edition ->> 'end' as ends_text,
        {{ joined_texts("edition -> 'sub'") }} as areas_text,
        {# A call that reads Cancelled speaks of the whole conference. #}
        case when edition ->> 'cfp' ilike 'cancel%' then 'cancelled' end as status_text

    from editions

)

select * from renamed
