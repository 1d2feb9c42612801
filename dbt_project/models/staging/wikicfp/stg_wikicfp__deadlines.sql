{{ page_deadlines('raw_wikicfp') }}
