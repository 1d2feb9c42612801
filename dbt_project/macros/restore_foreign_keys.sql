{#- Create every foreign key that a mart declares and the database lacks.
    Rebuilding one mart alone drops the keys that point at it (Postgres cascades with the
    old table), so the end of every run puts them back; BI tools draw joins from them. -#}
{% macro restore_foreign_keys(results) %}
    {%- if execute and flags.WHICH in ('build', 'run') and results | length > 0 -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.contract.enforced -%}
            {%- for constraint in node.constraints if constraint.type == 'foreign_key' -%}
                {%- do create_foreign_key(node, constraint) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- Create one foreign key unless it is there, or either table is not built yet. -#}
{% macro create_foreign_key(node, constraint) %}
    {%- set parent_name = constraint.to | replace('"', '') -%}
    {%- set parent_parts = parent_name.split('.') -%}
    {%- set child = adapter.get_relation(
        database=node.database, schema=node.schema, identifier=node.alias) -%}
    {%- set parent = adapter.get_relation(
        database=node.database,
        schema=parent_parts[-2],
        identifier=parent_parts[-1]) -%}
    {%- if child is not none and parent is not none -%}
        {%- set existing = run_query(
            "select conname from pg_constraint where contype = 'f'"
            ~ " and conrelid = '" ~ child ~ "'::regclass"
            ~ " and confrelid = '" ~ parent ~ "'::regclass"
            ~ " and conkey = array(select attnum from pg_attribute"
            ~ " where attrelid = '" ~ child ~ "'::regclass"
            ~ " and attname = '" ~ constraint.columns[0] ~ "')") -%}
        {%- if existing | length == 0 -%}
            {%- do run_query(
                "alter table " ~ child
                ~ " add foreign key (" ~ constraint.columns | join(', ') ~ ")"
                ~ " references " ~ parent
                ~ " (" ~ constraint.to_columns | join(', ') ~ "); commit") -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
