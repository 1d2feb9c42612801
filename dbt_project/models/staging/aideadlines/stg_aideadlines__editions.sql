{{ page_editions('raw_aideadlines') }}
