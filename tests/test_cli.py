"""The command line: exit codes, one-line errors, what help costs."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from confradar.cli import app
from confradar.cli.show import claim_lines
from confradar.cli.sources import health
from confradar.warehouse import Claim, SourceFacts
from confradar.wording import due_in_words, what_in_words, zone_in_words

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 20, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("_own_settings")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_help_names_every_command() -> None:
    result = call("--help")

    assert result.exit_code == 0
    listed = {line.split()[0] for line in result.stdout.splitlines() if line.strip()}
    assert listed >= {
        *("run", "ingest", "sources", "build", "dbt"),
        *("deadlines", "changes", "conflicts", "show", "doctor", "db", "dashboards"),
    }


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_help_tells_how_a_list_that_shrank_is_accepted(command: str) -> None:
    assert "--accept-shrink" in call(command, "--help").stdout


def test_help_imports_neither_dlt_nor_dbt_nor_a_database_driver() -> None:
    heavy = {"dlt", "dbt", "psycopg", "sqlalchemy", "rich.table"}
    script = f"""
import sys
from confradar.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
sys.exit(" ".join(sorted({heavy!r} & set(sys.modules))) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_without_a_command_help_is_shown_and_the_call_is_wrong() -> None:
    result = call()

    assert result.exit_code == 2
    assert "Commands:" in result.stderr


def test_an_unknown_command_is_wrong_and_told_in_one_line() -> None:
    result = call("frobnicate")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: No such command 'frobnicate'.",
        "hint: confradar --help",
    ]


def test_an_unknown_option_points_to_the_help_of_its_command() -> None:
    result = call("run", "--fast")

    assert result.exit_code == 2
    assert "--fast" in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1].endswith("run --help")


