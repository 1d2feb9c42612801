{# What a label says beside that something is due then: two that say the same name one
   obligation of a source. Null where nothing else is said. #}
{% macro label_core(label_text) -%}
    nullif(
        trim(
            regexp_replace(
                regexp_replace(
                    {{ label_words(label_text) }},
                    '\m(deadlines?|due|dates?|extended|extension|new|updated'
                    || '|hard|firm|the|of|for|to|on|by|is|are|has|been)\M',
                    ' ',
                    'g'
                ),
                ' +',
                ' ',
                'g'
            )
        ),
        ''
    )
{%- endmacro %}
