with

all_families as (

    select * from {{ ref('stg_ccfddl__deadlines') }}

    union all

    select * from {{ ref('stg_huggingface__deadlines') }}

    union all

    select * from {{ ref('stg_keniack__deadlines') }}

    union all

    select * from {{ ref('stg_mlsys__deadlines') }}

    union all

    select * from {{ ref('stg_paperswithcode__deadlines') }}

    union all

    select * from {{ ref('stg_python_deadlines__deadlines') }}

    union all

    select * from {{ ref('stg_ruby_conferences__deadlines') }}

    union all

    select * from {{ ref('stg_sec_deadlines__deadlines') }}

    union all

    select * from {{ ref('stg_tech_conferences__deadlines') }}

    union all

    select * from {{ ref('stg_tobna__deadlines') }}

)

select * from all_families
