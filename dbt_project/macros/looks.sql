{# Whether a visit is a look: of a list one that found the file, of a page one that
   brought a document at all. What is refused or held back is none. #}
{% macro is_look(visits, sources) -%}
    (
        {{ visits }}.outcome in ('stored', 'unchanged')
        or {{ sources }}.kind != 'list'
        and {{ visits }}.outcome not in ('refused', 'held')
    )
{%- endmacro %}
