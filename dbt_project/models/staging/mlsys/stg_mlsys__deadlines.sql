{# A local ISO time, one an edition. #}
{{ dated_fields(
    ref('base_mlsys__editions'),
    ['deadline'],
    timezone_text=stated("editions.edition ->> 'timezone'")
) }}
