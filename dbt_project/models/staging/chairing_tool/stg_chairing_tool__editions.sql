{{ page_editions('raw_chairing_tool') }}
