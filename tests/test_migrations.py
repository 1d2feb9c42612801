"""Migrations: up from nothing, down to nothing and up again, on each version."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from confradar.access import BUILT_SCHEMAS, RAW_SCHEMAS, StrangeTablesError
from confradar.database import Timeouts, one_login
from confradar.errors import ConfRadarError
from confradar.migrating import (
    MIGRATIONS,
    NotMigratedError,
    Plan,
    applied_version,
    ensure_migrated,
    migrate,
    newest_version,
)
from confradar.roles import Role
from tests.conftest import ROOT
from tests.servers import (
    VERSIONS,
    Managed,
    alembic,
    clean,
    execute,
    managed,
    rows,
    schemas,
    server,
)

pytestmark = pytest.mark.postgres

OUR_SCHEMAS = {*RAW_SCHEMAS, *BUILT_SCHEMAS, "review", "confradar"}


@pytest.fixture(scope="module", params=VERSIONS)
def superuser_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with server(request.param) as url:
        yield url


@pytest.fixture
def place(superuser_url: str) -> Iterator[Managed]:
    """A database whose owner is no superuser; the server's roles are gone after."""
    made = managed(superuser_url)
    yield made
    clean(superuser_url)


def roles(url: str) -> set[str]:
    found = rows(url, "select rolname from pg_roles where rolname like 'confradar\\_%'")
    return {row[0] for row in found}


def everything(url: str) -> list[tuple[Any, ...]]:
    """Return who owns and may do what: schemas, relations, defaults, roles."""
    query = """
        select 'schema', nspname::text, nspowner::regrole::text, nspacl::text
        from pg_namespace where nspname not like 'pg\\_%'
        union all
        select 'relation', oid::regclass::text, relowner::regrole::text, relacl::text
        from pg_class where relnamespace::regnamespace::text = any(%s)
        union all
        select
            'default', concat_ws(' ', defaclnamespace::regnamespace, defaclobjtype),
            defaclrole::regrole::text, defaclacl::text
        from pg_default_acl
        union all
        select 'role', rolname, rolcanlogin::text, rolconfig::text
        from pg_roles where rolname like 'confradar\\_%%'
        union all
        select
            'database', datname, datdba::regrole::text,
            coalesce(datacl, acldefault('d', datdba))::text
        from pg_database where datname = current_database()
        order by 1, 2, 3, 4
    """.replace("'pg\\_%'", "'pg\\_%%'")
    return rows(url, query, sorted(OUR_SCHEMAS))


