{# DD.MM.YYYY as YYYY-MM-DD; any other text stays as it is. #}
{% macro iso_from_dotted(text_value) -%}
    regexp_replace(
        trim({{ text_value }}), '^(\d{1,2})\.(\d{1,2})\.(\d{4})$', '\3-\2-\1'
    )
{%- endmacro %}

{# The instant of a wall time: the one place where a zone is applied. A fixed offset
   goes to Postgres as an interval, never as text: it reads the text `UTC-8` with the
   sign reversed (POSIX), which puts AoE a whole day off. #}
{% macro instant(local_time, timezone_name, utc_offset_minutes) -%}
    case
        when {{ utc_offset_minutes }} is not null
            then
                {{ local_time }}
                at time zone make_interval(mins => {{ utc_offset_minutes }})
        when {{ timezone_name }} is not null
            then {{ local_time }} at time zone {{ timezone_name }}
    end
{%- endmacro %}

{# The moment from which "upcoming" counts: the start of the day `as_of`, in UTC; of
   the day of the run where no day is given. A whole day, so that a second build on the
   same day gives the same rows; readers compare with their own clock. The command line
   gives the day in the environment: with another variable dbt would parse every file of
   the project again, with another environment only those that ask for it. #}
{% macro as_of() -%}
    {%- set day = (
        var('as_of')
        or env_var('CONFRADAR_AS_OF', '')
        or run_started_at.strftime('%Y-%m-%d')
    ) -%}
    (('{{ day }}'::date)::timestamp at time zone 'UTC')
{%- endmacro %}

{# The date that a text YYYY-M-D names (a time after it is left out), or null where
   it names none: 30 February, TBD. The inner case keeps Postgres from casting before
   the pattern has matched. #}
{% macro possible_date(text_value) -%}
    case
        when
            {{ text_value }}
            ~ '^\s*\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])([ T].*)?\s*$'
            then
                case
                    when
                        substring({{ text_value }} from '-(\d{1,2})([ T].*)?\s*$')::integer
                        <= extract(
                            day from (
                                substring({{ text_value }} from '\d{4}-\d{1,2}') || '-01'
                            )::date
                            + interval '1 month - 1 day'
                        )
                        then
                            substring({{ text_value }} from '\d{4}-\d{1,2}-\d{1,2}')::date
                end
    end
{%- endmacro %}

{# The day of a wall time as a key of dim_dates; null where the calendar does not reach,
   which is a slip of the pen: the time itself stays as it was read. #}
{% macro calendar_day(wall_time) -%}
    case
        when
            {{ wall_time }} >= '{{ var("first_calendar_day") }}'
            and {{ wall_time }} < date '{{ var("last_calendar_day") }}' + 1
            then {{ wall_time }}::date
    end
{%- endmacro %}

{# YYYY-M-D from three elements of an array of texts (year, name of the month, day)
   that begin at `first`; null where the name is none of a month. #}
{% macro text_date(parts, first) -%}
    (
        {{ parts }}[{{ first }}]
        || '-'
        || nullif(
            (
                position(
                    lower(left({{ parts }}[{{ first + 1 }}], 3))
                    in 'janfebmaraprmayjunjulaugsepoctnovdec'
                ) + 2
            ) / 3,
            0
        )
        || '-'
        || {{ parts }}[{{ first + 2 }}]
    )
{%- endmacro %}

{# Whether two relations with due_at and due_local name one moment: instants within
   the tolerance of `agreement_seconds`; where neither has an instant, the same wall
   time. #}
{% macro is_same_moment(left_name, right_name) -%}
    coalesce(
        abs(extract(epoch from {{ left_name }}.due_at - {{ right_name }}.due_at))
        < {{ var('agreement_seconds') }},
        {{ left_name }}.due_at is null
        and {{ right_name }}.due_at is null
        and {{ left_name }}.due_local is not distinct from {{ right_name }}.due_local
    )
{%- endmacro %}
