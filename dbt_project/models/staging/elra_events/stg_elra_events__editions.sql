{{ page_editions('raw_elra_events') }}
