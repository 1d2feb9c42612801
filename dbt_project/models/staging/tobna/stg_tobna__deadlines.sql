with

editions as (

    select * from {{ ref('base_tobna__editions') }}

),

{# Instants that end in Z. The zone of an edition tells where its page shows them and
   not how they are written (compared with the lists they were taken from, 2026-08). #}
one_row_per_deadline as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        timeline.position * 10 + fields.field_number as deadline_position,

        fields.published_type,
        timeline.entry ->> 'note' as label_text,
        timeline.entry ->> fields.published_type as due_text,
        regexp_replace(timeline.entry ->> fields.published_type, 'Z$', '')
            as due_wall_text,
        coalesce(
            substring(timeline.entry ->> fields.published_type from 'Z$'),
            {{ stated("editions.edition ->> 'timezone'") }}
        ) as timezone_text,

        editions.edition ->> 'isApproximateDeadline' = 'true' as is_estimate,
        false as is_superseded

    from editions

    cross join
        lateral jsonb_array_elements({{ as_array("editions.edition -> 'timeline'") }})
        with ordinality as timeline (entry, position)

    cross join
        (
            values
            ('abstractDeadline', 1),
            ('deadline', 2)
        ) as fields (published_type, field_number)

    where timeline.entry ->> fields.published_type != ''

)

select * from one_row_per_deadline
