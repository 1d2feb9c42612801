with

editions as (

    select * from {{ ref('base_ccfddl__editions') }}

),

one_row_per_timeline_entry as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        editions.edition,
        timeline.entry,
        timeline.position

    from editions

    cross join
        lateral jsonb_array_elements(
            {{ as_array("editions.edition -> 'timeline'") }}
        )
        with ordinality as timeline (entry, position)

),

one_row_per_deadline as (

    select
        entries.document_key,
        entries.source_key,
        entries.entry_position,
        entries.position * 10 + fields.field_number as deadline_position,

        fields.published_type,
        entries.entry ->> 'comment' as label_text,
        entries.entry ->> fields.published_type as due_text,
        entries.entry ->> fields.published_type as due_wall_text,
        entries.edition ->> 'timezone' as timezone_text,

        false as is_estimate,
        false as is_superseded

    from one_row_per_timeline_entry as entries

    cross join
        (
            values
            ('abstract_deadline', 1),
            ('deadline', 2)
        ) as fields (published_type, field_number)

    where entries.entry ->> fields.published_type != ''

)

select * from one_row_per_deadline
