{# The expression holds in every row; a row in which it is null fails as well. #}
{% test is_true(model, expression) %}

select *

from {{ model }}

where ({{ expression }}) is not true

{% endtest %}
