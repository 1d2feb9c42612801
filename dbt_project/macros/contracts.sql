{# A table with a contract is filled first and gets its constraints after: an index that
   is built once costs a fraction of one that follows every row, and only `create table
   as` may use several processes. dbt's own way declares them on the empty table. Takes
   the place of the macro of dbt-postgres. #}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {%- if is_contracted %}
    {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    create {{ 'temporary' if temporary else 'unlogged' if config.get('unlogged') }}
    table {{ relation }}
    {%- if config.get('meta', {}).get('fillfactor') %}
    with (fillfactor = {{ config.get('meta').get('fillfactor') }})
    {%- endif %}
    as (
    {%- if is_contracted %}
        select
        {%- for column in model.columns.values() %}
            {{ column.name }}::{{ column.data_type }} as {{ column.name }}
            {{- "," if not loop.last }}
        {%- endfor %}
        from (
            {{ sql }}
        ) as contracted_rows
    {%- else %}
        {{ sql }}
    {%- endif %}
    );
    {%- if is_contracted and not temporary %}
    {{ add_contract_constraints(relation) }}
    {%- endif %}
{%- endmacro %}

{# The constraints that a contract declares: of columns, and a key of several. #}
{% macro add_contract_constraints(relation) -%}
    {%- set actions = [] -%}
    {%- for column in model.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- do actions.append(contract_constraint(constraint.type, [column.name])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in model.constraints -%}
        {%- do actions.append(
            contract_constraint(constraint.type, constraint.columns)
        ) -%}
    {%- endfor -%}
    {%- if actions %}
    alter table {{ relation }} {{ actions | join(', ') }};
    {%- endif %}
{%- endmacro %}

{# What adds one of them to a table. #}
{% macro contract_constraint(type, columns) -%}
    {%- if type == 'primary_key' -%}
    add primary key ({{ columns | join(', ') }})
    {%- elif type == 'not_null' and columns | length == 1 -%}
    alter column {{ columns[0] }} set not null
    {%- else -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ': contracts hold no constraint ' ~ type
        ) -%}
    {%- endif -%}
{%- endmacro %}
