{{ config(materialized='incremental', meta={'follow_contested': false}) }}

with

editions as not materialized (

    select *
    from (
        select * from {{ ref('int_editions_matched') }}
        {{ only_touched(with_contested=false) }}
    ) as editions_of_series
    where is_current

),

fields as (

    select * from {{ ref('int_claims_identified') }}
    {{ only_touched(with_contested=false) }}

),

{# What no conference sets a date for after it began. A version for the proceedings, a
   registration at the door or an artifact may well be due later. #}
dates_before_the_conference as (

    select
        document_key,
        entry_position,
        deadline_position,
        track,
        kind,
        coalesce(label_text, '') as label_text,
        due_text,
        due_local,
        due_at,
        dense_rank() over (
            partition by document_key, entry_position, track, kind, label_text
            order by deadline_position
        ) as number_under_label

    from fields

    where
        due_local is not null
        and not is_superseded
        and not is_estimate
        and kind not in ('camera_ready', 'registration', 'artifact', 'other')

),

editions_that_end_before_they_start as (

    select
        document_key,
        entry_position,
        null::bigint as deadline_position,
        'ends_before_start' as fault,
        format('begins on %s and ends on %s', starts_on, ends_on) as detail

    from editions

    where ends_on < starts_on

),

{# One that goes over New Year's Eve is listed under either year. The text may say
   another year than the fields beside it. #}
editions_of_another_year as (

    select
        document_key,
        entry_position,
        null::bigint as deadline_position,
        'other_year' as fault,
        format(
            'listed under %s, held on %s',
            edition_year,
            case
                when extract(year from starts_on) = edition_year then dates_text
                else coalesce(starts_on::text, dates_text)
            end
        ) as detail

    from editions

    where
        (
            extract(year from starts_on) != edition_year
            and (
                ends_on < starts_on
                or extract(year from coalesce(ends_on, starts_on)) != edition_year
            )
        )
        or (
            dates_text ~ '\m(19|20)\d\d\M'
            and dates_text !~ ('\m' || edition_year || '\M')
        )

),

abstracts_beside_papers as (

    select
        abstracts.document_key,
        abstracts.entry_position,
        abstracts.deadline_position,
        abstracts.due_text as abstract_text,
        papers.due_text as paper_text,
        abstracts.due_at as abstract_due_at,
        papers.due_at as paper_due_at,
        (
            abstracts.label_text = papers.label_text
            and abstracts.number_under_label = papers.number_under_label
        ) as is_one_round,
        max(papers.due_at) over (
            partition by
                abstracts.document_key,
                abstracts.entry_position,
                abstracts.deadline_position
        ) as last_paper_due_at

    from dates_before_the_conference as abstracts

    inner join dates_before_the_conference as papers
        on
            abstracts.document_key = papers.document_key
            and abstracts.entry_position = papers.entry_position
            and abstracts.track = papers.track
            and abstracts.kind = 'abstract'
            and papers.kind = 'submission'

),

{# Of several rounds an abstract goes with the paper under its label; one that lies
   after every paper goes with none. #}
abstracts_after_their_paper as (

    select distinct on (document_key, entry_position, deadline_position)
        document_key,
        entry_position,
        deadline_position,
        'abstract_after_paper' as fault,
        format('abstract due on %s, paper on %s', abstract_text, paper_text) as detail

    from abstracts_beside_papers

    where
        abstract_due_at > paper_due_at
        and (is_one_round or abstract_due_at > last_paper_due_at)

    order by
        document_key asc,
        entry_position asc,
        deadline_position asc,
        is_one_round desc,
        paper_due_at desc,
        paper_text asc

),

deadlines_after_the_start as (

    select
        dates.document_key,
        dates.entry_position,
        dates.deadline_position,
        'deadline_after_start' as fault,
        format(
            '%s due on %s, begins on %s',
            replace(dates.kind, '_', ' '),
            dates.due_text,
            editions.starts_on
        ) as detail

    from dates_before_the_conference as dates

    inner join editions
        on
            dates.document_key = editions.document_key
            and dates.entry_position = editions.entry_position

    where dates.due_local::date > editions.starts_on

),

faults_of_current_editions as (

    select * from editions_that_end_before_they_start

    union all

    select * from editions_of_another_year

    union all

    select abstracts.*
    from abstracts_after_their_paper as abstracts
    inner join editions
        on
            abstracts.document_key = editions.document_key
            and abstracts.entry_position = editions.entry_position

    union all

    select * from deadlines_after_the_start

),

one_row_per_fault as (

    select
        faults.*,
        editions.series_key

    from faults_of_current_editions as faults

    inner join editions
        on
            faults.document_key = editions.document_key
            and faults.entry_position = editions.entry_position

)

select * from one_row_per_fault
