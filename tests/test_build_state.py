"""When a repeat may leave the marts alone, and when it must not."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from confradar import build_state
from tests.conftest import Site, Sites

pytestmark = pytest.mark.postgres

DAY = date(2026, 11, 20)
RAW = """
create schema raw_lists;
create table raw_lists._dlt_loads (load_id text, status bigint);
create table raw_lists.documents (document_key text);
create table raw_lists.visits (
    source_key text, path text, observed_at timestamptz, outcome text,
    document_key text, _dlt_load_id text
);
create table raw_registry.sources (source_key text, licence text, _dlt_load_id text);
insert into raw_lists._dlt_loads values ('done', 0);
insert into raw_registry.sources values ('a-list', 'MIT', 'done');
"""
READINGS = """
create table raw_lists.readings (
    document_key text, reader_version bigint, _dlt_load_id text
);
insert into raw_lists.readings values ('first', 1, 'done'), ('other', 1, 'done');
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dbt_project" / "models").mkdir(parents=True)
    (tmp_path / "dbt_project" / "models" / "dim_things.sql").write_text("select 1")
    (tmp_path / "dbt_project.yml").write_text("name: confradar")
    return tmp_path


@pytest.fixture
def site(sites: Sites) -> Site:
    made = sites.make()
    made.execute(RAW)
    visit(made, "a.yml", "first", "2026-11-01")
    visit(made, "b.yml", "other", "2026-11-01")
    return made


@pytest.fixture
def session(site: Site) -> Iterator[psycopg.Connection]:
    with psycopg.connect(site.url, autocommit=True) as connection:
        yield connection


def visit(
    site: Site,
    path: str,
    document: str,
    observed_at: str,
    *,
    outcome: str = "stored",
    load: str = "done",
) -> None:
    with psycopg.connect(site.url) as connection:
        connection.execute(
            "insert into raw_lists.visits values (%s, %s, %s, %s, %s, %s)",
            ["a-list", path, observed_at, outcome, document, load],
        )


def test_a_visit_that_finds_nothing_new_changes_no_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    before = build_state.fingerprint(session, project, DAY)
    for path, document in (("a.yml", "first"), ("b.yml", "other")):
        visit(site, path, document, "2026-11-02", outcome="unchanged")

    assert build_state.fingerprint(session, project, DAY) == before


def test_a_new_version_of_a_file_changes_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    before = build_state.fingerprint(session, project, DAY)
    visit(site, "a.yml", "second", "2026-11-02")
    visit(site, "b.yml", "other", "2026-11-02", outcome="unchanged")

    assert build_state.fingerprint(session, project, DAY) != before


def test_a_file_that_is_gone_changes_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    before = build_state.fingerprint(session, project, DAY)
    visit(site, "a.yml", "first", "2026-11-02", outcome="unchanged")

    assert build_state.fingerprint(session, project, DAY) != before


def test_a_file_that_was_away_for_a_while_changes_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    before = build_state.fingerprint(session, project, DAY)
    visit(site, "a.yml", "first", "2026-11-02", outcome="unchanged")
    visit(site, "a.yml", "first", "2026-11-03", outcome="unchanged")
    visit(site, "b.yml", "other", "2026-11-03")

    assert build_state.fingerprint(session, project, DAY) != before


@pytest.mark.parametrize(
    ("outcome", "load"), [("failed", "done"), ("refused", "done"), ("stored", "killed")]
)
def test_a_look_that_gave_nothing_changes_no_fingerprint(
    site: Site, session: psycopg.Connection, project: Path, outcome: str, load: str
) -> None:
    before = build_state.fingerprint(session, project, DAY)
    visit(site, "a.yml", "second", "2026-11-02", outcome=outcome, load=load)

    assert build_state.fingerprint(session, project, DAY) == before


def test_a_page_read_by_a_newer_reader_changes_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    site.execute(READINGS)
    before = build_state.fingerprint(session, project, DAY)
    site.execute("insert into raw_lists.readings values ('first', 2, 'killed')")
    assert build_state.fingerprint(session, project, DAY) == before

    site.execute("insert into raw_lists.readings values ('first', 2, 'done')")

    assert build_state.fingerprint(session, project, DAY) != before


