with

editions as (

    select * from {{ ref('base_huggingface__editions') }}

),

renamed as (

    select
        document_key,
        source_key,
        entry_position,
        edition ->> 'id' as entry_id_text,

        edition ->> 'title' as series_text,
        edition ->> 'full_name' as full_name_text,
        null::text as dblp_text,
        edition ->> 'year' as year_text,
        edition ->> 'link' as homepage_url,
        {# The older form has one text, the newer one a field each. #}
        coalesce(
            {{ stated("edition ->> 'place'") }},
            nullif(
                concat_ws(
                    ', ',
                    {{ stated("edition ->> 'city'") }},
                    {{ stated("edition ->> 'country'") }}
                ),
                ''
            )
        ) as place_text,
        edition ->> 'date' as dates_text,
        edition ->> 'start' as starts_text,
        edition ->> 'end' as ends_text,
        {{ joined_texts("coalesce(edition -> 'tags', edition -> 'sub')") }}
            as areas_text,
        null::text as status_text

    from editions

)

select * from renamed
