{# The same table stands in the raw schema of every family, so one model reads all. #}
{% set columns = [
    'visit_key',
    'source_key',
    'document_key',
    'path',
    'source_url',
    'outcome',
    'detail',
    'observed_at',
] -%}

with

all_families as (
    {% for family in var('families') %}
        {{ completed_rows('raw_' ~ family, 'visits', columns) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

renamed as (

    select
        visit_key,
        source_key,
        document_key,

        path,
        source_url,
        outcome,
        detail,

        observed_at

    from all_families

)

select * from renamed
