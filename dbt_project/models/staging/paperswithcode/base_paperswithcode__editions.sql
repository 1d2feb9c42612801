{{ editions_in_lists('raw_paperswithcode') }}
