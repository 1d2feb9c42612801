{{ page_deadlines('raw_aideadlines') }}
