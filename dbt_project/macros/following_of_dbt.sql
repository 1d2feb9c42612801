{# What dbt itself calls, in place of its own. #}

{# dbt's incremental models start afresh unless the build follows. #}
{% macro should_full_refresh() -%}
    {{ return(not is_following()) }}
{%- endmacro %}

{# The strategy `follow`: rows whose key is touched make way for those made anew. #}
{% macro get_incremental_follow_sql(arguments) -%}
    {%- set columns = get_quoted_csv(
        arguments['dest_columns'] | map(attribute='name')
    ) -%}
    delete from {{ arguments['target_relation'] }}
    where {{ is_made_anew(config) }};

    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

{# What a test of a model looks at: of one that follows, the rows that were made anew.
   Takes the place of dbt's own macro. #}
{% macro get_where_subquery(relation) -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute else none -%}
    {%- set condition = config.get('where') -%}
    {%- if is_following() and not condition and tested
        and tested.config.materialized == 'incremental' -%}
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
