{# A build that follows. Where the project, the registry and the decisions are those of
   the last build, only series of which a document says something new can have other
   rows than before: models then make the rows of those anew and keep the others.
   `confradar run` knows when that holds and says so by CONFRADAR_FOLLOW; every other
   build, `confradar build` and plain `dbt build` too, makes all rows. Both come to the same tables, to the
   checksum (tests/test_steps.py). #}

{# "yes" if this build follows, else nothing. Never while the project is parsed, so that
   parsed files do not depend on it. #}
{% macro is_following() -%}
    {%- if execute and env_var('CONFRADAR_FOLLOW', '') == 'yes' -%}
    yes
    {%- endif -%}
{%- endmacro %}

{# The series of which a build makes rows anew. By name and not by reference: every unit
   test would else have to give them. int_series_touched is built before whatever reads
   int_editions_matched, and int_record_stays before all intervals of claims. #}
{% macro touched_series(with_contested=true) -%}
    select series_key from intermediate.int_series_touched
    {%- if with_contested %}
    union all
    {#- What one page says of an obligation ends by a look at another. #}
    select series_key from intermediate.int_record_stays where is_contested
    {%- endif %}
{%- endmacro %}

{# The condition that keeps a build that follows to those series; nothing in others. As an
   array: PostgreSQL takes the condition into views and unions by that, down to the index
   of what each of them reads. Of a subquery it would make all rows first. #}
{% macro only_touched(key='series_key', with_contested=true) -%}
    {%- if is_following() -%}
    where {{ key }} = any(array({{ touched_series(with_contested) }}))
    {%- endif -%}
{%- endmacro %}

{# What follows from that, for a view of what documents say: Postgres then looks these few
   up, where else it would go through all that any document says. #}
{% macro and_of_their_documents() -%}
    {%- if is_following() -%}
    and document_key = any(array(
        select document_key from intermediate.int_editions_matched
        where series_key = any(array({{ touched_series(with_contested=false) }}))
    ))
    {%- endif -%}
{%- endmacro %}

{# The condition on a document that says something new. #}
{% macro is_of_touched_document(key='document_key') -%}
    {{ key }} = any(array(
        select document_key from intermediate.int_documents_touched
    ))
{%- endmacro %}

{# The same for what is read by document, before its series is known. #}
{% macro only_touched_documents(key='document_key') -%}
    {%- if is_following() -%}
    where {{ is_of_touched_document(key) }}
    {%- endif -%}
{%- endmacro %}

{# The condition of what takes documents apart: one that no look shows that counts, as
   of those that the landing door holds back, says nothing, not even a name. #}
{% macro only_documents_that_are_read() -%}
    where document_key in (
        select document_key from intermediate.int_document_versions
    )
    {%- if is_following() %}
    and {{ is_of_touched_document() }}
    {%- endif -%}
{%- endmacro %}

{# The condition of what is only ever added to: nobody changes a visit. A load counts
   once it is complete, which may be after one that began later. #}
{% macro only_new_loads(key='load_id') -%}
    {%- if is_following() -%}
    where {{ is_of_new_load(key) }}
    {%- endif -%}
{%- endmacro %}

{% macro is_of_new_load(key='load_id') -%}
    {{ key }} not in (select load_id from intermediate.remembered_loads)
{%- endmacro %}

{# The condition on a path whose versions are told anew: a look at it says something else
   than that what stood there stands. (A path of the same name in another source goes
   with it.) #}
{% macro is_of_touched_path(key='path') -%}
    {{ key }} in (select path from intermediate.int_paths_touched)
{%- endmacro %}

{% macro only_touched_paths(key='path') -%}
    {%- if is_following() -%}
    where {{ is_of_touched_path(key) }}
    {%- endif -%}
{%- endmacro %}

{# The condition of models that match names, all of which bear on each other: where no
   document brings a new one, all of them stand. #}
{% macro only_if_names_changed() -%}
    {%- if is_following() -%}
    where exists (select from intermediate.int_names_touched)
    {%- endif -%}
{%- endmacro %}

{# Whether a build that follows leaves a table as it is, with its tests: it is made of
   what such a build has as the last one had it, such as seeds and the registry. The
   build does not select it (confradar/building.py). #}
{% macro stays_as_it_is(settings) -%}
    {{ return(
        is_following() and settings.get('meta').get('follow_by') == 'nothing'
    ) }}
{%- endmacro %}

{# The condition on the rows of a model that a build that follows makes anew, by what the
   model's settings say of it. As an array it finds these few rows by their index;
   to tell them from all others a set is faster. #}
{% macro is_made_anew(settings, as_array=true) -%}
    {%- set key = settings.get('meta').get('follow_by', 'series_key') -%}
    {%- if key == 'names' -%}
    exists (select from intermediate.int_names_touched)
    {%- elif key == 'all' -%}
    true
    {%- elif key == 'load' -%}
    {{ is_of_new_load() }}
    {%- elif key == 'path' -%}
    {{ is_of_touched_path() }}
    {%- else -%}
        {%- set touched -%}
            {%- if key == 'document_key' -%}
            select document_key from intermediate.int_documents_touched
            {%- else -%}
            {{ touched_series(settings.get('meta').get('follow_contested', true)) }}
            {%- endif -%}
        {%- endset -%}
        {%- if as_array -%}
        {{ key }} = any(array({{ touched }}))
        {%- else -%}
        {{ key }} in ({{ touched }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The index by which such rows are found; nothing where all are made anew, nor of narrow
   rows that are read whole in any case. #}
{% macro index_to_follow_by(relation, settings) -%}
    {%- set key = (settings.get('meta') or {}).get('follow_by', 'series_key') -%}
    {%- if key in ('series_key', 'document_key') -%}
    create index on {{ relation }} ({{ key }});
    {%- endif -%}
{%- endmacro %}

{# After a table is made: an index by which a build that follows finds what it makes anew,
   and figures for the planner. A table of which a thousandth changed has both. Of
   tables that a build makes whole though it follows a smaller sample does: thirty
   thousand rows of a wide one took as long to look at as half of making it. #}
{% macro analyzed() -%}
    {%- set is_incremental = config.get('materialized') == 'incremental' -%}
    {%- if is_following() and is_incremental -%}
    select 1
    {%- else -%}
    {%- if is_incremental %}
    {{ index_to_follow_by(built_at(this), config) }}
    {%- endif %}
    {%- if is_following() %}
    set local default_statistics_target = 20;
    {%- endif %}
    analyze {{ built_at(this) }}
    {%- endif -%}
{%- endmacro %}

{# What a later build compares with, kept from one complete build to the next: the rows
   of `name` as they are now. #}
{% macro rows_now(name) -%}
    {%- if name == 'document_versions' -%}
    select document_key, source_key, path, seen_from, seen_to, is_first_look
    from intermediate.int_document_versions
    {%- elif name == 'loads' -%}
    select distinct load_id from staging.stg_bookkeeping__visits
    {%- elif name == 'readings' -%}
    select document_key, reading_key from staging.stg_bookkeeping__readings
    {%- elif name == 'names_said' -%}
    select * from intermediate.int_names_said
    {%- elif name == 'mentions' -%}
    select mention_key, series_key, series_slug, acronym_text
    from intermediate.int_series_matched
    {%- elif name == 'parents' -%}
    select series_key, parent_series_key, relation
    from intermediate.int_series_parents
    {%- endif -%}
{%- endmacro %}

{# The rows of `name` in the last complete build; none in a build that makes all rows,
   for which `like`, by default what there is now, tells the columns. #}
{% macro remembered_rows(name, like=none) -%}
    {%- if is_following() -%}
    select * from intermediate.remembered_{{ name }}
    {%- else -%}
    select * from ({{ like or rows_now(name) }}) as no_rows where false
    {%- endif -%}
{%- endmacro %}

{# Of which series documents spoke in the last build, of which int_editions_matched holds
   the rows until this one has told what it makes anew. #}
{% macro series_of_documents_before(documents) -%}
    {%- if is_following() -%}
    select editions.series_key
    from {{ documents }}
    inner join intermediate.int_editions_matched as editions
        on {{ documents }}.document_key = editions.document_key
    {%- else -%}
    select null::text as series_key from {{ documents }} where false
    {%- endif -%}
{%- endmacro %}

{# The rows of `name` that are other than in the last complete build, as they are now
   and as they were then. What is matched by name stands unless a name is new. #}
{% macro rows_that_changed(name) -%}
    {%- set now = rows_now(name) -%}
    {%- if is_following() -%}
    select *
    from (
        (({{ now }}) except ({{ remembered_rows(name) }}))
        union all
        (({{ remembered_rows(name) }}) except ({{ now }}))
    ) as rows_that_changed
        {%- if name in ('mentions', 'parents') %}
    {{ only_if_names_changed() }}
        {%- endif -%}
    {%- else -%}
    {{ remembered_rows(name) }}
    {%- endif -%}
{%- endmacro %}

{# The rows of a mart that a build that follows keeps. Those of a mart that looks confirm
   are read with the look that is newest by now: looked up for each row that is asked
   for, since by a join Postgres would make all rows to find one. #}
{% macro kept_rows(relation, settings, columns) -%}
    {%- set is_confirmed = settings.get('meta').get('confirmed_by_looks') -%}
    select
    {%- for column in columns %}
        {%- if is_confirmed and column == 'last_confirmed_at' %}
        {{ last_confirmed_at('kept', '(' ~ newest_sighting('kept') ~ ')') }}
            as last_confirmed_at
        {%- else %}
        kept.{{ column }}
        {%- endif -%}
        {{ "," if not loop.last }}
    {%- endfor %}
    from {{ relation }} as kept
    where ({{ is_made_anew(settings, as_array=false) }}) is not true
{%- endmacro %}

{# A query: when the document of a belief was last seen. #}
{% macro newest_sighting(belief) -%}
    select sightings.last_seen_at
    from intermediate.int_document_sightings as sightings
    where sightings.document_key = {{ belief }}.document_key
{%- endmacro %}

{# A statement: the same in place, for when such a mart is published. #}
{% macro confirm_kept_rows(relation) -%}
    update {{ relation }} as kept
    set last_confirmed_at = sightings.last_seen_at
    from intermediate.int_document_sightings as sightings
    where
        kept.document_key = sightings.document_key
        and kept.seen_to is null
        and kept.last_confirmed_at is distinct from sightings.last_seen_at;
{%- endmacro %}

{# Statements of a block. #}
{% macro remember(name) %}
    drop table if exists intermediate.remembered_{{ name }};
    create unlogged table intermediate.remembered_{{ name }}
    as {{ rows_now(name) }};
    analyze intermediate.remembered_{{ name }};
{% endmacro %}

{# For the end of a run: if it built all tables, what the next one may follow. Unlogged
   like the tables that follow: a server that crashed empties both, and all documents
   then count as touched. #}
{% macro remember_build() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set built = [] -%}
        {%- for result in results if result.node.resource_type == 'model' -%}
            {%- if result.status == 'success' -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.materialized != 'view'
            and node.unique_id not in built and not stays_as_it_is(node.config) -%}
            {%- do missing.append(node.unique_id) -%}
        {%- endfor -%}
        {%- if not missing -%}
do $$
begin
            {%- for name in ['document_versions', 'readings', 'loads'] %}
    {{ remember(name) }}
            {%- endfor %}
            {%- if is_following() %}
    if not exists (select from intermediate.int_names_touched) then
        return;
    end if;
            {%- endif %}
            {%- for name in ['names_said', 'mentions', 'parents'] %}
    {{ remember(name) }}
            {%- endfor %}
end
$$
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
