{# Days without a time; the list names no zone. The day on which a call opens is no
   obligation and is not read. #}
{{ dated_fields(ref('base_ruby_conferences__editions'), ['cfp_close_date']) }}
