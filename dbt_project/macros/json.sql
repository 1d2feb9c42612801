{# A published list as a JSON array: the list itself, an array of one where a
   publisher wrote a single value in its place, and an empty one where nothing is
   written. #}
{% macro as_array(value) -%}
    case
        when {{ value }} is null then '[]'::jsonb
        when jsonb_typeof({{ value }}) = 'array' then {{ value }}
        else jsonb_build_array({{ value }})
    end
{%- endmacro %}

{# The texts of a published list, joined by commas in their order; null for none. #}
{% macro joined_texts(value) -%}
    (
        select string_agg(trim(listed.text_value), ',' order by listed.list_position)
        from
            jsonb_array_elements_text({{ as_array(value) }})
            with ordinality as listed (text_value, list_position)
    )
{%- endmacro %}

{# A published text, or null where the publisher stated nothing: a blank and the word
   null both say nothing. #}
{% macro stated(text_value) -%}
    nullif(nullif(trim({{ text_value }}), ''), 'null')
{%- endmacro %}

{# A published mapping, or an empty one where something else stands in its place. #}
{% macro as_object(value) -%}
    case
        when jsonb_typeof({{ value }}) = 'object' then {{ value }}
        else '{}'::jsonb
    end
{%- endmacro %}
