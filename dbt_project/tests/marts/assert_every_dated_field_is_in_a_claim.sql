{# A row is a dated field of a document that counts, and that no claim of its source
   repeats: something was dropped on the way to the marts. #}
with

fields as (

    select * from {{ ref('int_claims_classified') }}

),

claims as (

    select * from {{ ref('fct_deadline_claims') }}

)

select fields.*

from fields

left join claims
    on
        fields.source_key = claims.source_key
        and fields.series_text = claims.series_text
        and fields.edition_year is not distinct from claims.year
        and fields.kind = claims.kind
        and fields.track = claims.track
        and fields.due_text = claims.due_text
        and fields.timezone_text is not distinct from claims.timezone_text

where claims.claim_key is null
