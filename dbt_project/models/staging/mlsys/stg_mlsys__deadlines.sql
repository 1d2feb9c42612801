with

editions as (

    select * from {{ ref('base_mlsys__editions') }}

),

{# A local ISO time, one an edition. #}
one_row_per_deadline as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        fields.field_number as deadline_position,

        fields.published_type,
        null::text as label_text,
        editions.edition ->> fields.published_type as due_text,
        editions.edition ->> fields.published_type as due_wall_text,
        {{ stated("editions.edition ->> 'timezone'") }} as timezone_text,

        false as is_estimate,
        false as is_superseded

    from editions

    cross join
        (
            values
            ('deadline', 1)
        ) as fields (published_type, field_number)

    where editions.edition ->> fields.published_type != ''

)

select * from one_row_per_deadline
