{# Days without a time; the list names no zone. #}
{{ dated_fields(ref('base_tech_conferences__editions'), ['cfpEndDate']) }}
