{# What dbt itself calls, in place of its own. #}

{# dbt's incremental models start afresh unless the build follows. #}
{% macro should_full_refresh() -%}
    {{ return(not is_following()) }}
{%- endmacro %}

{# What a test of a model looks at: of one that follows, the rows that were made anew.
   Takes the place of dbt's own macro. #}
{% macro get_where_subquery(relation) -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute else none -%}
    {%- set condition = config.get('where') -%}
    {%- set is_incremental = tested and tested.config.materialized == 'incremental' -%}
    {%- set keeps_rows = tested and (
        is_incremental or tested.config.meta.get('keeps_other_rows')
    ) -%}
    {%- if is_following() and keeps_rows and not condition -%}
        {%- if is_incremental and relation.schema == 'marts_next' -%}
        (select * from {{ rows_made_anew(relation) }}) as rows_made_anew
        {%- else -%}
        (
            select * from {{ relation }}
            where {{ is_made_anew(tested.config) }}
        ) as rows_made_anew
        {%- endif -%}
    {%- elif condition -%}
        (select * from {{ relation }} where {{ condition }}) as chosen_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
