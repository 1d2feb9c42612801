{{ page_editions('raw_conference_pages') }}
