{# The rows of a raw table whose load was completed: a load that was killed leaves
   rows that the next run of its source deletes, and that no model may read before. #}
{% macro completed_rows(schema, table, columns=['*']) -%}
    select
        {% for column in columns -%}
        raw_rows.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
    from {{ source(schema, table) }} as raw_rows
    inner join {{ source(schema, '_dlt_loads') }} as loads
        on raw_rows._dlt_load_id = loads.load_id
    where loads.status = 0
{%- endmacro %}

{# The completed rows of a table that stands in the raw schema of every family. #}
{% macro completed_rows_of_all_families(table, columns) -%}
    {% for family in var('families') -%}
    {{ completed_rows('raw_' ~ family, table, columns) }}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
{%- endmacro %}
