{# What makes a claim the same claim: what was said, and not where. A file that moves,
   an entry that is reordered or a field that becomes a list says the same as before.
   Two pages word one date in two ways, so of pages the date itself counts; and a
   listing site speaks of its own records, under whatever names it lists them. Two
   entries of a list that have one date and two labels are two claims. #}
{% set said = [
    'source_key',
    'named_record',
    'track',
    'kind',
    'named_due',
    'timezone_text',
    'is_estimate',
    'is_superseded',
] -%}
{% set said_texts = [] -%}
{% for column in said -%}
    {% do said_texts.append("coalesce(" ~ column ~ "::text, '~')") -%}
{% endfor %}

with

claims as (

    select * from {{ ref('int_claims_classified') }}

),

claims_with_records as (

    select
        *,
        coalesce(
            case when source_kind = 'listing_site' then entry_id_text end,
            {{ slug('series_text') }} || ':' || coalesce(edition_year::text, 'no-year')
        ) as record_text

    from claims

),

claims_with_names as (

    select
        *,
        {# Under whatever name, track and label it is published. #}
        concat_ws(
            '|',
            source_key,
            case
                when source_kind = 'listing_site' then record_text
                else concat_ws('|', series_key, coalesce(edition_year::text, '~'))
            end,
            kind,
            case when is_estimate then 'estimate' end,
            case when is_superseded then 'superseded' end
        ) as history_key,
        case
            when source_kind = 'listing_site' then record_text
            else concat_ws(
                '|',
                series_key,
                coalesce(conference_key, '~'),
                series_text,
                coalesce(edition_year::text, '~')
            )
        end as named_record,
        case
            when source_kind = 'list' or due_local is null then due_text
            else due_local::text
        end as named_due

    from claims_with_records

),

claims_with_label_numbers as (

    select
        *,
        case
            when source_kind = 'list'
                then nullif(
                    dense_rank() over (
                        partition by
                            document_key, history_key, named_record, track, named_due,
                            timezone_text
                        order by {{ label_words('label_text') }} nulls first
                    ),
                    1
                )
        end as label_number

    from claims_with_names

),

{# Dates are numbered in their own order, since publishers reorder their lists. #}
one_row_per_dated_field as (

    select
        document_key,
        source_key,
        entry_position,
        deadline_position,
        concat_ws('|', {{ said_texts | join(', ') }}, label_number) as said_key,
        concat_ws('|', source_key, named_record, track, kind) as obligation_key,
        history_key,
        series_key,
        conference_key,

        source_kind,
        series_text,
        record_text,
        entry_url,
        track,
        kind,
        published_type,
        label_text,
        due_text,
        timezone_text,
        timezone_name,
        due_precision,
        due_reading,
        evidence_text,

        edition_year,
        dense_rank() over (
            partition by
                document_key, series_key, series_text, edition_year, record_text,
                track, kind, is_superseded
            order by due_local nulls last, due_text
        ) as entry_ordinal,
        evidence_start,
        evidence_end,

        is_timezone_stated,
        is_estimate,
        is_superseded,

        due_local,
        due_at

    from claims_with_label_numbers

)

select * from one_row_per_dated_field
