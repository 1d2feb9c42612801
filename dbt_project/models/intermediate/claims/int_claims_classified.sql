{{ config(materialized='view') }}

with

claims as not materialized (

    select * from {{ ref('int_claims_localised') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

types as (

    select * from {{ ref('deadline_types') }}

),

label_rules as (

    select * from {{ ref('label_rules') }}

),

track_rules as (

    select * from label_rules
    where decides = 'track'

),

kind_rules as (

    select * from label_rules
    where decides = 'kind'

),

{# The first rule that a label fits names its track. #}
track_of_each_label as (

    select distinct on (labels.label_text)
        labels.label_text,
        track_rules.value as track

    from (
        select distinct label_text
        from claims
    ) as labels

    inner join track_rules
        on {{ label_words('labels.label_text') }} ~ track_rules.label_pattern

    order by labels.label_text, track_rules.priority, track_rules.rule_key

),

{# A list says the kind by the type of a date, and the track by that type or the label.
   The reader of a page names the rules that it went by, so that a changed rule changes
   the claims without the page being read again; where none fits or it is gone, the
   reader's own word stays. Of a span one rule decides: it names the start, and the
   reader knows which of the two dates is the end. #}
kinds_and_tracks as (

    select
        claims.*,
        case
            when claims.read_kind is null then coalesce(types.kind, 'other')
            when claims.read_kind like '%\_end' and kind_rules.value like '%\_start'
                then regexp_replace(kind_rules.value, '_start$', '_end')
            else coalesce(kind_rules.value, claims.read_kind)
        end as kind,
        case
            when claims.read_kind is null
                then coalesce(types.track, track_of_each_label.track, 'main')
            else coalesce(rules_of_tracks.value, claims.read_track)
        end as track

    from claims

    left join types
        on
            claims.family = types.family
            and claims.published_type = types.published_type

    left join track_of_each_label
        on claims.label_text = track_of_each_label.label_text

    left join kind_rules
        on claims.kind_rule = kind_rules.rule_key

    left join track_rules as rules_of_tracks
        on claims.track_rule = rules_of_tracks.rule_key

),

one_row_per_dated_field as (

    select
        claims.document_key,
        claims.source_key,
        claims.entry_position,
        claims.deadline_position,
        editions.series_key,
        editions.conference_key,

        editions.source_kind,
        editions.series_text,
        editions.series_slug,
        editions.entry_id_text,
        editions.entry_url,
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

        editions.edition_year,
        claims.evidence_start,
        claims.evidence_end,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,

        claims.due_local,
        claims.due_at

    from kinds_and_tracks as claims

    inner join editions
        on
            claims.document_key = editions.document_key
            and claims.entry_position = editions.entry_position

    {# The days of a conference belong to it and are no deadline. #}
    where claims.kind not in ('conference_start', 'conference_end')

)

select * from one_row_per_dated_field
