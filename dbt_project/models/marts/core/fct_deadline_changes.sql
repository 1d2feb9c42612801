{{ config(materialized='incremental') }}

with

changes as (

    select * from {{ ref('int_claim_changes') }}
    {{ only_touched() }}

),

{# By their keys: what a record said before may have been of another series. #}
claims as not materialized (

    select * from {{ ref('fct_deadline_claims') }}
    {%- if is_following() %}
        where
            claim_key = any(
                array(
                    select changes.new_claim_key from changes
                    union all
                    select changes.old_claim_key from changes
                )
            )
    {%- endif %}

),

one_row_per_change as (

    select
        md5(
            concat_ws(
                '|',
                changes.change_type,
                coalesce(changes.old_claim_key, '~'),
                coalesce(changes.new_claim_key, '~')
            )
        ) as change_key,
        claims.source_key,
        claims.source_record_id,
        claims.series_key,
        claims.conference_key,
        claims.deadline_key,
        changes.new_claim_key,
        changes.old_claim_key,

        claims.series_text,
        claims.track,
        claims.kind,
        claims.label_text,
        changes.change_type,
        old_claims.due_text as old_due_text,
        new_claims.due_text as new_due_text,
        old_claims.timezone_text as old_timezone_text,
        new_claims.timezone_text as new_timezone_text,
        claims.source_url,
        claims.evidence,

        claims.year,
        claims.round,
        {# Where a zone is not known, the wall times are all there is. #}
        round(
            extract(
                epoch from
                coalesce(
                    new_claims.due_at - old_claims.due_at,
                    nullif(
                        new_claims.due_local - old_claims.due_local, interval '0'
                    )
                )
            ) / 86400,
            3
        )::numeric(12, 3) as days_moved,

        coalesce(old_claims.due_at < changes.seen_at, false) as was_already_past,

        {{ calendar_day("(changes.seen_at at time zone 'UTC')") }} as seen_date,

        old_claims.due_local as old_due_local,
        new_claims.due_local as new_due_local,
        old_claims.due_at as old_due_at,
        new_claims.due_at as new_due_at,
        changes.seen_at

    from changes

    left join claims as new_claims
        on changes.new_claim_key = new_claims.claim_key

    left join claims as old_claims
        on changes.old_claim_key = old_claims.claim_key

    {# What is said now tells what the change is about, else what was said last. #}
    inner join claims
        on coalesce(changes.new_claim_key, changes.old_claim_key) = claims.claim_key

)

select * from one_row_per_change
