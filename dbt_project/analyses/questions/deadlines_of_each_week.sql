{# How many papers and abstracts are due in each of the next twelve weeks, those without
   any included? The calendar has every week, and the facts join it by their day. #}
with

days as (

    select * from {{ ref('dim_dates') }}

),

upcoming_deadlines as (

    select
        due_date,
        kind

    from {{ ref('rpt_upcoming_deadlines') }}

    where
        due_date < {{ as_of() }} at time zone 'UTC' + interval '12 weeks'
        and kind in ('submission', 'abstract')

),

days_ahead as (

    select
        date_day,
        iso_week_label,
        week_starts_on

    from days

    where
        week_starts_on >= date_trunc('week', {{ as_of() }} at time zone 'UTC')
        and week_starts_on < {{ as_of() }} at time zone 'UTC' + interval '12 weeks'

)

select
    days_ahead.iso_week_label,
    days_ahead.week_starts_on,
    count(*) filter (where upcoming_deadlines.kind = 'submission') as paper_count,
    count(*) filter (where upcoming_deadlines.kind = 'abstract') as abstract_count

from days_ahead

left join upcoming_deadlines
    on days_ahead.date_day = upcoming_deadlines.due_date

group by days_ahead.iso_week_label, days_ahead.week_starts_on

order by days_ahead.week_starts_on
