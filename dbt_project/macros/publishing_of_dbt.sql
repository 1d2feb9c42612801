{# What dbt itself calls, in place of its own, so that marts are built aside. #}

{# What this run builds is read where it builds it. #}
{% macro ref() -%}
    {{ return(built_at(builtins.ref(*varargs, **kwargs))) }}
{%- endmacro %}

{% macro function() -%}
    {{ return(built_at(builtins.function(*varargs, **kwargs))) }}
{%- endmacro %}

{# Unit tests ask for the columns of their inputs. #}
{% macro get_columns_in_relation(relation) -%}
    {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(built_at(relation))) }}
{%- endmacro %}

{% materialization table, adapter='postgres' %}
    {%- if built_at(this) == this -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}
    {{ return(build_table_aside(sql)) }}
{% endmaterialization %}

{% materialization incremental, adapter='postgres' %}
    {%- set is_aside = built_at(this) != this -%}
    {%- if is_aside and is_following() -%}
        {{ return(build_rows_aside(sql)) }}
    {%- elif is_aside -%}
        {{ return(build_table_aside(sql)) }}
    {%- elif is_following() and load_cached_relation(this) is not none -%}
        {{ return(replace_rows(sql)) }}
    {%- endif -%}
    {{ return(dbt.materialization_incremental_default()) }}
{% endmaterialization %}

{% materialization function, adapter='postgres', supported_languages=['sql'] %}
    {%- set target = built_at(this).incorporate(type=this.Function) -%}
    {{ run_hooks(pre_hooks) }}
    {{ function_execute_build_sql(scalar_function_sql(target), none, target) }}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# A model that follows in place: rows whose key is touched make way for those made
   anew. dbt's own looks at the columns five times a model, for a change of the project;
   a build that follows is of the project of the last one. #}
{% macro replace_rows(sql) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set rows = make_temp_relation(target) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        create temporary table {{ rows }} as {{ sql }};
        delete from {{ target }} where {{ is_made_anew(config) }};
        insert into {{ target }} select * from {{ rows }};
        drop table {{ rows }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmacro %}

{# A mart of which all rows are made. #}
{% macro build_table_aside(sql) -%}
    {%- set target = built_at(this).incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, target, sql) }}
    {%- endcall %}
    {%- do create_indexes(target) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmacro %}

{# A mart that follows: the rows made anew, and a view that has the others beside them. #}
{% macro build_rows_aside(sql) -%}
    {%- set target = built_at(this).incorporate(type='view') -%}
    {%- set rows = rows_made_anew(target) -%}
    {%- set columns = model.columns.keys() | list -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, rows, sql) }}
        {{ index_to_follow_by(rows, config) }}
        create view {{ target }} as
        {{ kept_rows(this, config, columns) }}
        union all
        select {{ columns | join(', ') }} from {{ rows }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target, rows]}) }}
{%- endmacro %}

{# The table of those rows, of a mart that is built aside. #}
{% macro rows_made_anew(relation) -%}
    {{ return(relation.incorporate(
        path={'identifier': relation.identifier ~ '__made_anew'}, type='table'
    )) }}
{%- endmacro %}
