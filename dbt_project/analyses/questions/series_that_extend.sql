{# Which series extend their deadlines, how often, and by how many days? Of editions
   that no source read in time nobody can tell: the share is one of the others. #}
with

habits as (

    select * from {{ ref('rpt_extension_habits') }}

)

select
    acronym,
    watched_edition_count,
    extended_edition_count,
    extended_share,
    median_days_extended,
    max_days_extended,
    late_extension_count

from habits

where extended_edition_count > 0

order by
    extended_edition_count desc,
    extended_share desc,
    series_key asc

limit 20
