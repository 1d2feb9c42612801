{{ config(materialized='incremental', meta={'follow_contested': false}) }}

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
    {{ only_touched(with_contested=false) }}
    {{ and_of_their_documents() }}

),

claims_with_records as (

    select
        *,
        coalesce(
            case when source_kind = 'listing_site' then entry_id_text end,
            series_slug || ':' || coalesce(edition_year::text, 'no-year')
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

claims_with_sayings as materialized (

    select
        *,
        concat_ws('|', {{ said_texts | join(', ') }}) as said_text

    from claims_with_names

),

{# Sorting every claim by its label takes longer than all the rest, and of few entries
   does one date stand there twice. #}
repeated_sayings as (

    select
        document_key,
        said_text

    from claims_with_sayings

    where source_kind = 'list'

    group by document_key, said_text

    having count(*) > 1

),

label_numbers as (

    select
        claims.document_key,
        claims.entry_position,
        claims.deadline_position,
        nullif(
            dense_rank() over (
                partition by claims.document_key, claims.said_text
                order by {{ label_words('claims.label_text') }} nulls first
            ),
            1
        ) as label_number

    from claims_with_sayings as claims

    inner join repeated_sayings
        on
            claims.document_key = repeated_sayings.document_key
            and claims.said_text = repeated_sayings.said_text

),

one_row_per_dated_field as (

    select
        claims.document_key,
        claims.source_key,
        claims.entry_position,
        claims.deadline_position,
        concat_ws('|', claims.said_text, label_numbers.label_number) as said_key,
        case
            when claims.source_kind = 'listing_site'
                then
                    concat_ws(
                        '|',
                        claims.source_key,
                        claims.named_record,
                        claims.track,
                        claims.kind
                    )
        end as obligation_key,
        claims.history_key,
        claims.series_key,
        claims.conference_key,

        claims.source_kind,
        claims.series_text,
        claims.record_text,
        claims.entry_url,
        claims.track,
        claims.kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.timezone_text,
        claims.timezone_name,
        claims.due_precision,
        claims.due_reading,
        claims.evidence_text,

        claims.edition_year,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,

        claims.due_local,
        claims.due_at

    from claims_with_sayings as claims

    left join label_numbers
        on
            claims.document_key = label_numbers.document_key
            and claims.entry_position = label_numbers.entry_position
            and claims.deadline_position = label_numbers.deadline_position

)

select * from one_row_per_dated_field
