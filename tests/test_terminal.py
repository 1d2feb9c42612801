"""The terminal: colours where there is one, filters, zones, --watch, completion."""

import fcntl
import io
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from confradar.cli import app, completion
from confradar.cli.deadlines import deadline_view
from confradar.cli.marks import cell, first_date, urgency, what_cell
from confradar.cli.options import Zone, selection_option
from confradar.cli.show import claim_lines, decision_lines
from confradar.kinds import Kind
from confradar.warehouse import Claim, Deadline, UpcomingDeadline
from confradar.wording import zone_in_little
from tests.conftest import ROOT, SampleRun, Site

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 11, 59, tzinfo=UTC)
WALL = datetime(2026, 11, 21, 23, 59)  # noqa: DTZ001 - a wall time
ESCAPE = "\x1b[2J\x1b]0;owned\x07\u202eICX"

postgres = pytest.mark.postgres


def row(**changed: Any) -> UpcomingDeadline:  # noqa: ANN401
    usual: dict[str, Any] = dict.fromkeys(UpcomingDeadline.__slots__)
    usual |= {
        "deadline_key": "icx-2026/main/submission/1",
        "series_key": "icx",
        "source_key": "a-list",
        "acronym": "ICX",
        "year": 2026,
        "kind": "submission",
        "due_at": DUE,
        "due_local": WALL,
        "due_precision": "minute",
        "timezone_text": "AoE",
        "is_timezone_stated": True,
    }
    return UpcomingDeadline(**{**usual, **changed})


def drawn(
    rows: list[UpcomingDeadline],
    width: int = 80,
    *,
    zone: Zone | None = None,
    is_terminal: bool = False,
) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else None,
        markup=False,
        highlight=False,
    )
    for line in deadline_view(rows, NOW, zone, width=width):
        console.print(line)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("left", "style"),
    [
        (timedelta(days=2, hours=23), "bold red"),
        (timedelta(days=3), "yellow"),
        (timedelta(days=13, hours=23), "yellow"),
        (timedelta(days=14), ""),
        (timedelta(0), "dim"),
    ],
)
def test_what_is_near_is_red_then_yellow(left: timedelta, style: str) -> None:
    assert urgency(NOW + left, NOW) == style


def test_colours_say_nothing_that_words_do_not() -> None:
    rows = [
        row(
            extension_count=1,
            original_due_at=DUE - timedelta(days=7),
            has_conflict=True,
        )
    ]
    plain, coloured = drawn(rows), drawn(rows, is_terminal=True)

    assert "submission, was 2026-11-14 !" in plain
    assert "was: the date that was said first" in plain
    assert "\x1b" not in plain
    assert "\x1b[1;31m2026-11-21 23:59" in coloured
    assert "\x1b[36m, was 2026-11-14" in coloured


def test_a_move_within_a_day_is_told_by_its_hour() -> None:
    assert first_date(DUE, WALL, DUE - timedelta(hours=3)) == "20:59"
    assert first_date(DUE, WALL, DUE) is None
    assert first_date(DUE, WALL, None) is None


def test_no_text_of_a_source_commands_the_terminal() -> None:
    shown = drawn([row(acronym=ESCAPE)], 140)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "ICX" in shown
    assert "\x1b" not in cell(ESCAPE).plain
    assert "\x1b" not in what_cell(ESCAPE).plain


def test_evidence_commands_no_terminal_either() -> None:
    usual: dict[str, Any] = dict.fromkeys(Claim.__slots__)
    usual |= {"source_key": "a-list", "kind": "submission", "seen_from": NOW}
    claim = Claim(
        **{
            **usual,
            "due_text": ESCAPE,
            "evidence": ESCAPE,
            "source_url": f"https://x.example/{ESCAPE}",
        }
    )

    assert "\x1b" not in "".join(claim_lines([claim], 80))


