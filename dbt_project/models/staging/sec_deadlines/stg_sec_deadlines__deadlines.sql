with

editions as (

    select * from {{ ref('base_sec_deadlines__editions') }}

),

{# `abdeadline` and `rebut` are free text of mpc-deadlines, mostly without a year:
   they are kept as said and give no instant. #}
one_row_per_deadline as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        fields.field_number * 100 + deadlines.position as deadline_position,
        fields.published_type,
        deadlines.due_text,
        {{ stated("editions.edition ->> 'timezone'") }} as timezone_text,
        case
            when editions.edition ->> 'year' ~ '^\d{4}$'
                then (editions.edition ->> 'year')::integer
        end as edition_year

    from editions

    cross join
        (
            values
            ('abdeadline', 1),
            ('deadline', 2),
            ('rebut', 3)
        ) as fields (published_type, field_number)

    cross join
        lateral jsonb_array_elements_text(
            {{ as_array("editions.edition -> fields.published_type") }}
        )
        with ordinality as deadlines (due_text, position)

    where deadlines.due_text != ''

),

{# Templates: %y is the year of the edition and %Y the year before it (the list's own
   reading). What is left of a template afterwards, such as %m, is a rolling call. #}
templates_expanded as (

    select
        document_key,
        source_key,
        entry_position,
        deadline_position,

        published_type,
        null::text as label_text,
        due_text,
        coalesce(
            replace(
                replace(due_text, '%y', edition_year::text),
                '%Y', (edition_year - 1)::text
            ),
            due_text
        ) as due_wall_text,
        timezone_text,

        false as is_estimate,
        false as is_superseded

    from one_row_per_deadline

)

select * from templates_expanded
