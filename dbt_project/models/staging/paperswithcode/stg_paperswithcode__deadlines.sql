{# One zone an edition; the children of the list add fields of their own. #}
{{ dated_fields(
    ref('base_paperswithcode__editions'),
    [
        'abstract_deadline',
        'deadline',
        'rebuttal_start',
        'rebuttal_end',
        'early_rejection',
        'notification',
    ],
    timezone_text=stated("editions.edition ->> 'timezone'")
) }}
