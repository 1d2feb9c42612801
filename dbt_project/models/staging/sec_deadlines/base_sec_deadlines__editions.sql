{{ editions_in_lists('raw_sec_deadlines') }}
