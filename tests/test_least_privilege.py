"""The sample, loaded, built and read by three roles on a server of PostgreSQL 15."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from confradar.access import BUILT_SCHEMAS, RAW_SCHEMAS
from confradar.database import one_login
from confradar.database.logins import url_of
from confradar.landing import Expectation
from confradar.migrating import (
    applied_version,
    ensure_migrated,
    newest_version,
)
from confradar.roles import Role
from ingestion.registry import load_registry
from tests.conftest import ROOT, SampleRun, Site, Sites
from tests.parsed import hand_on
from tests.servers import managed, server

pytestmark = pytest.mark.postgres

# As operators make them: with what neither a URL nor SQL may hold as it is.
WORDS = {role: f"{role.name}'s %41/@:{{{{word}}}}" for role in Role}
PASSWORDS = {f"CONFRADAR_{role.name}_PASSWORD": word for role, word in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Divided:
    """The site, and what the first run of the sample said there."""

    site: Site
    unprepared: subprocess.CompletedProcess[str]
    migrated: subprocess.CompletedProcess[str]
    first: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def divided(
    sample: SampleRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Divided]:
    with server("15") as superuser_url:
        place = managed(superuser_url)
        site = Site(tmp_path_factory.mktemp("divided"), place.url)
        transformer = url_of(place.url, Role.TRANSFORMER, WORDS[Role.TRANSFORMER])
        hand_on(
            sample.site.home, sample.site.url, to_home=site.home, to_url=transformer
        )
        unprepared = site.confradar("run", "--sample")
        migrated = site.confradar("db", "migrate", extra=PASSWORDS)
        first = site.confradar(
            *("run", "--sample", "--json"),
            extra={**PASSWORDS, "CONFRADAR_LANDING_CHECKS": "true"},
        )
        yield Divided(site, unprepared, migrated, first)


def test_a_run_on_a_server_that_is_not_prepared_says_what_to_run(
    divided: Divided,
) -> None:
    done = divided.unprepared

    assert (done.returncode, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error == "error: the database is not prepared for ConfRadar"
    assert "confradar db migrate" in hint


def test_one_command_prepares_it(divided: Divided) -> None:
    done = divided.migrated

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"the database is brought to version {newest_version(ROOT)}\n"
    )


def test_the_marts_of_three_roles_are_those_of_a_superuser(
    divided: Divided, sample: SampleRun
) -> None:
    assert divided.first.returncode == 0, divided.first.stderr + divided.first.stdout

    assert divided.site.checksums() == sample.site.checksums()


def test_what_the_loader_loaded_is_judged_as_the_loader(divided: Divided) -> None:
    found = divided.site.rows(
        "select count(distinct source_key), count(distinct expectation)"
        " from confradar.landing_checks"
    )

    assert found == [(len(load_registry().sources), len(Expectation))]


def test_each_relation_belongs_to_the_role_whose_work_it_is(divided: Divided) -> None:
    found = divided.site.rows(
        """
        select distinct nspname, relowner::regrole::text
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where
            relkind in ('r', 'v')
            and nspname not like 'pg\\_%'
            and nspname <> 'information_schema'
        """
    )
    owner = divided.site.rows("select current_user")[0][0]

    owners: dict[str, set[str]] = {}
    for schema, role in found:
        owners.setdefault(schema, set()).add(role)
    assert owners == {
        **{schema: {Role.LOADER} for schema in RAW_SCHEMAS},
        # Nothing is left in marts_next of a run that published.
        **{
            schema: {Role.TRANSFORMER}
            for schema in BUILT_SCHEMAS
            if schema != "marts_next"
        },
        "review": {owner},
        "confradar": {owner},
    }


def test_the_reader_may_read_every_mart_and_hardly_anything_else(
    divided: Divided,
) -> None:
    """Of all relations in the database, whoever made them."""
    readable = divided.site.rows(
        """
        select distinct
            case when nspname = 'marts' then 'marts' else oid::regclass::text end
        from (select pg_class.oid, nspname from pg_class
            inner join pg_namespace on relnamespace = pg_namespace.oid
            where
                relkind in ('r', 'v', 'm', 'S')
                and nspname not like 'pg\\_%'
                and nspname <> 'information_schema'
        ) as relations
        where
            has_schema_privilege('confradar_reader', nspname, 'usage')
            and has_table_privilege('confradar_reader', oid, 'select')
        """
    )
    hidden = divided.site.rows(
        """
        select relname from pg_class
        where
            relnamespace = 'marts'::regnamespace
            and relkind in ('r', 'v')
            and not has_table_privilege('confradar_reader', oid, 'select')
        """
    )
    writable = divided.site.rows(
        """
        select oid::regclass::text from pg_class
        where
            relkind in ('r', 'v', 'm')
            and has_table_privilege(
                'confradar_reader', oid, 'insert, update, delete, truncate'
            )
            and not relnamespace::regnamespace::text = 'pg_catalog'
        """
    )

    assert sorted(readable) == [
        ("confradar.build_state",),
        ("confradar.check_results",),
        ("confradar.landing_checks",),
        ("confradar.landing_holds",),
        ("marts",),
    ]
    assert hidden == []
    assert writable == []


def test_a_repeat_by_the_same_roles_changes_nothing(divided: Divided) -> None:
    again = divided.site.confradar("run", "--sample", "--json", extra=PASSWORDS)

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["build"]["outcome"] == "unchanged"


def test_a_run_needs_no_credentials_of_who_migrates(divided: Divided) -> None:
    url = url_of(divided.site.url, Role.TRANSFORMER, WORDS[Role.TRANSFORMER])
    others = {
        name: word for name, word in PASSWORDS.items() if "TRANSFORMER" not in name
    }

    done = Site(divided.site.home, url).confradar("run", "--sample", extra=others)

    assert done.returncode == 0, done.stderr
    assert "Nothing changed" in done.stdout


def test_a_reader_needs_no_credentials_but_its_own(
    divided: Divided, sample: SampleRun
) -> None:
    url = url_of(divided.site.url, Role.READER, WORDS[Role.READER])
    reader = Site(divided.site.home, url)
    commands = (
        ("deadlines", "--json"),
        ("deadlines", "--as-of", "2026-11-19", "--json"),
        ("changes", "--json"),
        ("conflicts", "--json"),
        ("show", "PyCon US 2027"),
    )

    for command in commands:
        found, expected = (one.confradar(*command) for one in (reader, sample.site))
        assert found.returncode == 0, (command, found.stderr)
        assert found.stdout == expected.stdout, command
    # Of what the landing door judged, the sample that is shared knows nothing.
    sources = reader.confradar("sources", "--json")
    assert sources.returncode == 0, sources.stderr
    judged = {one["key"]: one["landing"] for one in json.loads(sources.stdout)}
    assert judged["ccfddl"]


def test_who_tells_subscribers_needs_the_reader_and_the_notifier_alone(
    divided: Divided, tmp_path: Path
) -> None:
    (tmp_path / "subscriptions.yml").write_text(
        "channels: {diary: {kind: file, path: notices.txt}}\n"
        "subscriptions: {all: {channels: diary, due: 14}}\n"
    )
    notifier = Site(
        divided.site.home, url_of(divided.site.url, Role.NOTIFIER, WORDS[Role.NOTIFIER])
    )
    words = {"CONFRADAR_READER_PASSWORD": WORDS[Role.READER]}
    command = ("notify", "--file", str(tmp_path / "subscriptions.yml"))

    told = notifier.confradar(*command, extra=words)
    again = notifier.confradar(*command, extra=words)
    alone = notifier.confradar(*command)

    assert told.returncode == 0, told.stderr
    assert "all, diary: told" in told.stdout
    assert again.stdout == "Nothing new to tell.\n"
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "permission denied" in alone.stderr


def test_the_reader_may_not_load_build_or_decide(divided: Divided) -> None:
    reader = Site(
        divided.site.home, url_of(divided.site.url, Role.READER, WORDS[Role.READER])
    )
    for command in (
        ("run", "--sample"),
        ("ingest", "ccfddl", "--from", str(ROOT / "ingestion" / "sample")),
        ("build",),
        ("decide", "--list"),
        ("db", "migrate"),
    ):
        done = reader.confradar(*command)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert "permission denied" in done.stderr, command
        assert "Traceback" not in done.stderr
        assert WORDS[Role.READER] not in done.stderr


def test_a_wrong_password_is_told_in_one_line_with_what_to_do(divided: Divided) -> None:
    wrong = PASSWORDS | {"CONFRADAR_LOADER_PASSWORD": "hush"}

    done = divided.site.confradar("run", "--sample", extra=wrong)

    assert done.returncode == 1
    error, hint = done.stderr.splitlines()
    assert "password authentication failed" in error
    assert "confradar_loader" in error
    assert "confradar db migrate" in hint
    assert "hush" not in done.stderr


def test_doctor_says_which_role_cannot_connect(divided: Divided) -> None:
    healthy = divided.site.confradar("doctor", "--json", extra=PASSWORDS)
    wrong = PASSWORDS | {"CONFRADAR_READER_PASSWORD": "hush"}
    done = divided.site.confradar("doctor", extra=wrong)

    checks = {row["detail"]: row for row in json.loads(healthy.stdout)["checks"]}
    assert healthy.returncode == 0, healthy.stdout
    for role in Role:
        assert checks[f"{role} connects"]["verdict"] == "ok"
    assert done.returncode == 1
    assert "fail  roles     confradar_reader: " in done.stdout
    assert "hush" not in done.stdout + done.stderr


def test_a_password_is_rotated_by_the_same_command(divided: Divided) -> None:
    new = PASSWORDS | {"CONFRADAR_READER_PASSWORD": "new"}
    try:
        assert divided.site.confradar("db", "migrate", extra=new).returncode == 0
        done = divided.site.confradar("deadlines", extra=new)
        old = divided.site.confradar("deadlines", extra=PASSWORDS)
    finally:
        divided.site.confradar("db", "migrate", extra=PASSWORDS)

    assert done.returncode == 0, done.stderr
    assert old.returncode == 1
    assert "password authentication failed" in old.stderr


def test_the_url_of_a_role_is_what_a_tool_takes(divided: Divided) -> None:
    done = divided.site.confradar("db", "url", "--as", "reader", extra=PASSWORDS)
    without = divided.site.confradar("db", "url", "--as", "loader")

    with psycopg.connect(done.stdout.strip()) as session:
        assert session.execute("select current_user").fetchone() == (Role.READER,)
    assert without.returncode == 2
    assert "CONFRADAR_LOADER_PASSWORD" in without.stderr


def test_plain_dbt_builds_as_the_transformer(divided: Divided) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"),
            *("run", "--profiles-dir", "profiles", "--select", "dim_sources"),
        ],
        cwd=ROOT,
        env=divided.site.environment() | PASSWORDS,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    owner, is_readable = divided.site.rows(
        """
        select
            relowner::regrole::text,
            has_table_privilege('confradar_reader', oid, 'select')
        from pg_class where oid = 'marts.dim_sources'::regclass
        """
    )[0]
    assert (owner, is_readable) == (Role.TRANSFORMER, True)


def test_what_was_run_can_be_asked_of_the_database(divided: Divided) -> None:
    report = json.loads(divided.first.stdout)
    first = divided.site.rows(
        """
        select
            command, outcome, source_count, new_document_count, claim_count,
            model_count, test_count, failure_count, error, ended_at > started_at
        from confradar.runs order by started_at limit 1
        """
    )

    assert first == [
        (
            "run",
            "succeeded",
            len(report["sources"]),
            sum(source["new_documents"] for source in report["sources"]),
            sum(source["claims"] for source in report["sources"]),
            report["build"]["models"],
            report["build"]["tests"],
            0,
            None,
            True,
        )
    ]


def test_an_embedded_server_is_prepared_by_what_needs_it(sites: Sites) -> None:
    site = sites.make(is_migrated=False)

    ensure_migrated(ROOT, one_login(site.url))

    assert applied_version(site.url) == newest_version(ROOT)
