with

editions as (

    select * from {{ ref('base_ruby_conferences__editions') }}

),

{# Days without a time. The day on which a call opens is no obligation: not read. #}
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
        null::text as timezone_text,

        false as is_estimate,
        false as is_superseded

    from editions

    cross join
        (
            values
            ('cfp_close_date', 1)
        ) as fields (published_type, field_number)

    where editions.edition ->> fields.published_type != ''

)

select * from one_row_per_deadline
