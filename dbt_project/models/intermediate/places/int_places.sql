with

editions as (

    select * from {{ ref('int_editions_matched') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

one_row_per_place_text as (

    select distinct
        place_text,
        trim(
            regexp_replace(
                place_text,
                '(^|[,;/(]|\mand|&|\+)\s*'
                || '(online|virtual( event| conference)?|hybrid)\M\)?',
                '',
                'gi'
            )
        ) as place_on_earth,
        place_text ~* '\m(online|virtual|virtually)\M' as is_online,
        place_text ~* '\mhybrid\M' as is_hybrid

    from editions

    where place_text is not null

),

split_at_commas as (

    select
        *,
        trim(both ' ,;' from split_part(place_on_earth, ',', 1)) as first_part,
        trim(
            both ' ,;.' from regexp_replace(place_on_earth, '^.*,\s*', '')
        ) as last_part

    from one_row_per_place_text

),

{# The country is the last part; a text of one part is a city or a country. #}
one_row_per_read_place as (

    select
        split_at_commas.place_text,
        case
            when split_at_commas.first_part = '' then null
            when lower(split_at_commas.first_part) in ('tbd', 'tba', 'n/a') then null
            when
                split_at_commas.first_part = split_at_commas.last_part
                and countries.country_code is not null
                then null
            else split_at_commas.first_part
        end as city,
        countries.country_code,
        case
            when split_at_commas.is_hybrid then 'hybrid'
            when split_at_commas.is_online and split_at_commas.place_on_earth != ''
                then 'hybrid'
            when split_at_commas.is_online then 'online'
            when split_at_commas.place_text ~* '\m(tbd|tba)\M' then null
            else 'in person'
        end as attendance_mode

    from split_at_commas

    left join countries
        on
            rtrim(lower(split_at_commas.last_part), '.')
            = rtrim(countries.country_name, '.')

)

select * from one_row_per_read_place
