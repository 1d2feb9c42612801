import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from confradar import build_state
from confradar.backups import (
    REBUILT_SCHEMAS,
    BackupError,
    RestoreError,
    back_up,
    restore,
)
from confradar.database import Login, Logins, one_login
from confradar.database.logins import USUAL_TIMEOUTS, logins_at, url_of
from confradar.database.programs import (
    NoProgramError,
    Programs,
    installed_programs,
    nearest,
)
from confradar.errors import CalledWronglyError
from confradar.migrating import Plan, migrate
from confradar.roles import Role
from tests.conftest import ROOT, SampleRun, Site, Sites
from tests.servers import (
    OLDEST,
    Managed,
    clean,
    execute,
    managed,
    rows,
    schemas,
    server,
)

pytestmark = pytest.mark.postgres

WORDS = {role: f"{role.name}-word" for role in Role}


def never() -> None:
    raise AssertionError("nobody else is at work")


def filled(url: str) -> set[str]:
    """Return the schemas in which something is."""
    query = "select distinct relnamespace::regnamespace::text from pg_class"
    return {row[0] for row in rows(url, query)}


def digests(url: str) -> dict[str, tuple[int, str]]:
    """Return of each table that is backed up how many rows it has, and a digest."""
    found = {}
    with psycopg.connect(url) as session:
        session.execute("set timezone to 'UTC'")
        tables = session.execute(
            """
            select nspname, relname from pg_class
            inner join pg_namespace on relnamespace = pg_namespace.oid
            where
                relkind = 'r'
                and nspname <> all(%s)
                and nspname !~ '^(pg_|information_schema)'
            """,
            [list(REBUILT_SCHEMAS)],
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL(
                "select count(*), coalesce(md5(string_agg(line, ' ' order by line)),"
                " '') from (select rows::text as line from {} as rows) as lines"
            ).format(sql.Identifier(schema, table))
            count, digest = session.execute(query).fetchall()[0]
            found[f"{schema}.{table}"] = (count, digest)
    return found


DECISION = """
    insert into review.decisions
        (conference_key, track, kind, round, verdict, reason, decided_by, decided_at)
    values ('a-2027', 'main', 'submission', 1, 'withdrawn', 'why', 'ada', now())
"""


@pytest.fixture(scope="module")
def original(sample: SampleRun, sites: Sites) -> Site:
    """The sample, with a decision, and with a change: the sample has seen none."""
    site = sites.copy(sample.site)
    execute(
        site.url,
        DECISION,
        """
        insert into marts.fct_deadline_changes
            (change_key, change_type, source_key, new_claim_key, new_due_at, seen_at)
        select claim_key, 'extended', source_key, claim_key, due_at, seen_from
        from marts.fct_deadline_claims
        """,
    )
    return site


@pytest.fixture(scope="module")
def backup_file(original: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backups") / "a b.dump"
    done = original.confradar("backup", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{file}: {file.stat().st_size / 1e6:.1f} MB\n"
    return file


@pytest.fixture(scope="module")
def restored(backup_file: Path, sites: Sites) -> Site:
    site = sites.make(is_migrated=False)
    done = site.confradar("restore", str(backup_file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("restored what there was on 20")
    return site


def test_marts_ledger_documents_and_records_survive_to_the_checksum(
    original: Site, restored: Site
) -> None:
    before, after = digests(original.url), digests(restored.url)

    assert after == before
    for table in (
        "marts.fct_deadline_changes",
        "raw_ccfddl.documents",
        "raw_ccfddl._dlt_loads",
        "confradar.runs",
        "confradar.build_state",
        "review.decisions",
    ):
        assert before[table][0] > 0


def test_keys_comments_and_functions_of_the_marts_survive(
    original: Site, restored: Site
) -> None:
    query = """
        select 'key', conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'marts'::regnamespace
        union all
        select 'comment', oid::regclass::text, obj_description(oid) from pg_class
        where relnamespace = 'marts'::regnamespace and relkind = 'r'
        union all
        select 'function', oid::regprocedure::text, prosrc from pg_proc
        where pronamespace = 'marts'::regnamespace
        union all
        select 'index', indexname, indexdef from pg_indexes where schemaname = 'marts'
        order by 1, 2, 3
    """
    kept = restored.rows(query)

    assert kept == original.rows(query)
    assert {kind for kind, *_ in kept} == {"key", "comment", "function", "index"}


def test_every_schema_is_backed_up_or_made_anew(original: Site, restored: Site) -> None:
    assert schemas(restored.url) == schemas(original.url)
    assert filled(restored.url) == filled(original.url) - set(REBUILT_SCHEMAS)
    assert {"vocabulary", "staging", "intermediate"} < filled(original.url)


def test_the_next_run_makes_everything_anew_and_trusts_nothing_it_noted(
    restored: Site,
) -> None:
    with psycopg.connect(restored.url) as session:
        noted = build_state.read_state(session)
        assert noted is not None
        assert noted.code is not None
        assert noted.basis is not None
        is_built = build_state.is_built(
            session, noted.fingerprint, is_replay=noted.is_replay
        )
        assert not is_built
        assert not build_state.is_built_by(session, noted.code)
        assert not build_state.can_be_followed(session, noted.basis)


def test_readers_are_told_the_day_of_a_restored_warehouse(
    original: Site, restored: Site
) -> None:
    said = restored.confradar("deadlines", "--json")

    assert said.returncode == 0, said.stderr
    assert said.stdout == original.confradar("deadlines", "--json").stdout


def test_a_database_that_holds_anything_is_left_alone_unless_told_to_replace_it(
    original: Site, sites: Sites, backup_file: Path
) -> None:
    site = sites.copy(original)
    site.execute("delete from raw_ccfddl.documents")
    site.execute("create view staging.of_somebody as table marts.dim_sources")
    before = digests(site.url)

    refused = site.confradar("restore", str(backup_file))

    assert (refused.returncode, refused.stdout) == (1, "")
    error, hint = refused.stderr.splitlines()
    assert error == ("error: the database is not empty: confradar.build_state has rows")
    assert "--replace" in hint
    assert digests(site.url) == before

    done = site.confradar("restore", "--replace", str(backup_file))

    assert done.returncode == 0, done.stderr
    assert digests(site.url) == digests(original.url)


def test_a_database_that_was_only_prepared_counts_as_empty(
    original: Site, sites: Sites, backup_file: Path
) -> None:
    site = sites.make()
    execute(
        site.url,
        "create table raw_ccfddl._dlt_version (version integer)",
        "insert into raw_ccfddl._dlt_version values (1)",
    )

    restore(ROOT, one_login(site.url), backup_file, never, replaces=False)

    assert digests(site.url) == digests(original.url)


def test_a_damaged_backup_leaves_the_database_as_it_was(
    restored: Site, backup_file: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.dump"
    whole = backup_file.read_bytes()
    damaged.write_bytes(whole[: len(whole) * 4 // 5])
    before = digests(restored.url)

    with pytest.raises(RestoreError, match="not restored, and the database is as it w"):
        restore(ROOT, one_login(restored.url), damaged, never, replaces=True)

    assert digests(restored.url) == before


def test_a_restore_that_is_killed_before_the_grants_can_be_done_again(
    original: Site, sites: Sites, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sites.make(is_migrated=False)
    logins = one_login(site.url)

    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("confradar.backups.migrate", end)
        with pytest.raises(KeyboardInterrupt):
            restore(ROOT, logins, backup_file, never, replaces=False)
    restore(ROOT, logins, backup_file, never, replaces=True)

    assert digests(site.url) == digests(original.url)


def test_a_schema_of_somebody_else_is_not_dropped(
    sites: Sites, backup_file: Path
) -> None:
    site = sites.make(is_migrated=False)
    execute(site.url, "create schema raw_ccfddl")

    with pytest.raises(RestoreError, match='schema "raw_ccfddl" already exists'):
        restore(ROOT, one_login(site.url), backup_file, never, replaces=True)

    assert schemas(site.url) == {"public", "raw_ccfddl"}


def test_a_file_that_is_no_backup_is_neither_restored_nor_replaced(
    sites: Sites, tmp_path: Path
) -> None:
    logins = one_login(sites.make().url)
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")

    with pytest.raises(RestoreError, match=r"notes\.txt is no backup"):
        restore(ROOT, logins, notes, never, replaces=True)
    with pytest.raises(CalledWronglyError, match=r"notes\.txt is there, and is no ba"):
        back_up(logins, notes, never)
    with pytest.raises(RestoreError, match="cannot be read: No such file"):
        restore(ROOT, logins, tmp_path / "none.dump", never, replaces=True)
    with pytest.raises(CalledWronglyError, match="nowhere is no directory"):
        back_up(logins, tmp_path / "nowhere" / "a.dump", never)

    assert notes.read_text() == "mine"


def test_there_is_nothing_to_back_up_before_the_first_run(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make(is_migrated=False)

    with pytest.raises(BackupError, match="nothing is stored yet"):
        back_up(one_login(site.url), tmp_path / "a.dump", never)

    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_newer_checkout_is_refused_before_anything_is_dropped(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make()
    file = tmp_path / "newer.dump"
    execute(site.url, "update confradar.alembic_version set version_num = '9999'")
    back_up(one_login(site.url), file, never)
    execute(site.url, "update confradar.alembic_version set version_num = '0001'")

    with pytest.raises(RestoreError, match=r"by a newer checkout: .* at version 9999"):
        restore(ROOT, one_login(site.url), file, never, replaces=True)

    assert site.rows("table confradar.alembic_version") == [("0001",)]


def test_a_backup_waits_for_the_run_that_is_at_work(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make()
    file = tmp_path / "a.dump"
    running = psycopg.connect(site.url)
    running.execute("select pg_advisory_lock(%s)", [build_state.LOCK_NUMBER])
    was_there = []

    def end_the_run() -> None:
        was_there.append(file.exists())
        running.close()

    back_up(one_login(site.url), file, end_the_run)

    assert was_there == [False]
    assert file.exists()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def fake_pg_dump(directory: Path, script: str) -> list[Programs]:
    program = directory / "pg_dump"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return [Programs(directory, 99)]


def test_a_backup_that_fails_leaves_the_last_one_and_nothing_else(
    sites: Sites, tmp_path: Path
) -> None:
    logins = one_login(sites.make().url)
    file = tmp_path / "backups" / "a.dump"
    file.parent.mkdir()
    file.write_bytes(b"PGDMP of yesterday")
    (file.parent / ".a.dump.killed.part").write_bytes(b"PGDMP")
    full = fake_pg_dump(
        tmp_path,
        'for word; do case $word in --file=*) echo half > "${word#--file=}";; esac; '
        'done; echo "pg_dump: error: could not write: No space left on device" >&2; '
        "exit 1",
    )

    with pytest.raises(BackupError, match="not made: could not write: No space left"):
        back_up(logins, file, never, installed=full)

    assert file.read_bytes() == b"PGDMP of yesterday"
    assert list(file.parent.iterdir()) == [file]


def test_no_password_is_among_the_arguments_of_a_program(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make()
    said = tmp_path / "said"
    programs = fake_pg_dump(
        tmp_path, f'echo "$@" > {said}; printenv PGPASSWORD >> {said}'
    )

    back_up(one_login(site.url), tmp_path / "a.dump", never, installed=programs)

    arguments, password = said.read_text().splitlines()
    assert f":{password}@" in site.url
    assert password not in arguments
    assert "--dbname=" in arguments


@pytest.mark.parametrize(
    ("installed", "server", "taken"),
    [([18, 15], 15, 15), ([18, 15], 16, 18), ([18], 15, 18), ([18, 17], 18, 18)],
)
def test_programs_nearest_to_the_server_are_taken(
    installed: list[int], server: int, taken: int
) -> None:
    there = [Programs(Path(f"/usr/lib/{major}"), major) for major in installed]

    assert nearest(there, server).major == taken


def test_a_server_that_is_newer_than_every_pg_dump_is_said_in_one_line() -> None:
    there = [Programs(Path("/usr/bin"), 15), Programs(Path("/wheel"), 18)]

    with pytest.raises(NoProgramError) as caught:
        nearest(there, 19)

    assert (
        caught.value.message
        == "pg_dump here is 18, and PostgreSQL 19 needs 19 or later"
    )
    assert "client programs of PostgreSQL 19" in caught.value.hint


def divided(place: Managed) -> Logins:
    return logins_at(
        place.url,
        WORDS,
        timeouts=USUAL_TIMEOUTS,
        connect_timeout=10,
        is_own_server=True,
    )


@pytest.fixture(scope="module")
def old_place() -> Iterator[Managed]:
    """A database of PostgreSQL 15 that three roles have filled."""
    with server("15") as superuser_url:
        place = managed(superuser_url)
        migrate(ROOT, Plan(place.url, passwords=WORDS))
        execute(
            url_of(place.url, Role.LOADER, WORDS[Role.LOADER]),
            "create table raw_ccfddl.documents as select 'as published' as body",
        )
        execute(
            url_of(place.url, Role.TRANSFORMER, WORDS[Role.TRANSFORMER]),
            "create table marts.dim_sources (source_key text primary key)",
            "insert into marts.dim_sources values ('ccfddl')",
            "create view staging.stg_documents as table raw_ccfddl.documents",
            "create function marts.known() returns bigint language sql"
            " return (select count(*) from marts.dim_sources)",
        )
        execute(
            place.url,
            DECISION,
        )
        yield place


@pytest.fixture(scope="module")
def new_superuser_url() -> Iterator[str]:
    with server("18") as url:
        yield url


def programs_of(major: int) -> list[Programs]:
    found = [programs for programs in installed_programs() if programs.major == major]
    return found or [Programs(OLDEST, major)]


@pytest.mark.parametrize("major", [15, 18])
def test_a_backup_moves_to_a_server_of_a_newer_major_version_with_roles_and_grants(
    old_place: Managed, new_superuser_url: str, tmp_path: Path, major: int
) -> None:
    file = tmp_path / "old.dump"
    back_up(divided(old_place), file, never, installed=programs_of(major))

    # The server knows none of the roles.
    logins = divided(managed(new_superuser_url))
    restore(ROOT, logins, file, never, replaces=False)

    assert_work_goes_on(logins)
    clean(new_superuser_url)


@pytest.mark.parametrize("major", [15, 18])
def test_newer_programs_restore_on_the_oldest_server_as_its_own_do(
    old_place: Managed, tmp_path: Path, major: int
) -> None:
    file = tmp_path / "old.dump"
    programs = programs_of(major)
    logins = divided(old_place.another())
    back_up(divided(old_place), file, never, installed=programs)

    restore(ROOT, logins, file, never, replaces=False, installed=programs)

    assert_work_goes_on(logins)


def assert_work_goes_on(logins: Logins) -> None:
    """Hold that each role may do its work, on what was restored and on what is new."""

    def ask(login: Login, query: str) -> Any:  # noqa: ANN401
        return rows(login.url, query)[0][0]

    assert ask(logins.owner, "select verdict from review.decisions") == "withdrawn"
    assert ask(logins.reader, "select source_key from marts.dim_sources") == "ccfddl"
    assert ask(logins.reader, "select marts.known()") == 1
    assert ask(logins.transformer, "select body from raw_ccfddl.documents") == (
        "as published"
    )
    execute(
        logins.loader.url,
        "alter table raw_ccfddl.documents add column path text",
        "create table raw_ccfddl.visits (path text)",
    )
    execute(
        logins.transformer.url,
        "drop function marts.known",
        "drop table marts.dim_sources",
        "create table marts.dim_series as select 'icse' as series_key",
        "create view staging.stg_visits as table raw_ccfddl.visits",
    )
    assert ask(logins.reader, "select series_key from marts.dim_series") == "icse"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(logins.reader.url, "table raw_ccfddl.documents")
    with pytest.raises(psycopg.errors.RaiseException):
        execute(logins.owner.url, "delete from review.decisions")


def test_a_backup_of_a_newer_major_version_is_refused_in_one_line(
    old_place: Managed, backup_file: Path
) -> None:
    place = old_place.another()

    with pytest.raises(RestoreError) as caught:
        restore(ROOT, divided(place), backup_file, never, replaces=True)

    assert caught.value.message == (
        f"{backup_file} is of PostgreSQL 18, and the server is PostgreSQL 15"
    )
    assert schemas(place.url) == {"public"}
