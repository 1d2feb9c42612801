{{ page_deadlines('raw_elra_events') }}
