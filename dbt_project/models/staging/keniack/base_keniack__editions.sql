{{ editions_in_named_lists('raw_keniack') }}
