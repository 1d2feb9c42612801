{# Which decision is in force for each deadline: the latest that was not revoked. A
   decision about a conference that no source speaks of any more has no deadline. #}
with

decisions as (

    select * from {{ ref('stg_review__decisions') }}

),

revocations as (

    select * from {{ ref('stg_review__revocations') }}

),

editions as (

    select * from {{ ref('int_editions_matched') }}

),

zones as (

    select * from {{ ref('int_timezones') }}

),

known_conferences as (

    select distinct
        conference_key,
        series_key,
        edition_year

    from editions

    where conference_key is not null

),

decisions_with_ends as (

    select
        decisions.*,
        concat_ws(
            '/',
            decisions.conference_key, decisions.track, decisions.kind, decisions.round
        ) as decided_deadline_key,
        revocations.revoked_at,
        row_number() over (
            partition by
                decisions.conference_key,
                decisions.track,
                decisions.kind,
                decisions.round,
                revocations.decision_id is null
            order by decisions.decided_at desc, decisions.decision_id desc
        ) = 1
        and revocations.decision_id is null as is_in_force,
        lead(decisions.decided_at) over (
            partition by
                decisions.conference_key,
                decisions.track,
                decisions.kind,
                decisions.round
            order by decisions.decided_at asc, decisions.decision_id asc
        ) as next_decided_at

    from decisions

    left join revocations
        on decisions.decision_id = revocations.decision_id

),

one_row_per_decision as (

    select
        decisions.decision_id,
        md5('decision ' || decisions.decision_id) as claim_key,
        decisions.decided_deadline_key as deadline_key,
        known_conferences.series_key,
        decisions.conference_key,
        decisions.believed_source_key,

        decisions.track,
        decisions.kind,
        decisions.verdict,
        decisions.due_text,
        decisions.due_precision,
        decisions.timezone_text,
        zones.timezone_name,
        decisions.decision_reason,
        decisions.decided_by,

        decisions.round,
        known_conferences.edition_year,

        known_conferences.conference_key is not null as is_about_a_known_conference,
        decisions.is_in_force,

        decisions.due_local,
        {{ instant(
            'decisions.due_local', 'zones.timezone_name', 'zones.utc_offset_minutes'
        ) }} as due_at,
        decisions.decided_at,
        {# It ends when it is revoked or replaced, whichever comes first, and never at
           the moment at which it begins. #}
        case
            when not decisions.is_in_force
                then
                    greatest(
                        least(decisions.revoked_at, decisions.next_decided_at),
                        decisions.decided_at + interval '1 microsecond'
                    )
        end as ended_at

    from decisions_with_ends as decisions

    left join known_conferences
        on decisions.conference_key = known_conferences.conference_key

    left join zones
        on lower(decisions.timezone_text) = zones.label_key

)

select * from one_row_per_decision
