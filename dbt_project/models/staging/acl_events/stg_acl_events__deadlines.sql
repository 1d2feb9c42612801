{{ page_deadlines('raw_acl_events') }}
