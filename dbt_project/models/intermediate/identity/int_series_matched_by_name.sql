{{ config(materialized='incremental', meta={'follow_by': 'names'}) }}

with

names_in_order as (

    select * from {{ ref('int_series_name_order') }}

),

name_words as (

    select * from {{ ref('series_name_words') }}

),

words as (

    select
        names_in_order.name_key,
        names_in_order.group_key,
        names_in_order.name_order,
        words.word,
        name_words.role is not null as is_telling

    from names_in_order

    cross join
        lateral unnest(string_to_array(names_in_order.name_words, ' ')) as words (word)

    left join name_words
        on
            words.word = name_words.word
            and name_words.role in ('region', 'kind')

),

sizes as (

    select
        name_key,
        count(*) as word_count,
        count(*) filter (where is_telling) as telling_word_count

    from words

    group by name_key

),

shared_words as (

    select
        later_words.name_key,
        earlier_words.name_key as earlier_name_key,
        count(*) as shared_word_count,
        count(*) filter (where later_words.is_telling) as shared_telling_word_count

    from words as later_words

    inner join words as earlier_words
        on
            later_words.group_key = earlier_words.group_key
            and later_words.word = earlier_words.word
            and later_words.name_order > earlier_words.name_order

    group by later_words.name_key, earlier_words.name_key

),

{# In a list, half of the words of the shorter name are enough: Euro-Par is about
   distributed computing in one and distributed processing in another. Where anyone may
   post, all of them have to be there, three at least or else no others, and neither
   name may speak of a region or a workshop of which the other does not. #}
one_row_per_pair_of_names as (

    select
        shared_words.name_key,
        shared_words.earlier_name_key

    from shared_words

    inner join names_in_order
        on shared_words.name_key = names_in_order.name_key

    inner join sizes as later_sizes
        on shared_words.name_key = later_sizes.name_key

    inner join sizes as earlier_sizes
        on shared_words.earlier_name_key = earlier_sizes.name_key

    where
        (
            names_in_order.is_posted_by_anyone is not true
            and shared_words.shared_word_count * 2
            >= least(later_sizes.word_count, earlier_sizes.word_count)
        )
        or (
            shared_words.shared_word_count
            = least(later_sizes.word_count, earlier_sizes.word_count)
            and (
                shared_words.shared_word_count > 2
                or (
                    shared_words.shared_word_count = 2
                    and later_sizes.word_count = earlier_sizes.word_count
                )
            )
            and shared_words.shared_telling_word_count
            = greatest(
                later_sizes.telling_word_count, earlier_sizes.telling_word_count
            )
        )

)

select * from one_row_per_pair_of_names
{{ only_if_names_changed() }}
