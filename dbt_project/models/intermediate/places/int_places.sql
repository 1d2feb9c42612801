with

editions as (

    select * from {{ ref('int_editions_matched') }}

),

countries as (

    select
        rtrim(country_name, '.') as country_name,
        min(country_code) as country_code
    from {{ ref('country_names') }}
    group by rtrim(country_name, '.')

),

country_codes as (

    select distinct country_code from countries

),

cities as (

    select
        {{ squeezed('city_name') }} as city_squeezed,
        min(country_code) as country_code
    from {{ ref('cities') }}
    group by {{ squeezed('city_name') }}

),

{# First, since patterns are slow and many editions are in one place. #}
place_texts as (

    select distinct place_text

    from editions

    where place_text is not null

),

one_row_per_place_text as (

    select
        place_text,
        trim(
            regexp_replace(
                place_text,
                '(^|[,;/(]|\mand|&|\+)\s*(and\s+)?'
                || '(online|virtual( event| conference| venue)?|hybrid)\M\)?',
                '',
                'gi'
            )
        ) as place_on_earth,
        place_text ~* '\m(online|virtual|virtually)\M' as is_online,
        place_text ~* '\mhybrid\M' as is_hybrid

    from place_texts

),

parts as (

    select
        one_row_per_place_text.place_text,
        split_parts.position,
        trim(both ' .' from split_parts.part) as part

    from one_row_per_place_text

    cross join
        lateral regexp_split_to_table(
            one_row_per_place_text.place_on_earth, '\s*[,，;/()]\s*'
        )
        with ordinality as split_parts (part, position)

    where
        trim(both ' .' from split_parts.part) != ''
        and split_parts.part !~* '^\s*(tbd|tba|n/a|to be )'

),

{# Of a part the whole, and its last words: Lisbon Portugal, Florida USA, Westin
   Philadelphia. #}
readings as (

    select
        parts.place_text,
        parts.position,
        parts.part,
        endings.words_left,
        endings.ending

    from parts

    cross join
        lateral (
            values
            (0, parts.part),
            (1, substring(parts.part from '\s(\S+\s+\S+)$')),
            (2, substring(parts.part from '\s(\S+)$'))
        ) as endings (words_left, ending)

    where endings.ending is not null

),

{# The country is what stands last; CA is California, for lists write Canada out. Two
   capitals are a code where they are no state. #}
countries_read as (

    select distinct on (readings.place_text)
        readings.place_text,
        readings.part,
        readings.ending,
        coalesce(countries.country_code, country_codes.country_code) as country_code

    from readings

    left join countries
        on
            rtrim(lower(readings.ending), '.') = countries.country_name
            and (readings.words_left = 0 or length(readings.ending) > 2)

    left join country_codes
        on
            readings.ending = country_codes.country_code
            and readings.words_left = 0

    where coalesce(countries.country_code, country_codes.country_code) is not null

    order by
        readings.place_text asc,
        readings.position desc,
        readings.words_left asc

),

{# The city is the first part that is one, whole before in part. #}
cities_read as (

    select distinct on (readings.place_text)
        readings.place_text,
        readings.ending as city,
        cities.country_code

    from (
        select
            place_text,
            position,
            words_left,
            ending
        from readings

        union all

        {# Lisbon of Lisbon Portugal. #}
        select
            readings_with_country.place_text,
            readings_with_country.position,
            1 as words_left,
            trim(
                left(
                    readings_with_country.part,
                    -length(readings_with_country.ending)
                )
            ) as ending
        from readings as readings_with_country
        inner join countries
            on lower(readings_with_country.ending) = countries.country_name
        where readings_with_country.words_left > 0
    ) as readings

    inner join cities
        on {{ squeezed('readings.ending') }} = cities.city_squeezed

    where readings.ending != ''

    order by
        readings.place_text asc,
        (readings.words_left = 0) desc,
        readings.position asc,
        readings.words_left asc

),

first_parts as (

    select distinct on (place_text)
        place_text,
        part

    from parts

    order by place_text asc, position asc

),

one_row_per_read_place as (

    select
        one_row_per_place_text.place_text,
        case
            when cities_read.city is not null then cities_read.city
            {# A text of one part that is a country names no city. #}
            when first_parts.part = countries_read.ending then null
            else first_parts.part
        end as city,
        coalesce(countries_read.country_code, cities_read.country_code)
            as country_code,
        case
            when one_row_per_place_text.is_hybrid then 'hybrid'
            when one_row_per_place_text.is_online and first_parts.part is not null
                then 'hybrid'
            when one_row_per_place_text.is_online then 'online'
            when first_parts.part is null then null
            else 'in person'
        end as attendance_mode

    from one_row_per_place_text

    left join first_parts
        on one_row_per_place_text.place_text = first_parts.place_text

    left join countries_read
        on one_row_per_place_text.place_text = countries_read.place_text

    left join cities_read
        on one_row_per_place_text.place_text = cities_read.place_text

)

select * from one_row_per_read_place
