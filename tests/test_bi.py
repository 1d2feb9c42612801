"""What people and BI tools rely on in the schema ``marts``, and ten questions to it."""

from datetime import date
from typing import Any

import psycopg
import pytest
import yaml

from benchmarks.questions import questions
from confradar.roles import Role
from tests.conftest import ROOT, SampleRun, Site, Sites

pytestmark = pytest.mark.postgres

AS_OF = date(2026, 11, 20)
KEYS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint
    where connamespace = 'marts'::regnamespace and contype in ('p', 'f')
    order by 1, 2
"""
RELATIONS = """
    select relname, relkind
    from pg_class
    where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v', 'm')
    order by 1
"""
COLUMNS = """
    select attrelid::regclass::text, attname, format_type(atttypid, null)
    from pg_attribute
    inner join pg_class on attrelid = pg_class.oid
    where
        relnamespace = 'marts'::regnamespace and relkind = 'r'
        and attnum > 0 and not attisdropped
    order by 1, attnum
"""
PLAIN_TYPES = {
    "bigint",
    "boolean",
    "date",
    "integer",
    "numeric",
    "text",
    "timestamp with time zone",
    "timestamp without time zone",
}
# Of one look at each source there is nothing that moved.
EMPTY_ON_THE_SAMPLE = {"latest_moves"}


def declared_keys() -> set[tuple[str, str, str]]:
    """Return mart, column and mart that it names, as the models declare them."""
    files = (ROOT / "dbt_project" / "models" / "marts").glob("*/_*__models.yml")
    models = [
        model for file in files for model in yaml.safe_load(file.read_text())["models"]
    ]
    return {
        (model["name"], key["column"], key["to"])
        for model in models
        for key in model.get("config", {}).get("meta", {}).get("foreign_keys", [])
    }


def shape(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    return {"keys": site.rows(KEYS), "relations": site.rows(RELATIONS)}


def test_nothing_that_people_read_is_a_view(sample: SampleRun) -> None:
    relations = sample.site.rows(RELATIONS)

    assert {kind for _, kind in relations} == {"r"}


def test_primary_keys_are_called_as_their_tables(sample: SampleRun) -> None:
    """Postgres would number them anew where a table is replaced."""
    for table, name, definition in sample.site.rows(KEYS):
        if definition.startswith("PRIMARY KEY"):
            assert f"marts.{name}" == f"{table}_pkey"


def test_every_declared_key_is_a_constraint_that_holds(sample: SampleRun) -> None:
    found = sample.site.rows(
        """
        select children.relname, attname, parents.relname
        from pg_constraint
        inner join pg_class as children on conrelid = children.oid
        inner join pg_class as parents on confrelid = parents.oid
        inner join pg_attribute on attrelid = conrelid and attnum = conkey[1]
        where
            contype = 'f' and convalidated
            and connamespace = 'marts'::regnamespace
        """
    )

    assert set(found) == declared_keys()
    assert len(found) > 50


def test_marts_hold_plain_types_alone(sample: SampleRun) -> None:
    columns = sample.site.rows(COLUMNS)

    assert {kind for _, _, kind in columns} <= PLAIN_TYPES


def test_what_a_column_is_called_says_on_which_clock_it_is(sample: SampleRun) -> None:
    columns = sample.site.rows(COLUMNS)

    for table, name, kind in columns:
        is_instant = name.endswith("_at") or name in {"seen_from", "seen_to"}
        assert (kind == "timestamp with time zone") == is_instant, (table, name)
        is_wall_time = name.endswith("_local")
        assert (kind == "timestamp without time zone") == is_wall_time, (table, name)
        is_day = name.endswith(("_date", "_on")) or name == "date_day"
        assert kind != "date" or is_day, (table, name)


def test_the_instant_at_which_something_is_due_has_its_wall_time_beside_it(
    sample: SampleRun,
) -> None:
    columns = {(table, name) for table, name, _ in sample.site.rows(COLUMNS)}
    instants = {
        (table, name)
        for table, name in columns
        if name in {"due_at", "old_due_at", "new_due_at", "winning_due_at"}
    }

    assert len(instants) > 5
    for table, name in instants:
        assert (table, name.replace("_at", "_local")) in columns


def test_every_mart_and_column_carries_its_description(sample: SampleRun) -> None:
    silent = sample.site.rows(
        """
        select attrelid::regclass::text, attname
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            relnamespace = 'marts'::regnamespace and relkind = 'r'
            and attnum > 0 and not attisdropped
            and (
                col_description(attrelid, attnum) is null
                or obj_description(attrelid, 'pg_class') is null
            )
        """
    )

    assert silent == []


@pytest.mark.parametrize("name", sorted(questions(ROOT, AS_OF)))
def test_the_reader_gets_an_answer_to_each_question(
    sample: SampleRun, name: str
) -> None:
    question = questions(ROOT, AS_OF)[name]
    with psycopg.connect(sample.site.url) as connection:
        connection.read_only = True
        connection.execute(f"set local role {Role.READER}".encode())
        rows = connection.execute(question.encode()).fetchall()

    assert bool(rows) is (name not in EMPTY_ON_THE_SAMPLE)


def test_there_are_ten_questions() -> None:
    assert len(questions(ROOT, AS_OF)) == 10


def test_a_build_of_one_mart_leaves_all_keys_and_relations(
    sample: SampleRun, sites: Sites
) -> None:
    """Postgres drops by cascade what points at a table that is replaced."""
    site = sites.copy(sample.site)
    before = shape(site)

    done = site.confradar("dbt", "run", "-s", "dim_sources", "dim_series", "dim_dates")

    assert done.returncode == 0, done.stdout
    assert shape(site) == before
    assert len(before["keys"]) > 70


def test_a_mart_that_lacks_rows_of_others_is_not_published(
    sample: SampleRun, sites: Sites
) -> None:
    """As where one mart is rebuilt from newer documents than the others."""
    site = sites.copy(sample.site)
    before = shape(site)
    site.execute(
        """
        set session_replication_role = replica;
        insert into marts.bridge_series_areas
        select 'orphan', series_key, 'no-such-source', area
        from marts.bridge_series_areas
        limit 1
        """
    )

    done = site.confradar("dbt", "run", "-s", "dim_sources")

    assert done.returncode == 1
    assert "bridge_series_areas__source_key_fkey" in done.stdout
    assert shape(site) == before
