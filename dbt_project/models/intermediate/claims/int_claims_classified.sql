with

claims as (

    select * from {{ ref('int_claims_localised') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

types as (

    select * from {{ ref('deadline_types') }}

),

track_rules as (

    select * from {{ ref('label_rules') }}
    where decides = 'track'

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

one_row_per_dated_field as (

    select
        claims.document_key,
        claims.source_key,
        claims.entry_position,
        claims.deadline_position,
        editions.series_key,
        editions.conference_key,

        editions.series_text,
        {# A type that only one track uses goes before the label. #}
        coalesce(types.track, track_of_each_label.track, 'main') as track,
        {# A type that the seed does not know is kept, as other. #}
        coalesce(types.kind, 'other') as kind,
        claims.published_type,
        claims.label_text,
        claims.due_text,
        claims.timezone_text,
        claims.timezone_name,
        claims.due_precision,
        claims.due_reading,

        editions.edition_year,

        claims.is_timezone_stated,
        claims.is_estimate,
        claims.is_superseded,

        claims.due_local,
        claims.due_at

    from claims

    inner join editions
        on
            claims.document_key = editions.document_key
            and claims.entry_position = editions.entry_position

    left join types
        on
            claims.family = types.family
            and claims.published_type = types.published_type

    left join track_of_each_label
        on claims.label_text = track_of_each_label.label_text

)

select * from one_row_per_dated_field