def test_a_page_that_fails_otherwise_than_before_changes_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    site.execute(READINGS)
    seen = [build_state.fingerprint(session, project, DAY)]
    for day, outcome in (("02", "timed_out"), ("03", "timed_out"), ("04", "gone")):
        visit(site, "a.yml", "first", f"2026-11-{day}", outcome=outcome)
        seen.append(build_state.fingerprint(session, project, DAY))

    assert seen[1] == seen[2]
    assert len(set(seen)) == 3


def test_the_registry_the_day_and_the_code_are_part_of_the_fingerprint(
    site: Site, session: psycopg.Connection, project: Path
) -> None:
    seen = [build_state.fingerprint(session, project, DAY)]
    seen.append(build_state.fingerprint(session, project, date(2026, 11, 21)))
    site.execute("update raw_registry.sources set licence = 'CC0'")
    seen.append(build_state.fingerprint(session, project, DAY))
    (project / "dbt_project" / "models" / "dim_things.sql").write_text("select 2")
    seen.append(build_state.fingerprint(session, project, DAY))

    assert len(set(seen)) == len(seen)


def test_the_fingerprint_is_the_same_in_any_checkout_and_time_zone(
    site: Site, session: psycopg.Connection, project: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "dbt_project" / "models").mkdir(parents=True)
    for file in ("dbt_project/models/dim_things.sql", "dbt_project.yml"):
        (elsewhere / file).write_bytes((project / file).read_bytes())
    before = build_state.fingerprint(session, project, DAY)
    session.execute("set timezone to 'Asia/Tokyo'")

    assert build_state.fingerprint(session, elsewhere, DAY) == before


def test_what_was_built_is_known_until_a_mart_is_built_by_hand(
    site: Site, session: psycopg.Connection
) -> None:
    site.execute("create table marts.dim_things (thing text)")
    site.execute("create table intermediate.remembered_document_versions as select 1")
    assert not build_state.is_built(session, "abc", is_replay=False)

    build_state.write_state(
        session, "abc", DAY, is_replay=False, code="of a project", basis="a basis"
    )

    assert build_state.is_built(session, "abc", is_replay=False)
    assert not build_state.is_built(session, "other", is_replay=False)
    assert not build_state.is_built(session, "abc", is_replay=True)
    site.execute("truncate intermediate.remembered_document_versions")
    assert not build_state.is_built(session, "abc", is_replay=False)
    site.execute("insert into intermediate.remembered_document_versions values (1)")
    assert build_state.is_built(session, "abc", is_replay=False)
    site.execute("drop table marts.dim_things; create table marts.dim_things (t text)")
    assert not build_state.is_built(session, "abc", is_replay=False)


def test_a_build_that_begins_keeps_the_day_of_the_marts_that_stand(
    site: Site, session: psycopg.Connection
) -> None:
    site.execute("create table marts.dim_things (thing text)")
    build_state.begin_build(session)
    assert build_state.read_state(session) is None

    build_state.write_state(
        session, "abc", DAY, is_replay=True, code="of a project", basis="a basis"
    )
    before = build_state.read_state(session)
    build_state.begin_build(session)

    after = build_state.read_state(session)
    assert before is not None
    assert after is not None
    assert (before.is_superseded, after.is_superseded) == (False, True)
    assert (after.as_of, after.is_replay, after.built_at) == (
        DAY,
        True,
        before.built_at,
    )


def test_a_second_writer_waits_and_says_so(site: Site) -> None:
    waits: list[str] = []
    with build_state.only_writer(site.url, lambda: waits.append("first")):
        pid = site.rows("select pid from pg_locks where locktype = 'advisory'")[0][0]

        def let_go() -> None:
            waits.append("second")
            site.execute(f"select pg_terminate_backend({pid})")

        with build_state.only_writer(site.url, let_go):
            assert waits == ["second"]
