with

editions as (

    select * from {{ ref('base_python_deadlines__editions') }}

),

{# `cfp_ext` replaces `cfp` where it holds a date; some entries hold a link there. #}
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
        fields.published_type = 'cfp'
        and coalesce(editions.edition ->> 'cfp_ext' ~ '^\d{4}-', false) as is_superseded

    from editions

    cross join
        (
            values
            ('cfp', 1),
            ('cfp_ext', 2),
            ('tutorial_deadline', 3),
            ('workshop_deadline', 4)
        ) as fields (published_type, field_number)

    where editions.edition ->> fields.published_type != ''

)

select * from one_row_per_deadline