def migrating(url: str) -> "subprocess.Popen[str]":
    """Begin to migrate in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "confradar", "db", "migrate"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_up_down_to_nothing_and_up_again(place: Managed) -> None:
    before = (schemas(place.url), everything(place.url))

    assert migrate(ROOT, Plan(place.url))
    first = everything(place.url)
    assert schemas(place.url) >= OUR_SCHEMAS
    assert roles(place.url) == set(Role)
    down = alembic(place.url, "downgrade", "base")
    assert down.returncode == 0, down.stderr
    assert (schemas(place.url), everything(place.url)) == before
    assert roles(place.url) == set()
    assert migrate(ROOT, Plan(place.url))

    assert everything(place.url) == first


def test_a_second_upgrade_changes_nothing(place: Managed) -> None:
    assert migrate(ROOT, Plan(place.url))
    first = everything(place.url)

    assert not migrate(ROOT, Plan(place.url), thoroughly=True)
    assert alembic(place.url, "upgrade", "head").returncode == 0

    assert everything(place.url) == first


def test_each_step_down_can_be_taken_alone(place: Managed) -> None:
    migrate(ROOT, Plan(place.url))
    for version in ("0002", "0001", "base"):
        done = alembic(place.url, "downgrade", version)
        assert done.returncode == 0, done.stderr

    assert schemas(place.url) == {"public"}


def test_what_nothing_can_bring_back_is_dropped_only_on_demand(place: Managed) -> None:
    migrate(ROOT, Plan(place.url))
    execute(
        place.url,
        "create table raw_ccfddl.documents (document_key text)",
        "insert into raw_ccfddl.documents values ('one')",
    )
    before = everything(place.url)

    refused = alembic(place.url, "downgrade", "base")

    assert refused.returncode != 0
    assert "raw_ccfddl.documents holds rows that nothing can bring" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
    assert everything(place.url) == before
    assert alembic(place.url, "-x", "data=drop", "downgrade", "base").returncode == 0
    assert schemas(place.url) == {"public"}


def test_roles_that_another_database_needs_stay_until_it_needs_them_no_more(
    place: Managed,
) -> None:
    other = place.another()
    for one in (place, other):
        migrate(ROOT, Plan(one.url))
    kept = everything(other.url)

    assert alembic(place.url, "downgrade", "base").returncode == 0
    assert schemas(place.url) == {"public"}
    assert everything(other.url) == kept
    migrate(ROOT, Plan(place.url))
    assert alembic(place.url, "downgrade", "base").returncode == 0
    assert alembic(other.url, "downgrade", "base").returncode == 0

    assert roles(place.url) == set()


def test_databases_of_one_server_may_be_migrated_at_once(place: Managed) -> None:
    places = [place, *(place.another() for _ in range(3))]

    running = [migrating(one.url) for one in places]
    for one in running:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0, said

    assert {applied_version(one.url) for one in places} == {newest_version(ROOT)}


def test_two_migrations_of_one_database_go_one_after_the_other(place: Managed) -> None:
    running = [migrating(place.url) for _ in range(3)]
    for one in running:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0, said

    assert applied_version(place.url) == newest_version(ROOT)


def test_roles_that_another_user_made_can_be_taken_over(place: Managed) -> None:
    execute(place.superuser_url, *(f"create role {role}" for role in Role))
    owner = rows(place.url, "select current_user")[0][0]
    execute(
        place.superuser_url,
        *(f"grant {role} to {owner} with admin option" for role in Role),
    )

    assert migrate(ROOT, Plan(place.url, passwords={Role.READER: "a word"}))

    with psycopg.connect(place.url, user=Role.READER, password="a word") as session:
        assert session.execute("show search_path").fetchone() == ("marts",)
    assert alembic(place.url, "downgrade", "base").returncode == 0


def test_a_migration_that_fails_halfway_leaves_what_was_there(
    place: Managed, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / MIGRATIONS, tmp_path / MIGRATIONS)
    (tmp_path / MIGRATIONS / "versions" / "9999_broken.py").write_text(
        f"""
from alembic import op

revision = "9999"
down_revision = "{newest_version(ROOT)}"


def upgrade():
    op.execute("create table confradar.half (done text)")
    op.execute("select 1 / 0")
"""
    )
    with pytest.raises(ConfRadarError, match="is as it was: division by zero"):
        migrate(tmp_path, Plan(place.url))
    assert schemas(place.url) == {"public"}
    assert roles(place.url) == set()
    migrate(ROOT, Plan(place.url))
    before = everything(place.url)

    with pytest.raises(ConfRadarError, match="is as it was: division by zero"):
        migrate(tmp_path, Plan(place.url))

    assert everything(place.url) == before
    assert applied_version(place.url) == newest_version(ROOT)


def test_schemas_of_another_project_are_refused_and_left_alone(place: Managed) -> None:
    execute(
        place.url, "create schema marts", "create table marts.dim_sales (sale text)"
    )
    before = everything(place.url)

    with pytest.raises(StrangeTablesError, match="marts holds dim_sales"):
        migrate(ROOT, Plan(place.url))

    assert everything(place.url) == before


def test_a_user_who_may_make_no_roles_is_told_what_it_takes(place: Managed) -> None:
    execute(
        place.superuser_url,
        "create role plain login password 'plain'",
        f"grant create on database {place.url.rpartition('/')[2]} to plain",
    )
    url = place.url.replace(place.url.split("//")[1].partition("@")[0], "plain:plain")
    try:
        with pytest.raises(ConfRadarError) as caught:
            migrate(ROOT, Plan(url))
    finally:
        execute(place.superuser_url, "drop owned by plain", "drop role plain")

    assert "permission denied" in caught.value.message
    assert "docs/operating.md" in caught.value.hint
    assert schemas(place.url) == {"public"}


def test_an_older_database_keeps_its_rows_and_gives_them_to_the_roles(
    place: Managed,
) -> None:
    """As a checkout before the roles left it: all of it is the user's own."""
    assert alembic(place.url, "upgrade", "0001").returncode == 0
    execute(
        place.url,
        "alter table confradar.alembic_version set schema review",
        "drop schema confradar",
        "create schema confradar",
        """
        create table confradar.build_state (
            is_last boolean primary key default true check (is_last),
            fingerprint text not null,
            relations text not null,
            as_of date not null,
            is_replay boolean not null,
            built_at timestamptz not null default now()
        )
        """,
        "insert into confradar.build_state values (true, 'f', 'r', '2026-11-20', true)",
        "create schema raw_registry",
        "create table raw_registry.sources (source_key text)",
        "insert into raw_registry.sources values ('a-list')",
        "create schema marts",
        "create table marts.dim_sources (source_key text)",
        "create view marts.rpt_sources as table marts.dim_sources",
        "create function marts.how_many(integer, text) returns integer"
        " language sql return 1",
    )

    assert migrate(ROOT, Plan(place.url))

    assert rows(place.url, "select fingerprint, code from confradar.build_state") == [
        ("f", None)
    ]
    assert rows(place.url, "table raw_registry.sources") == [("a-list",)]
    owners = rows(
        place.url,
        """
        select relname, relowner::regrole::text from pg_class
        where relname in ('sources', 'dim_sources', 'rpt_sources')
        union all
        select proname, proowner::regrole::text from pg_proc where proname = 'how_many'
        order by 1
        """,
    )
    assert owners == [
        ("dim_sources", Role.TRANSFORMER),
        ("how_many", Role.TRANSFORMER),
        ("rpt_sources", Role.TRANSFORMER),
        ("sources", Role.LOADER),
    ]


