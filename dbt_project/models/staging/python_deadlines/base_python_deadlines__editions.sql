{{ editions_in_lists('raw_python_deadlines') }}
