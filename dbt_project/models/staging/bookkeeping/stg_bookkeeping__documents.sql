{# The same table stands in the raw schema of every family, so one model reads all. #}
{% set columns = [
    'document_key',
    'source_key',
    'path',
    'source_url',
    'sha256',
    'media_type',
    'reader_version',
    'byte_count',
    'first_seen_at',
] -%}

with

all_families as (
    {% for family in var('families') %}
        {{ completed_rows('raw_' ~ family, 'documents', columns) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

renamed as (

    select
        document_key,
        source_key,

        path,
        source_url,
        sha256,
        media_type,
        reader_version,

        byte_count,

        first_seen_at

    from all_families

)

select * from renamed
