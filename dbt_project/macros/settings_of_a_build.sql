{# For the transaction that builds one model. Compiling a query takes seconds where
   running it takes a tenth of one; and sorts and hash tables of a few hundred megabytes
   belong into memory, which an ordinary server does not expect of a query. A build reads
   whole tables: where the planner goes through one for each row of another it has
   misjudged how many there are, which took 51 of the 88 seconds of a full build once. #}
{% macro settings_of_a_build() -%}
    set local jit = off;
    set local work_mem = '128MB';
    set local maintenance_work_mem = '256MB';
    set local enable_nestloop = off
{%- endmacro %}
