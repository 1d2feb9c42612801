{# The rule of truth as an order of claims about one deadline, the believed one first:
   what a maintainer decided (rank 0); what names an instant; the better authority; the
   later observation; more sources that agree; what states its time and zone; then the
   order of keys. Whoever ranks claims, as of today or of an earlier day, orders by
   this. #}
{% macro order_of_truth(claims) -%}
    ({{ claims }}.authority_rank = 0) desc,
    ({{ claims }}.due_reading = 'instant') desc,
    {{ claims }}.authority_rank asc,
    {{ claims }}.seen_from desc,
    {{ claims }}.agreeing_source_count desc,
    {{ claims }}.unstated_count asc,
    {{ claims }}.source_key asc,
    {{ claims }}.due_at asc,
    {{ claims }}.claim_key asc
{%- endmacro %}

{# When what is believed was last seen to be said: what is no longer said was confirmed
   for the last time, what a decision says when it was made. #}
{% macro last_confirmed_at(belief, last_seen_at) -%}
    case
        when {{ belief }}.seen_to is not null then {{ belief }}.last_confirmed_at
        else coalesce({{ last_seen_at }}, {{ belief }}.last_changed_at)
    end
{%- endmacro %}
