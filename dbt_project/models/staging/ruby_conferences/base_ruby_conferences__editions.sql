{{ editions_in_lists('raw_ruby_conferences') }}
