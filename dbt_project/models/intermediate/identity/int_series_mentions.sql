with

editions as (

    select * from {{ ref('int_editions_dated') }}

),

one_row_per_mention as (

    select
        md5(concat_ws('|', source_key, series_text, coalesce(full_name_text, '')))
            as mention_key,
        source_key,

        series_text,
        full_name_text,
        {{ without_edition('series_text') }} as acronym_text,

        count(*) as edition_count

    from editions

    group by source_key, series_text, full_name_text

)

select * from one_row_per_mention
