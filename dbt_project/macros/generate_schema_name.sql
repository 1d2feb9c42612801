{# Schemas carry their plain names (marts, staging, …) on every target: one
   warehouse, one set of names that BI tools can rely on. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
