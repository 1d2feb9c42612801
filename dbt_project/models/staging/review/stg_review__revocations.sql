with

revocations as (

    select * from {{ source('review', 'revocations') }}

),

renamed as (

    select
        decision_id,

        reason as revocation_reason,
        revoked_by,

        revoked_at

    from revocations

)

select * from renamed
