with

all_page_families as (

    {{ newest_readings_of_all_page_families() }}

),

renamed as (

    select
        document_key,
        reading_key,

        reader_version,
        phrase_count,

        is_usable

    from all_page_families

)

select * from renamed
