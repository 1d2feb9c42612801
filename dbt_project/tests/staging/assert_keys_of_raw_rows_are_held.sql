{# A row is a raw table whose key the database would take twice, or null. Loading
   declares both: one look at the catalogue stands for a scan of every raw table. #}
with

raw_keys (table_name, column_name) as (

    values {{ rows_of_raw_keys() }}

),

columns_of_keys as (

    select
        raw_keys.table_name,
        raw_keys.column_name,
        attributes.attrelid,
        attributes.attnum,
        attributes.attnotnull

    from raw_keys

    left join pg_attribute as attributes
        on
            to_regclass(raw_keys.table_name) = attributes.attrelid
            and raw_keys.column_name = attributes.attname
)

select
    columns_of_keys.table_name,
    columns_of_keys.column_name

from columns_of_keys

left join pg_index as key_indexes
    on
        columns_of_keys.attrelid = key_indexes.indrelid
        and key_indexes.indisunique
        and key_indexes.indisvalid
        and key_indexes.indnkeyatts = 1
        and columns_of_keys.attnum = key_indexes.indkey[0]

where
    columns_of_keys.attnotnull is not true
    or key_indexes.indexrelid is null
