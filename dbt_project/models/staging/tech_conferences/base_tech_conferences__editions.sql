{{ editions_in_lists('raw_tech_conferences') }}
