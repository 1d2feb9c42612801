{{ page_editions('raw_acl_events') }}
