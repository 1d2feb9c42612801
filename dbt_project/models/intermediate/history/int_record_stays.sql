{# A listing site shows one record on many pages. A page that no longer lists it says
   nothing of it; what it says of an obligation ends when a page that shows the
   obligation says otherwise. #}
with

claims as (

    select * from {{ ref('int_claims_identified') }}
    where source_kind = 'listing_site'

),

looks as (

    select * from {{ ref('int_document_looks') }}

),

versions as (

    select * from {{ ref('int_document_versions') }}

),

sightings as (

    select * from {{ ref('int_document_sightings') }}

),

sayings as (

    select distinct
        obligation_key,
        said_key,
        document_key,
        series_key

    from claims

),

sayings_by_document as (

    select
        obligation_key,
        document_key,
        count(*) as saying_count

    from sayings

    group by obligation_key, document_key

),

sayings_by_obligation as (

    select
        obligation_key,
        count(distinct said_key) as saying_count

    from sayings

    group by obligation_key

),

{# Most pages always agree. Only for the others every single look has to be compared,
   of which there are many more. #}
contested_obligations as (

    select distinct sayings_by_document.obligation_key

    from sayings_by_document

    inner join sayings_by_obligation
        on sayings_by_document.obligation_key = sayings_by_obligation.obligation_key

    where sayings_by_document.saying_count < sayings_by_obligation.saying_count

),

stays_without_end as (

    select
        sayings.said_key,
        sayings.document_key,
        sayings.series_key,
        versions.seen_from,
        coalesce(versions.last_seen_at, sightings.last_seen_at) as last_seen_at,
        null::timestamptz as seen_to,
        false as is_contested

    from sayings

    inner join versions
        on sayings.document_key = versions.document_key

    left join sightings
        on sayings.document_key = sightings.document_key

    left join contested_obligations
        on sayings.obligation_key = contested_obligations.obligation_key

    where contested_obligations.obligation_key is null

),

contested_looks as (

    select
        sayings.obligation_key,
        sayings.said_key,
        sayings.document_key,
        sayings.series_key,
        looks.observed_at

    from sayings

    inner join contested_obligations
        on sayings.obligation_key = contested_obligations.obligation_key

    inner join looks
        on sayings.document_key = looks.document_key

),

observations as (

    select
        obligation_key,
        observed_at,
        row_number() over (partition by obligation_key order by observed_at)
            as observation_number,
        lead(observed_at) over (partition by obligation_key order by observed_at)
            as next_observed_at

    from contested_looks

    group by obligation_key, observed_at

),

contested_looks_in_islands as (

    select
        contested_looks.said_key,
        contested_looks.document_key,
        contested_looks.series_key,
        observations.observed_at,
        observations.next_observed_at,
        {# Several pages may say the same in one observation. #}
        observations.observation_number
        - dense_rank() over (
            partition by contested_looks.obligation_key, contested_looks.said_key
            order by observations.observation_number
        ) as island_number

    from contested_looks

    inner join observations
        on
            contested_looks.obligation_key = observations.obligation_key
            and contested_looks.observed_at = observations.observed_at

),

islands as (

    select
        said_key,
        island_number,
        min(observed_at) as seen_from,
        (array_agg(next_observed_at order by observed_at desc))[1] as seen_to

    from contested_looks_in_islands

    group by said_key, island_number

),

contested_stays as (

    select
        looks_in_islands.said_key,
        looks_in_islands.document_key,
        looks_in_islands.series_key,
        islands.seen_from,
        max(looks_in_islands.observed_at) as last_seen_at,
        islands.seen_to,
        true as is_contested

    from contested_looks_in_islands as looks_in_islands

    inner join islands
        on
            looks_in_islands.said_key = islands.said_key
            and looks_in_islands.island_number = islands.island_number

    group by
        looks_in_islands.said_key,
        looks_in_islands.document_key,
        looks_in_islands.series_key,
        islands.seen_from,
        islands.seen_to

),

one_row_per_saying_document_and_stay as (

    select * from stays_without_end

    union all

    select * from contested_stays

)

select * from one_row_per_saying_document_and_stay
