{# A calendar needs no source. It ends far enough ahead for every date that lists write
   without a slip, and a fixed day keeps it the same in every build. #}
{{ config(meta={'follow_by': 'nothing'}) }}

with

days as (

    select series_of_days.day_at::date as date_day

    from
        generate_series(
            timestamp '{{ var("first_calendar_day") }}',
            timestamp '{{ var("last_calendar_day") }}',
            interval '1 day'
        ) as series_of_days (day_at)

),

{# Names are English whatever the server's language is: to_char translates only those
   that begin with TM. #}
one_row_per_day as (

    select
        date_day,

        to_char(date_day, 'YYYY-"Q"Q') as quarter_label,
        to_char(date_day, 'YYYY-MM') as month_label,
        to_char(date_day, 'IYYY-"W"IW') as iso_week_label,
        to_char(date_day, 'FMMonth') as month_name,
        to_char(date_day, 'FMDay') as weekday_name,

        extract(year from date_day)::integer as year,
        extract(quarter from date_day)::integer as quarter,
        extract(month from date_day)::integer as month,
        extract(isoyear from date_day)::integer as iso_year,
        extract(week from date_day)::integer as iso_week,
        extract(isodow from date_day)::integer as iso_weekday,
        extract(day from date_day)::integer as day_of_month,
        extract(doy from date_day)::integer as day_of_year,

        extract(isodow from date_day) >= 6 as is_weekend,

        date_trunc('year', date_day)::date as year_starts_on,
        date_trunc('quarter', date_day)::date as quarter_starts_on,
        date_trunc('month', date_day)::date as month_starts_on,
        date_trunc('week', date_day)::date as week_starts_on

    from days

)

select * from one_row_per_day
