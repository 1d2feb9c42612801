{# A row is a current claim that is in no slot without a reason, or in one that does not
   exist or is not of its conference, track and kind. #}
with

claims as (

    select *
    from (
        select * from {{ ref('fct_deadline_claims') }}
        {{ only_touched() }}
    ) as claims_of_series
    where is_current

),

deadlines as (

    select * from {{ ref('fct_deadlines') }}
    {{ only_touched() }}

)

select claims.*

from claims

left join deadlines
    on claims.deadline_key = deadlines.deadline_key

where
    (claims.deadline_key is null)
    != (
        claims.is_estimate
        or claims.conference_key is null
        or claims.due_reading in ('not_stated', 'impossible', 'unreadable')
    )
    or claims.slot_reason is null
    or claims.deadline_key is not null
    and (
        deadlines.deadline_key is null
        or claims.conference_key != deadlines.conference_key
        or claims.track != deadlines.track
        or claims.kind != deadlines.kind
        or claims.round != deadlines.round
    )
