with

decisions as (

    select * from {{ source('review', 'decisions') }}

),

renamed as (

    select
        decision_id,
        conference_key,
        believed_source_key,

        track,
        kind,
        verdict,
        due_text,
        due_precision,
        timezone_text,
        reason as decision_reason,
        decided_by,

        round,

        due_local,

        decided_at

    from decisions

)

select * from renamed
