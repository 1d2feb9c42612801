{{ page_editions('raw_wikicfp') }}
