{# For the transaction that builds one model. Compiling a query takes seconds where
   running it takes a tenth of one; and sorts and hash tables of a few hundred megabytes
   belong into memory, which an ordinary server does not expect of a query. #}
{% macro settings_of_a_build() -%}
    set local jit = off;
    set local work_mem = '128MB';
    set local maintenance_work_mem = '256MB'
    {#- Of the rows of a few series the planner expects so few that it would read a
        large table anew for each of them. #}
    {%- if is_following() %};
    set local enable_nestloop = off
    {%- endif %}
{%- endmacro %}