def test_a_zone_takes_the_place_of_the_written_one_where_there_is_little_room() -> None:
    zone = Zone(UTC)

    assert drawn([row()], 80, zone=zone).splitlines()[1].split() == [
        *("UTC", "left", "conference", "deadline"),
    ]
    assert drawn([row()], 110, zone=zone).splitlines()[1].split()[:3] == [
        *("due", "zone", "UTC"),
    ]
    assert "2026-11-22 11:59" in drawn([row()], 80, zone=zone)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("America/Los_Angeles", "Los_Angeles"),
        ("America/Argentina/Ushuaia", "Ushuaia"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("AoE", "AoE"),
    ],
)
def test_of_a_long_zone_the_city_is_shown_where_its_sign_is_not_turned(
    name: str, shown: str
) -> None:
    zone = SimpleNamespace(timezone_text=name, timezone_name=name)

    stated = SimpleNamespace(**vars(zone), is_timezone_stated=True)
    unstated = SimpleNamespace(**vars(zone), is_timezone_stated=False)
    assert zone_in_little(stated) == shown
    assert zone_in_little(unstated) == f"({shown})"


def test_a_decision_is_told_with_who_when_and_why() -> None:
    usual: dict[str, Any] = dict.fromkeys(Deadline.__slots__)
    decided = Deadline(
        **{
            **usual,
            "kind": "submission",
            "decision_id": 3,
            "decided_by": "ada",
            "decided_at": NOW,
            "decision_reason": "the chair\nsaid so " + "twice " * 20,
        }
    )

    first, *reason = decision_lines(decided, 80)

    assert first == "submission: decision 3, by ada on 2026-11-20"
    assert " ".join(reason).split()[:4] == ["the", "chair", "said", "so"]
    assert max(map(len, reason)) <= 80


def test_options_are_a_selection_whatever_their_case() -> None:
    wanted = selection_option(
        areas=["Security"], kinds=[Kind.ABSTRACT], search=["Big DATA", "x"]
    )

    assert wanted.areas == {"security"}
    assert wanted.kinds == {"abstract"}
    assert wanted.words == ("big", "data", "x")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--watch",), "--watch draws on a terminal"),
        (("--watch", "--json"), "--watch draws a table"),
        (("5",), "5 is understood after --watch alone"),
        (("--watch", "0"), "greater than or equal to 1"),
        (("--search", "x" * 500), "--search is longer than 400"),
        (("--kind", "abstract", "--kind", "poster"), "'poster'"),
    ],
)
@pytest.mark.usefixtures("_own_settings")
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(app, ["deadlines", *arguments])

    assert result.exit_code == 2
    assert said in result.stderr.splitlines()[0]


@pytest.mark.usefixtures("_own_settings")
def test_a_zone_of_the_settings_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFRADAR_TIMEZONE", "Nowhere")

    result = CliRunner().invoke(app, ["deadlines"])

    assert result.exit_code == 2
    assert "CONFRADAR_TIMEZONE no time zone is called 'Nowhere'" in result.stderr


@pytest.mark.usefixtures("_own_settings")
def test_completion_starts_no_server_and_is_silent_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()

    assert completion.areas("s") == []
    assert not (tmp_path / "home" / "postgres").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")
    assert completion.conferences("s") == []
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    assert completion.ranks("s") == []

    assert capfd.readouterr() == ("", "")
    assert time.monotonic() - began < 5


