{{ page_deadlines('raw_conference_pages') }}
