with

editions as (

    select * from {{ ref('base_tobna__editions') }}

),

{# `rating` is CORE's letter, `h5Index` the h5 index of the venue. #}
one_row_per_rank as (

    select distinct
        editions.document_key,
        editions.source_key,

        editions.edition ->> 'shortname' as series_text,
        editions.edition ->> 'title' as full_name_text,
        fields.system_text,
        editions.edition ->> fields.field_name as rank_text

    from editions

    cross join
        (
            values
            ('rating', 'core'),
            ('h5Index', 'h5')
        ) as fields (field_name, system_text)

    where editions.edition ->> fields.field_name is not null

)

select * from one_row_per_rank
