{{ page_deadlines('raw_chairing_tool') }}
