{# Foreign keys of the marts, declared as `meta.foreign_keys` of each mart and
   created in one place at the end of every run. As constraints of the contract they
   would be made while models are built side by side, and Postgres then finds
   deadlocks; and a run of one mart alone would drop the keys that point at it for
   good. BI tools draw joins from them, so no run may end without. #}

{# For the start of a run: drop the keys, so that marts can be replaced in any order. #}
{% macro drop_foreign_keys() %}
{% if execute and flags.WHICH in ('build', 'run') %}
do $$
declare
    foreign_key record;
begin
    for foreign_key in
        select
            conrelid::regclass as table_name,
            conname as constraint_name
        from pg_constraint
        where
            contype = 'f'
            and connamespace = to_regnamespace('marts')
    loop
        execute format(
            'alter table %s drop constraint %I',
            foreign_key.table_name, foreign_key.constraint_name
        );
    end loop;
end
$$
{% endif %}
{% endmacro %}

{# For the end of a run: create every declared key whose two tables are built. #}
{% macro create_foreign_keys() %}
{% if execute and flags.WHICH in ('build', 'run') %}
do $$
begin
{%- for node in graph.nodes.values() if node.resource_type == 'model' %}
    {%- for key in node.config.meta.get('foreign_keys', []) %}
    {%- set child = node.schema ~ '.' ~ node.name %}
    {%- set parent = node.schema ~ '.' ~ key.to %}
    if to_regclass('{{ child }}') is not null
        and to_regclass('{{ parent }}') is not null
    then
        alter table {{ child }}
        add constraint {{ node.name }}__{{ key.column }}_fkey
        foreign key ({{ key.column }}) references {{ parent }} ({{ key.to_column }});
    end if;
    {%- endfor %}
{%- endfor %}
end
$$
{% endif %}
{% endmacro %}
