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

{# The name of every raw table and of the column that is its key, as rows of `values`. #}
{% macro rows_of_raw_keys() -%}
    {%- set keys = {
        'documents': 'document_key',
        'visits': 'visit_key',
        'rejects': 'reject_key',
        'readings': 'reading_key',
        'entries': 'entry_key',
        'phrases': 'phrase_key',
        'sources': 'source_key',
    } -%}
    {#- No table is known while the project is parsed or linted. -#}
    {%- set nodes = graph.sources.values() if graph is defined and execute else [] -%}
    {%- set rows = [] -%}
    {%- for node in nodes if node.name in keys -%}
        {%- do rows.append(
            "('" ~ node.schema ~ "." ~ node.identifier ~ "', '" ~ keys[node.name] ~ "')"
        ) -%}
    {%- endfor -%}
    {{ rows | join(', ') or '(null, null)' }}
{%- endmacro %}
