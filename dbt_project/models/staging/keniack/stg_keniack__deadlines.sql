{# Days without a time, written DD.MM.YYYY; the lists name no zone. #}
{{ dated_fields(
    ref('base_keniack__editions'),
    ['submission_deadline', 'notification', 'early_bird_deadline'],
    due_wall_text=iso_from_dotted('editions.edition ->> fields.published_type')
) }}
