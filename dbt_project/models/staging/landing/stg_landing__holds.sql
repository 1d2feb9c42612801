{{ config(meta={'follow_by': 'nothing'}) }}

with

holds as (

    select * from {{ source('confradar', 'landing_holds') }}

),

renamed as (

    select
        hold_id,
        source_key,

        reach,
        reason as hold_reason,

        held_from,
        coalesce(held_to, 'infinity'::timestamptz) as held_to

    from holds

    where released_at is null

)

select * from renamed
