{# Foreign keys of the marts, declared as `meta.foreign_keys` of each mart and
   created in one place where marts are published. As constraints of the contract they
   would be made while models are built side by side, and Postgres then finds
   deadlocks; and a run of one mart alone would drop the keys that point at it for
   good. BI tools draw joins from them, so no run may end without.

   They can be deferred: where a build follows, rows of several marts make way for those
   made anew, one mart after the other, and it is the end that has to hold. #}

{# Statements of a block: create every declared key that is missing whose two tables are
   built. #}
{% macro create_foreign_keys() %}
{%- for node in graph.nodes.values() if node.resource_type == 'model' %}
    {%- for key in node.config.meta.get('foreign_keys', []) %}
    {%- set child = node.schema ~ '.' ~ node.name %}
    {%- set parent = node.schema ~ '.' ~ key.to %}
    {%- set name = node.name ~ '__' ~ key.column ~ '_fkey' %}
    if to_regclass('{{ child }}') is not null
        and to_regclass('{{ parent }}') is not null
        and not exists (
            select from pg_constraint
            where conname = '{{ name }}' and conrelid = to_regclass('{{ child }}')
        )
    then
        alter table {{ child }} add constraint {{ name }}
        foreign key ({{ key.column }}) references {{ parent }} ({{ key.to_column }})
        deferrable;
    end if;
    {%- endfor %}
{%- endfor %}
{% endmacro %}

{# Statements of a block: drop the keys of and to the marts of which this run replaces
   the table, which in a build that makes all rows are all. And those to a mart that
   loses a row: for each such row Postgres would go through all tables that might still
   point at it. #}
{% macro drop_foreign_keys(marts) %}
    {%- set replaced = [] %}
    {%- for node in marts if not is_published_by_rows(node) %}
        {%- do replaced.append("'" ~ node.name ~ "'") %}
    {%- endfor %}
    {%- if is_following() %}
    replaced := array[{{ replaced | join(', ') }}]::text[];
    {%- for node in marts if is_published_by_rows(node) %}
        {%- set key = key_that_is_pointed_at(node.name) %}
        {%- if key %}
    if exists (
        select from marts.{{ node.name }} as before
        where
            {{ is_made_anew(node.config) }}
            and not exists (
                select from marts_next.{{ node.name }}__made_anew as after
                where after.{{ key }} = before.{{ key }}
            )
    ) then
        losing := losing || '{{ node.name }}'::text;
    end if;
        {%- endif %}
    {%- endfor %}
    {%- endif %}
    for foreign_key in
        select
            keys.conrelid::regclass as table_name,
            keys.conname as constraint_name
        from pg_constraint as keys
        inner join pg_class as children on keys.conrelid = children.oid
        inner join pg_class as parents on keys.confrelid = parents.oid
        where
            keys.contype = 'f'
            and keys.connamespace = to_regnamespace('marts')
            {%- if is_following() %}
            and (
                children.relname = any(replaced)
                or parents.relname = any(replaced || losing)
            )
            {%- endif %}
    loop
        execute format(
            'alter table %s drop constraint %I',
            foreign_key.table_name, foreign_key.constraint_name
        );
    end loop;
{% endmacro %}

{# The column of a mart that foreign keys of others point at; none where none do. #}
{% macro key_that_is_pointed_at(name) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- for key in node.config.meta.get('foreign_keys', []) if key.to == name -%}
            {{ return(key.to_column) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
