{# The entries of editions of a family whose documents are lists of them: one row per
   document and entry. #}
{% macro editions_in_lists(raw_schema) -%}
with

documents as (

    {{ completed_rows(raw_schema, 'documents') }}

),

one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        format('/%s', editions.position - 1) as entry_position,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_array_elements(documents.body)
        with ordinality as editions (entry, position)

)

select * from one_row_per_edition
{%- endmacro %}

{# The same where the root of a document maps a word, such as conferences, to a list. #}
{% macro editions_in_named_lists(raw_schema) -%}
with

documents as (

    {{ completed_rows(raw_schema, 'documents') }}

),

one_row_per_edition as (

    select
        documents.document_key,
        documents.source_key,
        format('/%s/%s', lists.list_name, editions.position - 1) as entry_position,
        editions.entry as edition

    from documents

    cross join
        lateral jsonb_each({{ as_object('documents.body') }})
            as lists (list_name, list_value)

    cross join
        lateral jsonb_array_elements({{ as_array('lists.list_value') }})
        with ordinality as editions (entry, position)

)

select * from one_row_per_edition
{%- endmacro %}

{# The dated fields of a family that writes a field a deadline: one row per entry and
   field that says anything. `fields` are the names of the fields in the order in which
   they are read. The other arguments are expressions on editions.edition and
   fields.published_type; by default the family states no zone and writes ISO dates. #}
{% macro dated_fields(
    base_model,
    fields,
    due_wall_text='editions.edition ->> fields.published_type',
    timezone_text='null::text',
    is_superseded='false'
) -%}
with

editions as (

    select * from {{ base_model }}

),

one_row_per_deadline as (

    select
        editions.document_key,
        editions.source_key,
        editions.entry_position,
        fields.field_number as deadline_position,

        fields.published_type,
        null::text as label_text,
        editions.edition ->> fields.published_type as due_text,
        {{ due_wall_text }} as due_wall_text,
        {{ timezone_text }} as timezone_text,

        false as is_estimate,
        {{ is_superseded }} as is_superseded

    from editions

    cross join
        (
            values
            {% for field in fields -%}
            ('{{ field }}', {{ loop.index }}){{ "," if not loop.last }}
            {% endfor %}
        ) as fields (published_type, field_number)

    where editions.edition ->> fields.published_type != ''

)

select * from one_row_per_deadline
{%- endmacro %}
