{# Readers see the marts of one build or of the next, never some of each. A run builds its
   marts aside, in the schema marts_next, where its later models and its tests read them.
   Once nothing failed, all of them take the place of the old ones in one transaction,
   foreign keys included; a run that fails, is stopped or is killed leaves the old ones
   as they are, and what it built aside to look at, until the next run clears it away.
   Plain dbt and runs of a part do the same: what they built is published together. #}

{# Where this run builds a relation: a mart that it selects aside, all else in place. #}
{% macro built_at(relation) -%}
    {%- if execute and flags.WHICH in ('build', 'run') and relation.schema == 'marts' -%}
        {%- for kind in ['model', 'function'] -%}
            {%- set key = kind ~ '.' ~ project_name ~ '.' ~ relation.identifier -%}
            {%- if key in selected_resources -%}
                {{ return(relation.incorporate(path={'schema': 'marts_next'})) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

{# For the start of a run: nothing of an earlier one lies aside. On a server of one's own
   the schema is there, and dbt's role may make none. #}
{% macro clear_what_was_built_aside() %}
{% if execute and flags.WHICH in ('build', 'run') %}
do $$
declare
    relation record;
begin
    if to_regnamespace('marts_next') is null then
        create schema marts_next;
    end if;
    for relation in
        select
            relname as name,
            case relkind when 'v' then 'view' else 'table' end as kind
        from pg_class
        where relnamespace = to_regnamespace('marts_next') and relkind in ('r', 'v')
    loop
        execute format(
            'drop %s if exists marts_next.%I cascade', relation.kind, relation.name
        );
    end loop;
    for relation in
        select oid::regprocedure as name
        from pg_proc
        where pronamespace = to_regnamespace('marts_next')
    loop
        execute format('drop function %s', relation.name);
    end loop;
end
$$
{% endif %}
{% endmacro %}

{# For the end of a run in which nothing failed: publish what it built. Who reads holds
   the marts until the end of the transaction, in this order of names, or waits here. #}
{% macro publish_marts() %}
{%- if execute and flags.WHICH in ('build', 'run') and is_without_failure() %}
    {%- set marts = [] -%}
    {%- for result in results
        if result.node.schema == 'marts' and result.node.resource_type == 'model' -%}
        {%- do marts.append(result.node) -%}
    {%- endfor %}
    {%- set functions = [] -%}
    {%- for result in results
        if result.node.schema == 'marts' and result.node.resource_type == 'function' -%}
        {%- do functions.append(result.node) -%}
    {%- endfor %}
    {%- if marts or functions %}
{{ settings_of_a_build() }};
{#- Keys of a few rows are best looked up one by one. #}
set local enable_nestloop = on;
do $$
declare
    mart record;
    foreign_key record;
    replaced text[] := '{}';
    losing text[] := '{}';
begin
    for mart in
        select oid::regclass as name
        from pg_class
        where relnamespace = to_regnamespace('marts') and relkind in ('r', 'p')
        order by relname
    loop
        execute format('lock table %s in access exclusive mode', mart.name);
    end loop;
    {{ drop_foreign_keys(marts) }}
    set constraints all deferred;
    {%- for node in marts %}
    {{ publish_mart(node) }}
    {%- endfor %}
    {%- for node in functions %}
    {{ publish_function(node.name) }}
    {%- endfor %}
    set constraints all immediate;
    {{ create_foreign_keys() }}
end
$$
    {%- endif %}
{%- endif %}
{% endmacro %}

{# Whether every node of the run so far came out well, warnings included. #}
{% macro is_without_failure() -%}
    {%- for result in results
        if result.status not in ('success', 'pass', 'warn', 'no-op') -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# Whether a mart stays where it is and rows made anew take the place of others. #}
{% macro is_published_by_rows(node) -%}
    {{ return(is_following() and node.config.materialized == 'incremental') }}
{%- endmacro %}

{# One mart: a table takes the place of the old one, rows made anew that of their
   predecessors. #}
{% macro publish_mart(node) -%}
    {%- if is_published_by_rows(node) %}
    {%- set columns = node.columns.keys() | join(', ') %}
    delete from marts.{{ node.name }}
    where {{ is_made_anew(node.config) }};
    insert into marts.{{ node.name }} ({{ columns }})
    select {{ columns }} from marts_next.{{ node.name }}__made_anew;
    drop table marts_next.{{ node.name }}__made_anew cascade;
        {%- if node.config.meta.get('confirmed_by_looks') %}
    {{ confirm_kept_rows('marts.' ~ node.name) }}
        {%- endif %}
    {%- else %}
    drop table if exists marts.{{ node.name }} cascade;
    alter table marts_next.{{ node.name }} set schema marts;
    {%- endif %}
{%- endmacro %}

{# One function: what it read aside is now in place. #}
{% macro publish_function(name) %}
    for mart in
        select
            oid as number,
            proname || '(' || pg_get_function_identity_arguments(oid) || ')' as name
        from pg_proc
        where
            pronamespace = to_regnamespace('marts_next')
            and proname = '{{ name }}'
    loop
        execute 'drop function if exists marts.' || mart.name;
        execute 'alter function marts_next.' || mart.name || ' set schema marts';
        -- Nor does it name the database, which a copy or a backup has another name of.
        execute replace(
            replace(
                pg_get_functiondef(mart.number),
                format('"%s".', current_database()),
                ''
            ),
            'marts_next',
            'marts'
        );
    end loop;
{% endmacro %}
