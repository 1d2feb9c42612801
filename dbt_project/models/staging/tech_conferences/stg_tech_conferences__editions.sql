with

editions as (

    select * from {{ ref('base_tech_conferences__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        null::text as entry_id_text,

        edition ->> 'name' as series_text,
        null::text as full_name_text,
        null::text as dblp_text,
        substring(edition ->> 'startDate' from '^\d{4}') as year_text,
        edition ->> 'url' as homepage_url,
        nullif(
            concat_ws(
                ', ',
                {{ stated("edition ->> 'city'") }},
                {{ stated("edition ->> 'country'") }},
                case when edition ->> 'online' = 'true' then 'Online' end
            ),
            ''
        ) as place_text,
        null::text as dates_text,
        edition ->> 'startDate' as starts_text,
        edition ->> 'endDate' as ends_text,
        null::text as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