def test_a_schema_that_is_gone_is_made_again_with_its_grants(place: Managed) -> None:
    migrate(ROOT, Plan(place.url))
    before = everything(place.url)
    execute(place.url, "drop schema raw_ccfddl cascade")

    assert migrate(ROOT, Plan(place.url))

    assert everything(place.url) == before


def test_roles_are_given_their_passwords_and_new_ones_where_they_change(
    place: Managed,
) -> None:
    password = "it's {new}%s/@:"
    assert migrate(ROOT, Plan(place.url, passwords={Role.READER: "old"}))
    assert not migrate(ROOT, Plan(place.url, passwords={Role.READER: "old"}))

    assert migrate(ROOT, Plan(place.url, passwords={Role.READER: password}))

    can_log_in = rows(
        place.url,
        "select rolname from pg_roles"
        " where rolcanlogin and rolname like 'confradar\\_%'",
    )
    assert can_log_in == [(Role.READER,)]
    stored = rows(
        place.superuser_url,
        "select rolpassword from pg_authid where rolname = %s",
        Role.READER,
    )
    assert stored[0][0].startswith("SCRAM-SHA-256$")
    with psycopg.connect(place.url, user=Role.READER, password=password) as session:
        assert session.execute("select 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(place.url, user=Role.READER, password="old")


def test_the_reader_is_limited_as_the_settings_say(place: Managed) -> None:
    migrate(ROOT, Plan(place.url, Timeouts(statement=7, idle=0)))

    config = rows(
        place.url, "select rolconfig from pg_roles where rolname = %s", Role.READER
    )[0][0]
    assert set(config) == {
        "default_transaction_read_only=on",
        "statement_timeout=7s",
        "idle_in_transaction_session_timeout=0s",
        "search_path=marts",
    }
    migrate(ROOT, Plan(place.url, Timeouts(statement=8, idle=0)), thoroughly=True)
    (again,) = rows(
        place.url, "select rolconfig from pg_roles where rolname = %s", Role.READER
    )
    assert "statement_timeout=8s" in again[0]


def test_an_own_server_is_only_looked_at_and_what_it_lacks_is_told(
    place: Managed,
) -> None:
    logins = replace(one_login(place.url), is_own_server=True)
    newest = newest_version(ROOT)

    with pytest.raises(NotMigratedError, match="is not prepared"):
        ensure_migrated(ROOT, logins)
    assert schemas(place.url) == {"public"}
    assert alembic(place.url, "upgrade", "0002").returncode == 0
    with pytest.raises(NotMigratedError, match=f"version 0002 .* needs {newest}"):
        ensure_migrated(ROOT, logins)
    migrate(ROOT, Plan(place.url))
    ensure_migrated(ROOT, logins)
    execute(place.url, "drop schema raw_ccfddl cascade")
    with pytest.raises(NotMigratedError, match="lacks the schema raw_ccfddl"):
        ensure_migrated(ROOT, logins)


def test_a_newer_checkout_is_told_from_an_unprepared_database(place: Managed) -> None:
    migrate(ROOT, Plan(place.url))
    execute(place.url, "update confradar.alembic_version set version_num = '9999'")
    with pytest.raises(ConfRadarError, match="9999 of its tables by a newer"):
        migrate(ROOT, Plan(place.url))