@pytest.fixture
def site(sample: SampleRun, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in sample.site.environment().items():
        monkeypatch.setenv(name, value)
    return sample.site


Ask = Callable[..., Result]


@pytest.fixture
def ask(site: Site) -> Ask:
    del site
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def found(result: Result, name: str = "deadlines") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(result.stdout)[name]
    return rows


@postgres
def test_filters_of_one_kind_widen_and_others_narrow(ask: Ask) -> None:
    both = found(ask("deadlines", "--json", "--kind", "abstract", "--kind", "proposal"))
    osdi = found(
        ask("deadlines", "--json", "--series", "osdi", "--search", "operating systems")
    )
    moved = found(ask("deadlines", "--json", "--changed"))
    contested = found(ask("deadlines", "--json", "--conflict"))

    assert {one["kind"] for one in both} == {"abstract", "proposal"}
    assert {one["series_key"] for one in osdi} == {"osdi"}
    assert all(one["extension_count"] for one in moved)
    assert moved
    assert all(one["has_conflict"] for one in contested)
    assert contested


@postgres
def test_a_limit_is_of_what_was_asked_for(ask: Ask) -> None:
    result = ask("deadlines", "--kind", "abstract", "--limit", "2")

    assert (
        len(found(ask("deadlines", "--json", "--search", "vldb", "--limit", "1"))) == 1
    )
    assert result.stderr == "more follow: --limit shows them (now 2)\n"


@postgres
def test_the_zone_of_the_settings_counts_where_none_is_asked_for(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFRADAR_TIMEZONE", "Asia/Tokyo")

    usual = ask("deadlines", "--limit", "1").stdout
    asked = ask("deadlines", "--limit", "1", "--timezone", "utc").stdout
    shown = ask("show", "osdi-2027").stdout

    assert "2026-11-21 20:59" in usual
    assert "2026-11-21 11:59" in asked
    assert "Asia/Tokyo" in shown


@postgres
@pytest.mark.parametrize("width", ["80", "140"])
@pytest.mark.parametrize(
    "command", ["deadlines", "changes", "conflicts", "deadlines --timezone aoe"]
)
def test_tables_fit_the_terminal(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, width: str, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)

    lines = ask(*command.split()).stdout.splitlines()

    assert max(map(len, lines)) <= int(width)


@postgres
def test_completion_offers_what_the_marts_know(site: Site) -> None:
    del site

    assert completion.areas("SEC") == ["security"]
    assert "CORE A*" in completion.ranks("core")
    assert completion.series("osd") == ["osdi"]
    assert completion.conferences("osdi-") == ["osdi-2027"]


def on_a_terminal(
    site: Site, arguments: list[str], until: bytes, **extra: str
) -> tuple[int, bytes]:
    """Run the command on a terminal; press Ctrl-C when it has said something."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    variables = {**site.environment(), "TERM": "xterm-256color", **extra}
    variables.pop("COLUMNS")
    process = subprocess.Popen(
        [sys.executable, "-m", "confradar", *arguments],
        cwd=ROOT,
        env=variables,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        # A gate that runs in the background ignores SIGINT, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(follower)
    said = b""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        if not select.select([leader], [], [], 0.5)[0]:
            continue
        try:
            more = os.read(leader, 65_536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        said += more
        if until and until in said:
            until = b""
            process.send_signal(signal.SIGINT)
    os.close(leader)
    return process.wait(timeout=10), said


@postgres
def test_a_terminal_has_colours_unless_no_color_is_set(sample: SampleRun) -> None:
    arguments = ["deadlines", "--limit", "3"]
    _, coloured = on_a_terminal(sample.site, arguments, b"")
    _, plain = on_a_terminal(sample.site, arguments, b"", NO_COLOR="1")

    assert b"\x1b[1;31m2026-11-20 23:59" in coloured
    assert b"\x1b[33m" in coloured
    assert b"31m" not in plain
    assert b"33m" not in plain


@postgres
def test_watch_draws_again_and_ctrl_c_leaves_the_terminal_as_it_was(
    sample: SampleRun,
) -> None:
    code, said = on_a_terminal(
        sample.site, ["deadlines", "--watch", "1"], b"Ctrl-C ends it"
    )

    assert code == 130
    assert said.index(b"\x1b[?1049h") < said.index(b"CVPR 2027")
    assert b"\x1b[?1049l" in said
    assert said.rstrip().endswith(b"stopped: what was done so far is kept")
