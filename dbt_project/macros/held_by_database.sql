{# The tests of keys: what a constraint of the database holds needs no further scan.
   They take the place of dbt's own, under the same names. #}
{% macro default__test_unique(model, column_name) -%}
    {%- if is_held_by_database(model, column_name, 'unique') %}
    select 1 as held_by_a_unique_index where false
    {%- else %}
    select {{ column_name }}, count(*) as row_count
    from {{ model }}
    where {{ column_name }} is not null
    group by {{ column_name }}
    having count(*) > 1
    {%- endif %}
{%- endmacro %}

{% macro default__test_not_null(model, column_name) -%}
    {%- if is_held_by_database(model, column_name, 'not_null') %}
    select 1 as held_by_a_constraint where false
    {%- else %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} is null
    {%- endif %}
{%- endmacro %}

{# Whether a constraint of the table sees to it that a column has no null, or no value
   twice (by an index on it alone, of all rows). A test with a `where` has a subquery
   for its model, and is never held. #}
{% macro is_held_by_database(model, column_name, wanted) -%}
    {%- if not execute or model is string or '(' in model | string -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set found = run_query(
        "select attributes.attnotnull as not_null, exists ("
        ~ " select from pg_index as indexes"
        ~ " where indexes.indrelid = attributes.attrelid and indexes.indisunique"
        ~ " and indexes.indisvalid and indexes.indpred is null"
        ~ " and indexes.indnkeyatts = 1 and indexes.indkey[0] = attributes.attnum"
        ~ ") as unique"
        ~ " from pg_attribute as attributes"
        ~ " where attributes.attrelid = to_regclass('" ~ model ~ "')"
        ~ " and attributes.attname = '" ~ column_name ~ "'"
    ) -%}
    {{ return(found.rows | length == 1 and found.rows[0][wanted]) }}
{%- endmacro %}
