"""``confradar decide``: what is recorded, refused, and made of it by the marts."""

import json
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from confradar.cli import app
from confradar.decisions import parse_due
from confradar.errors import CalledWronglyError
from confradar.migrating import (
    MIGRATIONS,
    Plan,
    applied_version,
    migrate,
    newest_version,
)
from tests.conftest import ROOT, SampleRun, Site, Sites


@pytest.fixture(scope="module")
def site(sample: SampleRun, sites: Sites) -> Site:
    return sites.copy(sample.site)


@pytest.fixture(scope="module")
def slot(site: Site) -> tuple[str, str, int]:
    """Return conference, kind and round of a deadline on which two sources speak."""
    rows = site.rows(
        """
        select conference_key, kind, round from marts.fct_deadlines
        where track = 'main' and status = 'announced' and claim_count > 1
        order by deadline_key limit 1
        """
    )
    conference, kind, number = rows[0]
    return conference, kind, number


@pytest.mark.parametrize(
    ("text", "local", "precision"),
    [
        ("2026-05-03", datetime(2026, 5, 3, 23, 59, 59), "day"),  # noqa: DTZ001
        ("2026-05-03 17:00", datetime(2026, 5, 3, 17), "minute"),  # noqa: DTZ001
        ("2026-05-03T17:00:01", datetime(2026, 5, 3, 17, 0, 1), "second"),  # noqa: DTZ001
    ],
)
def test_a_date_alone_is_due_when_the_day_ends(
    text: str, local: datetime, precision: str
) -> None:
    wall = parse_due(text)

    assert (wall.local, wall.precision) == (local, precision)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "2026-05-03 25:00", "3 May"]
)
def test_what_is_no_wall_time_is_refused(text: str) -> None:
    with pytest.raises(CalledWronglyError, match="is no date"):
        parse_due(text)


def test_the_newest_migration_is_the_head_that_alembic_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == newest_version(
        ROOT
    )


def test_names_of_migrations_begin_with_their_revision() -> None:
    for path in (ROOT / MIGRATIONS / "versions").glob("*.py"):
        revision = path.name.partition("_")[0]
        assert f'revision = "{revision}"' in Path(path).read_text("utf-8")


@pytest.mark.postgres
def test_migrating_twice_changes_nothing_and_rows_are_kept(sites: Sites) -> None:
    empty = sites.make(is_migrated=False)

    assert applied_version(empty.url) is None
    assert migrate(ROOT, Plan(empty.url))
    assert not migrate(ROOT, Plan(empty.url))
    empty.execute(
        """
        insert into review.decisions (
            conference_key, track, kind, round, verdict, reason, decided_by, decided_at
        )
        values ('icx-2026', 'main', 'submission', 1, 'withdrawn', 'x', 'Ada', now())
        """
    )
    with pytest.raises(psycopg.errors.RaiseException, match="revoke instead"):
        empty.execute("delete from review.decisions")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["nosuch-2026", "submission", "--withdrawn", "--because", "x"],
            "no conference",
        ),
        (["CONF", "paper", "--withdrawn", "--because", "x"], "not one of"),
        (["CONF", "KIND", "--withdrawn"], "--because is missing"),
        (["CONF", "KIND", "--withdrawn", "--because", "  "], "--because is missing"),
        (["CONF", "KIND", "--because", "x"], "one of --due"),
        (["CONF", "KIND", "--due", "2026-05-03", "--because", "x"], "needs --timezone"),
        (
            [
                "CONF",
                "KIND",
                "--due",
                "2026-05-03",
                "--timezone",
                "X",
                "--because",
                "x",
            ],
            "no single zone",
        ),
        (["CONF", "KIND", "--source", "nobody", "--because", "x"], "says nothing"),
        (["CONF", "KIND", "--round", "9", "--withdrawn", "--because", "x"], "nobody"),
        (["--list", "--revoke", "1"], "or --list, or --revoke"),
        (["--revoke", "999", "--because", "x"], "no decision 999"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    site: Site,
    slot: tuple[str, str, int],
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conference, kind, _ = slot
    words = [{"CONF": conference, "KIND": kind}.get(word, word) for word in arguments]
    for name, value in site.environment().items():
        monkeypatch.setenv(name, value)

    result = CliRunner().invoke(app, ["decide", *words])

    assert result.exit_code in {1, 2}
    assert message in result.stderr
    assert sum("error:" in line for line in result.stderr.splitlines()) == 1


@pytest.mark.postgres
def test_the_later_decision_stands_until_it_is_revoked(
    site: Site, slot: tuple[str, str, int]
) -> None:
    conference, kind, number = slot
    key = f"{conference}/main/{kind}/{number}"
    about = [conference, kind, "--round", str(number), "--by", "Ada"]

    def decided() -> tuple[object, ...]:
        built = site.confradar("dbt", "run", "--select", "int_decisions_resolved+")
        assert built.returncode == 0, built.stdout
        return site.rows(
            f"""
            select
                source_key, status, due_at at time zone 'UTC', evidence, decided_by,
                confidence
            from marts.fct_deadlines where deadline_key = '{key}'
            """  # noqa: S608
        )[0]

    before = site.rows(
        f"select source_key from marts.fct_deadlines where deadline_key = '{key}'"  # noqa: S608
    )[0][0]
    first = site.confradar(
        *("decide", *about, "--due", "2030-05-03 23:59", "--timezone", "AoE"),
        *("--because", "The chairs wrote so."),
    )
    second = site.confradar("decide", *about, "--withdrawn", "--because", "It is off.")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr

    assert decided()[:2] == ("decisions", "withdrawn")

    listed = json.loads(site.confradar("decide", "--list", "--json").stdout)
    assert [row["is_in_force"] for row in listed] == [True, False]
    latest, earlier = (str(row["decision_id"]) for row in listed)
    done = site.confradar("decide", "--revoke", latest, "--because", "A mistake.")
    assert done.returncode == 0, done.stderr
    assert (
        "was revoked on"
        in site.confradar("decide", "--revoke", latest, "--because", "Again.").stderr
    )

    source, status, due_at, evidence, by, confidence = decided()
    assert (source, status, evidence, by) == (
        "decisions", "announced", "The chairs wrote so.", "Ada",
    )  # fmt: skip
    assert due_at == datetime(2030, 5, 4, 11, 59)  # noqa: DTZ001
    assert confidence == 1

    site.confradar("decide", "--revoke", earlier, "--because", "The page says it now.")
    assert decided()[0] == before