def test_a_group_without_a_command_shows_its_own_help() -> None:
    result = call("db")

    assert result.exit_code == 2
    assert "reset" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--as-of", "soon"), "--as-of 'soon' is no ISO date or timestamp"),
        (("run", "--sample", "--from", "x"), "--sample brings its own files"),
        (("run", "--sample", "--as-of", "2026-01-01"), "and its own time"),
        (("deadlines", "--within", "long"), "--within 'long': a span is"),
        (("deadlines", "--timezone", "Nowhere"), "no time zone is called 'Nowhere'"),
        (("deadlines", "--kind", "poster"), "'poster'"),
        (("deadlines", "--limit", "0"), "'--limit'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(
    arguments: tuple[str, ...], said: str
) -> None:
    result = call(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr.splitlines()[0]


def test_a_setting_that_makes_no_sense_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:secret@db/x")

    result = call("deadlines")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: DATABASE_URL needs")
    assert "hint: " in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize("command", ["run", "ingest", "build", "sources", "doctor"])
def test_a_wrong_setting_is_told_before_any_work_whatever_is_called(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CONFRADAR_LOG_FORMAT", "xml")

    result = call(command)

    assert "CONFRADAR_LOG_FORMAT is 'xml', not text or json" in result.output
    assert result.exit_code == (1 if command == "doctor" else 2)
    assert "Traceback" not in result.output


def test_a_database_that_is_not_there_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")

    result = call("deadlines")

    assert result.exit_code == 1
    assert result.stderr.startswith("error: the database does not answer: ")
    assert len(result.stderr.splitlines()) == 2
    assert "secret" not in result.stderr


def test_debug_shows_where_an_error_came_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")

    result = call("--debug", "deadlines")

    assert result.exit_code == 1
    assert "Traceback (most recent call last):" in result.stderr
    assert "secret" not in result.stderr


def test_an_unknown_source_is_told_with_those_that_are_alike(tmp_path: Path) -> None:
    result = call("ingest", "ccfdl", "--from", str(tmp_path))

    assert result.exit_code == 1
    assert "did you mean ccfddl?" in result.stderr


def test_ctrl_c_ends_a_command_in_one_line() -> None:
    # A gate that runs in the background ignores SIGINT, and its children inherit that.
    script = """
import signal
import time
from confradar.cli import app, doctor
signal.signal(signal.SIGINT, signal.default_int_handler)
def wait(network):
    print("waiting", flush=True)
    time.sleep(60)
doctor._checks = wait
app(["doctor"])
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert said == "stopped: what was done so far is kept\n"


def test_a_bare_day_is_shown_without_an_hour() -> None:
    due = datetime(2026, 11, 20, 23, 59, 59)  # noqa: DTZ001 - a wall time

    assert due_in_words(due, "day") == "2026-11-20"
    assert due_in_words(due, "month") == "2026-11"
    assert due_in_words(due, "minute") == "2026-11-20 23:59"


def test_a_zone_that_was_not_stated_is_in_brackets() -> None:
    zone = SimpleNamespace(timezone_text=None, timezone_name="AoE")

    assert zone_in_words(SimpleNamespace(**vars(zone), is_timezone_stated=False)) == (
        "(AoE)"
    )
    assert zone_in_words(SimpleNamespace(**vars(zone), is_timezone_stated=True)) == (
        "AoE"
    )


def test_the_usual_track_and_round_go_without_saying() -> None:
    assert what_in_words("camera_ready", "main", "1") == "camera ready"
    assert what_in_words("submission", "demo", "2", True) == (
        "submission, demo, round 2 !"
    )


@pytest.mark.parametrize(
    ("visited", "succeeded", "documents", "word"),
    [
        (None, None, 0, "never"),
        (NOW, NOW, 3, "ok"),
        (NOW, NOW, 0, "empty"),
        (NOW, NOW - timedelta(days=1), 3, "failing"),
        (NOW, None, 0, "failing"),
        (NOW - timedelta(days=20), NOW - timedelta(days=20), 3, "stale"),
    ],
)
def test_health_follows_from_the_last_visits(
    visited: datetime | None, succeeded: datetime | None, documents: int, word: str
) -> None:
    facts = SourceFacts("a-list", visited, succeeded, None, documents, 0, 0, 1, 1)

    assert health(facts, NOW) == word


def test_a_source_of_pages_fails_when_all_of_them_fail() -> None:
    yesterday = NOW - timedelta(days=1)

    def facts(failing: int) -> SourceFacts:
        return SourceFacts("pages", NOW, yesterday, None, 9, 0, 0, 5, failing)

    assert health(facts(4), NOW) == "ok"
    assert health(facts(5), NOW) == "failing"


CLAIM = Claim(
    claim_key="a",
    deadline_key="icx-2027/main/submission/1",
    source_key="conference_pages",
    authority="official",
    source_url="https://icx.example/important-dates",
    track="main",
    round="1",
    kind="submission",
    label_text="Papers",
    due_text="January 11",
    timezone_text="AoE",
    timezone_name="AoE",
    is_timezone_stated=True,
    due_precision="day",
    due_local=datetime(2027, 1, 11, 23, 59, 59),  # noqa: DTZ001 - a wall time
    due_at=datetime(2027, 1, 12, 11, 59, 59, tzinfo=UTC),
    evidence="Papers are due\n on January 11 (AoE)",
    evidence_start=40,
    evidence_end=75,
    seen_from=datetime(2026, 11, 20, tzinfo=UTC),
    is_winner=True,
    is_superseded=False,
    rank_reason="winner",
)


def test_claims_about_one_deadline_stand_side_by_side_with_their_evidence() -> None:
    listed = replace(
        CLAIM,
        source_key="a-list",
        source_url=f"https://lists.example/{'long/' * 20}icx.yml",
        due_precision="minute",
        is_timezone_stated=False,
        timezone_text=None,
        evidence="deadline: 2027-01-11 23:59",
        evidence_start=None,
        is_winner=False,
        rank_reason="source of lower authority",
    )

    assert list(claim_lines([CLAIM, listed], 80)) == [
        "submission",
        "* conference_pages  2027-01-11        AoE",
        "    “Papers are due on January 11 (AoE)”",
        "    https://icx.example/important-dates",
        "    since 2026-11-20",
        "  a-list            2027-01-11 23:59  (AoE)",
        "    deadline: 2027-01-11 23:59",
        f"    {listed.source_url}",
        "    since 2026-11-20, source of lower authority",
    ]


def test_a_long_passage_is_cut_and_a_claim_without_a_date_is_shown_as_written() -> None:
    vague = replace(
        CLAIM,
        due_text="will be announced in the course of the next year",
        due_local=None,
        evidence="word " * 100,
    )

    lines = list(claim_lines([vague], 80))

    assert lines[1] == "* conference_pages  will be announced in…"
    passage = lines[2:-2]
    assert len(passage) == 3
    assert passage[-1].endswith("…")
    assert max(map(len, passage)) <= 80
