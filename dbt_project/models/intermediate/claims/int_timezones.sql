{{ config(meta={'follow_by': 'nothing'}) }}

with

labels as (

    select * from {{ ref('timezone_labels') }}

),

{# A name that this server does not have would fail the whole build where it is used;
   its label then counts as one that nobody knows. #}
server_names as (

    select name from pg_timezone_names

),

one_row_per_label as (

    select
        lower(labels.label) as label_key,
        case
            when
                labels.utc_offset_minutes is not null
                or server_names.name is not null
                then labels.timezone_name
        end as timezone_name,
        labels.utc_offset_minutes

    from labels

    left join server_names
        on labels.timezone_name = server_names.name

)

select * from one_row_per_label
