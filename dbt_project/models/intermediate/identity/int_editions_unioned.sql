with

all_families as (

    select * from {{ ref('stg_acl_events__editions') }}

    union all

    select * from {{ ref('stg_aideadlines__editions') }}

    union all

    select * from {{ ref('stg_ccfddl__editions') }}

    union all

    select * from {{ ref('stg_chairing_tool__editions') }}

    union all

    select * from {{ ref('stg_conference_pages__editions') }}

    union all

    select * from {{ ref('stg_elra_events__editions') }}

    union all

    select * from {{ ref('stg_huggingface__editions') }}

    union all

    select * from {{ ref('stg_keniack__editions') }}

    union all

    select * from {{ ref('stg_mlsys__editions') }}

    union all

    select * from {{ ref('stg_paperswithcode__editions') }}

    union all

    select * from {{ ref('stg_python_deadlines__editions') }}

    union all

    select * from {{ ref('stg_ruby_conferences__editions') }}

    union all

    select * from {{ ref('stg_sec_deadlines__editions') }}

    union all

    select * from {{ ref('stg_tech_conferences__editions') }}

    union all

    select * from {{ ref('stg_tobna__editions') }}

    union all

    select * from {{ ref('stg_wikicfp__editions') }}

)

select * from all_families
