with

editions as (

    select * from {{ ref('base_ruby_conferences__editions') }}

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
        substring(edition ->> 'start_date' from '^\d{4}') as year_text,
        edition ->> 'url' as homepage_url,
        {{ stated("edition ->> 'location'") }} as place_text,
        null::text as dates_text,
        {# The list gives its precision where a day is only a stand-in for it. #}
        case
            when edition ->> 'date_precision' is null then edition ->> 'start_date'
        end as starts_text,
        case
            when edition ->> 'date_precision' is null then edition ->> 'end_date'
        end as ends_text,
        null::text as areas_text,
        lower(edition ->> 'status') as status_text

    from editions

)

select * from renamed
