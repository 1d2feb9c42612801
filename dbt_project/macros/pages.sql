{# Of each document the reading by the newest version of its reader: pages are read
   again with each better one, and what earlier ones understood no longer counts. The
   text is left out, for sorting it would take most of the time. #}
{% macro newest_readings(raw_schema) -%}
    select distinct on (readings.document_key)
        readings.document_key,
        readings.reading_key,
        readings.reader_version,
        readings.phrase_count,
        readings.is_usable

    from (
        {{ completed_rows(raw_schema, 'readings', [
            'document_key',
            'reading_key',
            'reader_version',
            'phrase_count',
            'is_usable',
        ]) | indent(8) }}
    ) as readings

    order by readings.document_key asc, readings.reader_version desc
{%- endmacro %}

{# The same for the pages of every family. #}
{% macro newest_readings_of_all_page_families() -%}
    {% for family in var('page_families') -%}
    ({{ newest_readings('raw_' ~ family) }})
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
{%- endmacro %}

{# The editions that the pages of a family speak of, in the columns that all families
   share and the one that only pages have. #}
{% macro page_editions(raw_schema) -%}
with

readings as (

    {{ newest_readings(raw_schema) }}

),

entries as (

    {{ completed_rows(raw_schema, 'entries') }}

),

one_row_per_edition as (

    select
        entries.document_key,
        entries.source_key,
        entries.position as entry_position,
        entries.entry_id_text,

        entries.series_text,
        entries.full_name_text,
        entries.dblp_text,
        entries.year_text,
        entries.homepage_url,
        {{ stated('entries.place_text') }} as place_text,
        entries.dates_text,
        entries.starts_text,
        entries.ends_text,
        entries.areas_text,
        entries.status_text,

        entries.entry_url

    from entries

    inner join readings
        on entries.reading_key = readings.reading_key

    {# A page that nobody could tie to a series is an edition of none. #}
    where
        readings.is_usable
        and {{ stated('entries.series_text') }} is not null

)

select * from one_row_per_edition
{%- endmacro %}

{# The dated phrases of the pages of a family, in the columns that all families share
   and those that only pages have. #}
{% macro page_deadlines(raw_schema) -%}
with

readings as (

    {{ newest_readings(raw_schema) }}

),

phrases as (

    {{ completed_rows(raw_schema, 'phrases') }}

),

one_row_per_phrase as (

    select
        phrases.document_key,
        phrases.source_key,
        phrases.entry_position,
        phrases.position as deadline_position,

        {# Pages have labels, and no fields or types of their own. #}
        null::text as published_type,
        phrases.label_text,
        phrases.due_text,
        {# A month alone stays one, whatever time stands beside it; a phrase without a
           date says that one will be announced. #}
        case
            when phrases.due_date_text like '____-%-%'
                then concat_ws(' ', phrases.due_date_text, phrases.due_time_text)
            else phrases.due_date_text
        end as due_wall_text,
        phrases.timezone_text,

        false as is_estimate,
        phrases.is_superseded,

        phrases.kind as read_kind,
        phrases.track as read_track,
        phrases.kind_rule,
        phrases.track_rule,
        phrases.quote as evidence_text,

        phrases.quote_start as evidence_start,
        phrases.quote_end as evidence_end

    from phrases

    inner join readings
        on phrases.reading_key = readings.reading_key

    where readings.is_usable

)

select * from one_row_per_phrase
{%- endmacro %}
