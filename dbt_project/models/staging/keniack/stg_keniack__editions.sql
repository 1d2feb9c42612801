with

editions as (

    select * from {{ ref('base_keniack__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        null::text as entry_id_text,

        edition ->> 'acronym' as series_text,
        edition ->> 'name' as full_name_text,
        null::text as dblp_text,
        {# No year of its own: an edition is named by the year in which it begins. #}
        substring(edition ->> 'conference_start' from '\d{4}') as year_text,
        edition ->> 'website' as homepage_url,
        {{ stated("edition ->> 'location'") }} as place_text,
        null::text as dates_text,
        {{ iso_from_dotted("edition ->> 'conference_start'") }} as starts_text,
        {{ iso_from_dotted("edition ->> 'conference_end'") }} as ends_text,
        edition ->> 'focus' as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
