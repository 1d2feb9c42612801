with

editions as (

    select * from {{ ref('base_tobna__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        entry_id as entry_id_text,

        edition ->> 'shortname' as series_text,
        edition ->> 'title' as full_name_text,
        null::text as dblp_text,
        {# No year of its own: the identifier ends in it. #}
        coalesce(
            substring(entry_id from '(\d{4})$'),
            substring(edition ->> 'conferenceStartDate' from '^\d{4}')
        ) as year_text,
        edition ->> 'website' as homepage_url,
        {{ stated("edition ->> 'location'") }} as place_text,
        null::text as dates_text,
        {# Of an estimated edition, the days of the conference are guesses as well. #}
        case
            when edition ->> 'isApproximateDeadline' = 'true' then null
            else edition ->> 'conferenceStartDate'
        end as starts_text,
        case
            when edition ->> 'isApproximateDeadline' = 'true' then null
            else edition ->> 'conferenceEndDate'
        end as ends_text,
        {{ joined_texts("edition -> 'tags'") }} as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
