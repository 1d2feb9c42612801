{# The same table stands in the raw schema of every family, so one model reads all. #}
{% set columns = [
    'reject_key',
    'source_key',
    'document_key',
    'path',
    'position',
    'reason',
    'detail',
    'entry',
    'is_dropped',
    'first_seen_at',
] -%}

with

all_families as (
    {% for family in var('families') %}
        {{ completed_rows('raw_' ~ family, 'rejects', columns) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

renamed as (

    select
        reject_key,
        source_key,
        document_key,

        path,
        position as entry_position,
        reason,
        detail,
        entry::text as entry_text,

        is_dropped,

        first_seen_at

    from all_families

)

select * from renamed
