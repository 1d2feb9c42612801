{# Foreign keys of the marts, declared as `meta.foreign_keys` of each mart and
   created in one place where marts are published. As constraints of the contract they
   would be made while models are built side by side, and Postgres then finds
   deadlocks; and a run of one mart alone would drop the keys that point at it for
   good. BI tools draw joins from them, so no run may end without. #}

{# Statements of a block: create every declared key whose two tables are built. #}
{% macro create_foreign_keys() %}
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
{% endmacro %}
