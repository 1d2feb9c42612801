{# A build that follows. Where the project, the registry and the decisions are those of
   the last build, only series of which a document says something new can have other
   rows than before: models then make the rows of those anew and keep the others.
   `confradar build` knows when that holds and says so by CONFRADAR_FOLLOW; every other
   build, also plain `dbt build`, makes all rows. Both come to the same tables, to the
   checksum (tests/test_steps.py). #}

{# Whether this build follows. Never true while the project is parsed, so that parsed
   files do not depend on it. #}
{% macro is_following() -%}
    {{ return(execute and env_var('CONFRADAR_FOLLOW', '') == 'yes') }}
{%- endmacro %}

{# The series of which a build makes rows anew. By name and not by reference: every unit
   test would else have to give them. int_series_touched is built before whatever reads
   int_editions_matched, and int_record_stays before all intervals of claims. #}
{% macro touched_series(with_contested=true) -%}
    select series_key from intermediate.int_series_touched
    {%- if with_contested %}
    union all
    {#- What one page says of an obligation ends by a look at another. #}
    select series_key from intermediate.int_record_stays where is_contested
    {%- endif %}
{%- endmacro %}

{# The condition that keeps a build that follows to those series; nothing in others. #}
{% macro only_touched(key='series_key', with_contested=true) -%}
    {%- if is_following() -%}
    where {{ key }} in ({{ touched_series(with_contested) }})
    {%- endif -%}
{%- endmacro %}

{# The same for what is read by document, before its series is known. #}
{% macro only_touched_documents(key='document_key') -%}
    {%- if is_following() -%}
    where {{ key }} in (
        select document_key from intermediate.int_documents_touched
    )
    {%- endif -%}
{%- endmacro %}

{# The condition of models that match names, all of which bear on each other: where no
   document brings a new one, all of them stand. #}
{% macro only_if_names_changed() -%}
    {%- if is_following() -%}
    where exists (select from intermediate.int_names_touched)
    {%- endif -%}
{%- endmacro %}

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

{# Figures for the planner. A table of which a thousandth changed has good ones. #}
{% macro analyzed() -%}
    {%- if is_following() and config.get('materialized') == 'incremental' -%}
    select 1
    {%- else -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}

{# What a later build compares with, by name: what is stored, and what is read. Kept
   from one complete build to the next. #}
{% macro remembered() -%}
    {{ return({
        'document_versions':
            'select document_key, seen_from, seen_to, is_first_look'
            ~ ' from intermediate.int_document_versions',
        'readings':
            'select document_key, reading_key from staging.stg_bookkeeping__readings',
        'names_said': 'select * from intermediate.int_names_said',
        'mentions':
            'select mention_key, series_key, series_slug, acronym_text'
            ~ ' from intermediate.int_series_matched',
        'parents':
            'select series_key, parent_series_key, relation'
            ~ ' from intermediate.int_series_parents',
    }) }}
{%- endmacro %}

{# The rows of `name` that are other than in the last complete build, as they are now
   and as they were then. #}
{% macro rows_that_changed(name) -%}
    {%- set now = remembered()[name] -%}
    {%- set then = 'select * from intermediate.remembered_' ~ name -%}
    (({{ now }}) except ({{ then }}))
    union all
    (({{ then }}) except ({{ now }}))
{%- endmacro %}

{# For the end of a run: if it built every table, and all of them, what the next one
   may follow. #}
{% macro remember_build() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set built = [] -%}
        {%- for result in results if result.node.resource_type == 'model' -%}
            {%- if result.status == 'success' -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.materialized != 'view'
            and node.unique_id not in built -%}
            {%- do missing.append(node.unique_id) -%}
        {%- endfor -%}
        {%- if not missing -%}
            {%- for name, query in remembered().items() %}
            drop table if exists intermediate.remembered_{{ name }};
            create unlogged table intermediate.remembered_{{ name }} as {{ query }};
            {% endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
