"""What moved, who differs, what was known: the commands that read the ledger."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from confradar.cli import app
from confradar.cli.conflicts import conflict_lines
from confradar.cli.options import moment_option
from confradar.errors import CalledWronglyError
from confradar.warehouse import Change, Conflict
from confradar.wording import change_in_words
from tests.conftest import WITHOUT_TESTS, Site, Sites

Ask = Callable[..., Result]

ENTRY = """\
- {{title: {0}, year: {1}, id: {0}{1}, link: "https://{0}.example", deadline: {2!r},
   timezone: AoE, place: Vienna, sub: ML}}
"""
STAYING = [
    (f"STAY{letter}", 2027, f"2027-02-{n:02d} 23:59:59")
    for n, letter in enumerate("ABCDEFGHI", start=1)
]
# What two lists said on three days. In the first one MOVE is extended in time, LATE
# when its date had passed; SOON comes nearer, and OVER is dropped when it was over.
SNAPSHOTS = {
    "2026-09-01": {
        "paperswithcode": [
            ("MOVE", 2027, "2027-01-10 23:59:59"),
            ("LATE", 2027, "2026-09-20 23:59:59"),
            ("SOON", 2027, "2027-01-20 23:59:59"),
            ("OVER", 2026, "2026-08-15 23:59:59"),
        ],
        "some-deadlines": [("MOVE", 2027, "2027-01-10 23:59:59")],
    },
    "2026-10-01": {
        "paperswithcode": [
            ("MOVE", 2027, "2027-01-17 23:59:59"),
            ("LATE", 2027, "2026-10-05 23:59:59"),
            ("SOON", 2027, "2027-01-20 23:59:59"),
        ],
        "some-deadlines": [("MOVE", 2027, "2027-01-10 23:59:59")],
    },
    "2026-11-01": {
        "paperswithcode": [
            ("MOVE", 2027, "2027-01-17 23:59:59"),
            ("LATE", 2027, "2026-10-05 23:59:59"),
            ("SOON", 2027, "2027-01-13 23:59:59"),
        ],
        "some-deadlines": [("MOVE", 2027, "2027-01-10 23:59:59")],
    },
}
PATHS = {
    "paperswithcode": "_data/conferences.yml",
    "some-deadlines": "src/data/conferences.yml",
}


@pytest.fixture(scope="module")
def moved(sites: Sites) -> Site:
    """Return a site that saw two lists on three days. Tests leave it as it is."""
    site = sites.make()
    for day, lists in SNAPSHOTS.items():
        folder = site.home / day
        for key, entries in lists.items():
            file = folder / key / PATHS[key]
            file.parent.mkdir(parents=True)
            file.write_text("".join(ENTRY.format(*e) for e in [*entries, *STAYING]))
        command = "run" if day == max(SNAPSHOTS) else "ingest"
        asked = (command, "--from", str(folder), "--as-of", day)
        done = site.confradar(*asked, extra=WITHOUT_TESTS)
        assert done.returncode == 0, done.stderr + done.stdout
    return site


@pytest.fixture
def ask(moved: Site, monkeypatch: pytest.MonkeyPatch, _own_settings: None) -> Ask:
    """Return a way to call commands on that site, in this process."""
    monkeypatch.setenv("DATABASE_URL", moved.url)
    monkeypatch.setenv("CONFRADAR_HOME", str(moved.home))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call


def rows(result: Result, name: str) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)[name]
    return found


def dates(result: Result) -> dict[str, str]:
    return {
        row["conference_key"]: row["due_local"][:10]
        for row in rows(result, "deadlines")
        if not row["acronym"].startswith("STAY")
    }


@pytest.mark.postgres
def test_an_earlier_day_is_answered_with_what_was_known_then(ask: Ask) -> None:
    assert dates(ask("deadlines", "--json", "--as-of", "2026-09-15")) == {
        "late-2027": "2026-09-20",
        "move-2027": "2027-01-10",
        "soon-2027": "2027-01-20",
    }
    assert dates(ask("deadlines", "--json", "--as-of", "2026-10-15")) == {
        "move-2027": "2027-01-17",
        "soon-2027": "2027-01-20",
    }
    assert dates(ask("deadlines", "--json", "--as-of", "2026-08-31")) == {}


@pytest.mark.postgres
def test_a_day_holds_what_was_seen_on_it_and_what_was_due_on_it(ask: Ask) -> None:
    of_the_day = dates(ask("deadlines", "--json", "--as-of", "2026-10-01"))
    just_before = dates(ask("deadlines", "--json", "--as-of", "2026-09-30T23:59:59Z"))
    when_due = dates(ask("deadlines", "--json", "--as-of", "2026-10-06"))

    assert of_the_day["move-2027"] == "2027-01-17"
    assert just_before["move-2027"] == "2027-01-10"
    assert when_due["late-2027"] == "2026-10-05"  # AoE, so on the 6th in UTC


@pytest.mark.postgres
def test_today_is_answered_alike_with_and_without_asking_for_it(ask: Ask) -> None:
    told = rows(ask("deadlines", "--json"), "deadlines")
    asked = rows(ask("deadlines", "--json", "--as-of", "2026-11-01"), "deadlines")

    untold = {"original_due_at", "extension_count", "confidence"}
    assert [
        {name: value for name, value in row.items() if name not in untold}
        for row in told
    ] == [
        {name: value for name, value in row.items() if name not in untold}
        for row in asked
    ]
    assert ask("deadlines", "--as-of", "2026-11-01").stdout.startswith(
        "Next deadlines, as known on 2026-11-01 (UTC)\n"
    )


@pytest.mark.postgres
def test_filters_hold_on_an_earlier_day_too(ask: Ask) -> None:
    arguments = ("deadlines", "--json", "--as-of", "2026-09-15")

    assert rows(ask(*arguments, "--area", "machine learning"), "deadlines")
    assert not rows(ask(*arguments, "--area", "alchemy"), "deadlines")
    assert not rows(ask(*arguments, "--kind", "abstract"), "deadlines")
    assert list(dates(ask(*arguments, "--within", "2w"))) == ["late-2027"]


@pytest.mark.postgres
def test_changes_are_told_with_their_length_and_whether_they_came_late(
    ask: Ask,
) -> None:
    lines = ask("changes", "--since", "60d", "--type", "extended").stdout.splitlines()

    assert lines[0] == "Changes since 2026-09-02 00:00 UTC"
    assert lines[1] == "2026-10-01, paperswithcode"
    assert lines[2].split() == [
        *("LATE", "2027", "extended", "15d,", "late"),
        *("2026-10-05", "23:59", "submission"),
    ]
    assert lines[3].split() == [
        *("MOVE", "2027", "extended", "7d", "2027-01-17", "23:59", "submission"),
    ]
    assert lines[4:] == ["late: seen when the earlier date had passed"]
    assert max(map(len, lines)) <= 80


@pytest.mark.postgres
def test_changes_are_those_of_the_period_that_is_asked_for(ask: Ask) -> None:
    def names(*arguments: str) -> list[str]:
        found = rows(ask("changes", "--json", *arguments), "changes")
        return sorted({row["conference_key"] for row in found})

    assert names() == ["soon-2027"]
    assert names("--since", "2026-10-01") == ["late-2027", "move-2027", "soon-2027"]
    assert names("--since", "2026-10-02") == ["soon-2027"]
    assert names("--since", "2026-09-15", "--until", "2026-10-01") == [
        "late-2027",
        "move-2027",
    ]
    assert names("--since", "2026-09-15", "--until", "31d") == []
    assert names("--since", "60d", "--conference", "move") == ["move-2027"]
    assert names("--since", "60d", "--conference", "MOVE 2027") == ["move-2027"]
    assert names("--since", "60d", "--source", "some-deadlines") == []
    assert names("--since", "60d", "--kind", "abstract") == []


@pytest.mark.postgres
def test_a_list_that_drops_what_is_over_is_told_only_when_asked_for(ask: Ask) -> None:
    def dropped(*arguments: str) -> list[str]:
        period = ("--since", "2026-09-15", "--type", "withdrawn")
        found = rows(ask("changes", "--json", *period, *arguments), "changes")
        return [row["conference_key"] for row in found]

    assert dropped() == []
    assert dropped("--all") == ["over-2026"]
    assert "(2026-08-15 23:59)" in ask("show", "over-2026").stdout


@pytest.mark.postgres
def test_changes_as_csv_have_every_column(ask: Ask) -> None:
    result = ask("changes", "--since", "60d", "--format", "csv")

    (first, *_) = csv.DictReader(io.StringIO(result.stdout))
    assert first["change_type"] == "advanced"
    assert Decimal(first["days_moved"]) == -7
    assert first["seen_at"] == "2026-11-01T00:00:00+00:00"


@pytest.mark.postgres
def test_no_change_is_an_answer_and_no_error(ask: Ask) -> None:
    result = ask("changes", "--since", "1h", "--source", "some-deadlines")

    assert result.exit_code == 0
    assert result.stdout.startswith("No change that was asked for was seen since")


@pytest.mark.postgres
def test_a_source_or_conference_that_is_not_known_is_told_with_those_alike(
    ask: Ask,
) -> None:
    source = ask("changes", "--source", "some-deadline")
    conference = ask("changes", "--conference", "MOVES 2027")

    assert source.exit_code == 2
    assert source.stderr.splitlines() == [
        "error: no source is called 'some-deadline'",
        "hint: did you mean some-deadlines, se-deadlines, sec-deadlines?",
    ]
    assert conference.exit_code == 1
    assert "move-2027" in conference.stderr


@pytest.mark.postgres
def test_conflicts_tell_who_is_believed_and_who_says_what_instead(ask: Ask) -> None:
    lines = ask("conflicts").stdout.splitlines()
    (row,) = rows(ask("conflicts", "--json"), "conflicts")

    assert lines[0] == "Deadlines on which sources differ, as of 2026-11-01 00:00 UTC"
    assert lines[1].split() == [
        *("2027-01-17", "23:59", "7d", "apart", "MOVE", "2027,", "submission"),
    ]
    said = " ".join(line.strip() for line in lines[2:])
    assert said.startswith(
        "says paperswithcode; some-deadlines says 2027-01-10 23:59:59 AoE ("
    )
    assert max(map(len, lines)) <= 80
    assert row["deadline_key"].startswith("move-2027/")
    assert row["days_apart"] == 7
    assert row["areas"]


@pytest.mark.postgres
def test_conflicts_are_filtered_by_how_far_and_what(ask: Ask) -> None:
    def count(*arguments: str) -> int:
        return len(rows(ask("conflicts", "--json", *arguments), "conflicts"))

    assert count("--min-days", "7") == 1
    assert count("--min-days", "8") == 0
    assert count("--kind", "abstract") == 0
    assert count("--area", "Machine Learning") == 1
    assert count("--area", "alchemy") == 0
    assert count("--rank", "A*") == 0
    assert ask("conflicts", "--rank", "A*").stdout.startswith("No conflict that was")


@pytest.mark.postgres
def test_show_tells_the_changes_of_a_conference(ask: Ask) -> None:
    text = ask("show", "LATE", "2027").stdout
    history = text[text.index("What changed, the latest first") :].splitlines()
    document = json.loads(ask("show", "late-2027", "--json").stdout)

    assert history[1].split() == ["seen", "change", "date", "deadline", "source"]
    assert history[2].split() == [
        *("2026-10-01", "extended", "15d,", "late", "2026-10-05", "23:59"),
        *("submission", "paperswithcode"),
    ]
    assert [row["change_type"] for row in document["changes"]] == ["extended"]
    assert document["parts"] == []


def a_change(**values: Any) -> Change:  # noqa: ANN401
    usual: dict[str, Any] = dict.fromkeys(Change.__slots__)
    usual |= {"change_type": "extended", "was_already_past": False}
    return Change(**{**usual, **values})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (a_change(days_moved=Decimal("7.000")), "extended 7d"),
        (
            a_change(days_moved=Decimal("7.042"), was_already_past=True),
            "extended 7d, late",
        ),
        (a_change(days_moved=Decimal("0.500")), "extended 12h"),
        (a_change(days_moved=Decimal("0.001")), "extended 1m"),
        (a_change(change_type="advanced", days_moved=Decimal(-365)), "advanced 365d"),
        (a_change(change_type="announced"), "announced"),
        (a_change(change_type="withdrawn", was_already_past=True), "withdrawn"),
    ],
)
def test_a_change_is_told_in_the_unit_that_matters(change: Change, words: str) -> None:
    assert change_in_words(change) == words


def test_conflicts_of_different_length_stand_in_columns() -> None:
    usual: dict[str, Any] = dict.fromkeys(Conflict.__slots__)
    usual |= {
        "kind": "submission",
        "winning_source_key": "a-list",
        "winning_due_at": datetime(2027, 1, 1, tzinfo=UTC),
        "due_precision": "minute",
    }
    far = {"title": "ICX 2027", "days_apart": Decimal(365), "reason": "fewer agree"}
    near = {"title": "ICY 2027", "days_apart": Decimal("0.125"), "reason": None}

    lines = list(
        conflict_lines(
            [
                Conflict(**{**usual, **far, "dissenting_claims": "b says 2026"}),
                Conflict(**{**usual, **near, "dissenting_claims": "c says noon"}),
            ],
            80,
        )
    )

    assert lines == [
        "2027-01-01 00:00  365d apart  ICX 2027, submission",
        "    says a-list; b says 2026 (fewer agree)",
        "2027-01-01 00:00    3h apart  ICY 2027, submission",
        "    says a-list; c says noon",
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", timedelta(days=7)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T12:00:00+02:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_span_a_day_or_a_timestamp(
    text: str, moment: datetime | timedelta
) -> None:
    assert moment_option(text, "--since") == moment


def test_a_day_that_ends_a_period_is_taken_as_a_whole() -> None:
    assert moment_option("2026-11-20", "--until", of_day=1) == datetime(
        2026, 11, 21, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["soon", "", "2026-13-01", "9999-12-31x", "-1d"])
def test_a_moment_that_is_none_is_refused_with_its_option(text: str) -> None:
    with pytest.raises(CalledWronglyError, match="--since"):
        moment_option(text, "--since")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("changes", "--since", "soon"), "--since 'soon' is no span, ISO date"),
        (("changes", "--type", "moved"), "'moved'"),
        (("changes", "--json", "--format", "csv"), "--json and --format csv"),
        (("conflicts", "--min-days", "-1"), "'--min-days'"),
        (("deadlines", "--as-of", "then"), "--as-of 'then' is no ISO date"),
    ],
)
@pytest.mark.usefixtures("_own_settings")
def test_what_makes_no_sense_is_refused_before_any_work(
    arguments: tuple[str, ...], said: str
) -> None:
    result = CliRunner().invoke(app, list(arguments))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr.splitlines()[0]


@pytest.mark.postgres
def test_a_period_that_ends_before_it_begins_is_called_wrongly(ask: Ask) -> None:
    result = ask("changes", "--since", "2026-10-02", "--until", "2026-10-01")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: --since 2026-10-02 is not before --until")
