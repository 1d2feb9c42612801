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
    {%- if is_following() and is_incremental and not condition -%}
        {%- if relation.schema == 'marts_next' -%}
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

{# Whether what rows point at is there: in a build that follows each is looked up by the
   key of the mart. One that follows is read by a view here, of which Postgres would make
   all rows to join them. #}
{% macro postgres__test_relationships(model, column_name, to, field) -%}
    {%- if not is_following() or to.schema != 'marts_next' -%}
        {{ return(dbt.default__test_relationships(model, column_name, to, field)) }}
    {%- endif -%}
    with

    children as (

        select {{ column_name }} as key
        from {{ model }}
        where {{ column_name }} is not null

    ),

    parents as (

        select {{ field }} as key
        from {{ to }}
        where {{ field }} = any(array(select key from children))

    )

    select children.key
    from children
    left join parents on children.key = parents.key
    where parents.key is null
{%- endmacro %}
