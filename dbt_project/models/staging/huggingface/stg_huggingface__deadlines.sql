with

{# Read twice: stored, it would be made whole before a condition reaches it. #}
editions as not materialized (

    select * from {{ ref('base_huggingface__editions') }}

),

typed_deadlines as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        10 + deadlines.position as deadline_position,

        deadlines.entry ->> 'type' as published_type,
        deadlines.entry ->> 'label' as label_text,
        {# One entry writes its date twice, as `date` and as `deadline`. #}
        coalesce(
            {{ stated("deadlines.entry ->> 'date'") }},
            deadlines.entry ->> 'deadline'
        ) as due_text,
        coalesce(
            {{ stated("deadlines.entry ->> 'timezone'") }},
            {{ stated("editions.edition ->> 'timezone'") }}
        ) as timezone_text

    from editions

    cross join
        lateral jsonb_array_elements({{ as_array("editions.edition -> 'deadlines'") }})
        with ordinality as deadlines (entry, position)

    where jsonb_typeof(deadlines.entry) = 'object'

),

{# The older form: a field a deadline. Some editions still carry both forms. #}
flat_deadlines as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        fields.field_number as deadline_position,

        fields.published_type,
        null::text as label_text,
        editions.edition ->> fields.published_type as due_text,
        {{ stated("editions.edition ->> 'timezone'") }} as timezone_text

    from editions

    cross join
        (
            values
            ('abstract_deadline', 1),
            ('deadline', 2),
            ('review_release_date', 3),
            ('rebuttal_period_end', 4),
            ('final_decision_date', 5)
        ) as fields (published_type, field_number)

),

both_forms as (

    select * from typed_deadlines

    union all

    select * from flat_deadlines

),

one_row_per_deadline as (

    select
        document_key,
        source_key,
        entry_position,
        deadline_position,

        published_type,
        label_text,
        due_text,
        due_text as due_wall_text,
        timezone_text,

        false as is_estimate,
        false as is_superseded

    from both_forms

    where due_text != ''

)

select * from one_row_per_deadline
