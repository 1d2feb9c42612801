{# `cfp_ext` replaces `cfp` where it holds a date; some entries hold a link there. #}
{% set is_replaced -%}
    fields.published_type = 'cfp'
    and coalesce(editions.edition ->> 'cfp_ext' ~ '^\d{4}-', false)
{%- endset %}
{{ dated_fields(
    ref('base_python_deadlines__editions'),
    ['cfp', 'cfp_ext', 'tutorial_deadline', 'workshop_deadline'],
    timezone_text=stated("editions.edition ->> 'timezone'"),
    is_superseded=is_replaced
) }}
