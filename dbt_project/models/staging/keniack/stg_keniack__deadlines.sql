with

editions as (

    select * from {{ ref('base_keniack__editions') }}

),

{# Days without a time, written DD.MM.YYYY; the list names no zone. #}
one_row_per_deadline as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        fields.field_number as deadline_position,

        fields.published_type,
        null::text as label_text,
        editions.edition ->> fields.published_type as due_text,
        {{ iso_from_dotted('editions.edition ->> fields.published_type') }}
            as due_wall_text,
        null::text as timezone_text,

        false as is_estimate,
        false as is_superseded

    from editions

    cross join
        (
            values
            ('submission_deadline', 1),
            ('notification', 2),
            ('early_bird_deadline', 3)
        ) as fields (published_type, field_number)

    where editions.edition ->> fields.published_type != ''

)

select * from one_row_per_deadline
