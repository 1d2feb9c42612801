{# What dbt itself calls, in place of its own. #}

{# dbt's incremental models start afresh unless the build follows. #}
{% macro should_full_refresh() -%}
    {{ return(not is_following()) }}
{%- endmacro %}

{# The strategy `follow`: rows whose key is touched make way for those made anew. #}
{% macro get_incremental_follow_sql(arguments) -%}
    {%- set key = config.get('meta').get('follow_by', 'series_key') -%}
    {%- set columns = get_quoted_csv(
        arguments['dest_columns'] | map(attribute='name')
    ) -%}
    delete from {{ arguments['target_relation'] }}
    {% if key == 'names' -%}
    {{ only_if_names_changed() }}
    {%- elif key == 'document_key' -%}
    {{ only_touched_documents() }}
    {%- else -%}
    {{ only_touched(key, config.get('meta').get('follow_contested', true)) }}
    {%- endif %};

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
        {%- set key = tested.config.meta.get('follow_by', 'series_key') -%}
        {%- set filter = only_touched_documents() if key == 'document_key'
            else only_if_names_changed() if key == 'names'
            else only_touched(
                key, tested.config.meta.get('follow_contested', true)
            ) -%}
        (select * from {{ relation }} {{ filter }}) as rows_made_anew
    {%- elif condition -%}
        (select * from {{ relation }} where {{ condition }}) as chosen_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
