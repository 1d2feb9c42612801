"""Lists and pages seen on three days: what the ledger calls a change, and what not.

Every conference here is made up. Each has one trait; the tests say which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confradar.extraction import label_rules_text
from confradar.running import known_zone_labels
from confradar.settings import project_root
from ingestion.loading import reread_pages
from ingestion.readers.pages.records import Page, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.web_pages import READERS
from ingestion.registry import load_registry
from tests.conftest import WITHOUT_TESTS, WITHOUT_UNIT_TESTS, Site, Sites

pytestmark = pytest.mark.postgres

DAYS = ("2026-01-10", "2026-02-10", "2026-03-10")

Round = tuple[str, str | None]
"""A date as written, and what the list calls it."""


def edition(
    title: str, *rounds: Round, zone: str = "AoE", field: str = "deadline"
) -> str:
    """Return a file of ccfddl's shape, with one edition."""
    lines = [
        f"- title: {title}",
        f"  description: Conference on {title.title()} Affairs",
        "  sub: AI",
        "  rank: {ccf: N}",
        f"  dblp: {title.lower()}",
        "  confs:",
        "    - year: 2027",
        f"      id: {title.lower()}27",
        f"      link: https://{title.lower()}.example.org/2027",
        "      timeline:",
    ]
    for date, comment in rounds:
        lines.append(f"        - {field}: '{date}'")
        lines += [f"          comment: {comment}"] if comment else []
    lines += [
        f"      timezone: {zone}",
        "      date: March 1-4, 2027",
        "      place: Oslo, Norway",
    ]
    return "\n".join(lines) + "\n"


def flat(title: str, date: str, abstract: str, zone: str) -> str:
    """Return an edition of the older flat shape of huggingface."""
    return (
        f"- title: {title}\n  year: 2027\n  id: {title.lower()}27\n"
        f"  full_name: Conference on {title.title()} Affairs\n"
        f"  link: https://{title.lower()}.example.org\n"
        f"  deadline: '{date}'\n  abstract_deadline: '{abstract}'\n"
        f"  timezone: {zone}\n  date: March 1-4, 2027\n  tags: [machine-learning]\n"
    )


def several(*dates: tuple[str, str]) -> str:
    """Return an edition of huggingface's shape with submissions of several labels."""
    return (
        "- title: TWINS\n  year: 2027\n  id: twins27\n"
        "  full_name: Conference on Twins Affairs\n"
        "  link: https://twins.example.org\n  deadlines:\n"
        + "".join(
            f"  - type: submission\n    label: {label}\n"
            f"    date: '{day} 23:59:59'\n    timezone: AoE\n"
            for label, day in dates
        )
        + "  date: March 1-4, 2027\n  tags: [machine-learning]\n"
    )


def nested(title: str, date: str, abstract: str, zone: str) -> str:
    """Return the same edition with a list of typed deadlines."""
    return (
        f"- title: {title}\n  year: 2027\n  id: {title.lower()}27\n"
        f"  full_name: Conference on {title.title()} Affairs\n"
        f"  link: https://{title.lower()}.example.org\n  deadlines:\n"
        f"    - type: paper\n      label: Paper submission\n      date: '{date}'\n"
        f"      timezone: {zone}\n"
        f"    - type: abstract\n      label: Abstracts\n      date: '{abstract}'\n"
        f"      timezone: {zone}\n"
        f"  date: March 1-4, 2027\n  tags: [machine-learning]\n"
    )


def secure(*editions: tuple[str, int, str]) -> str:
    """Return a file of sec-deadlines' shape."""
    return "\n".join(
        f"- name: {name}\n  description: Symposium on {name.title()} Matters\n"
        f"  year: {year}\n  link: https://{name.lower()}.example.org/{year}\n"
        f'  deadline: ["{date}"]\n  date: May 3-5\n  place: Bergen, Norway\n'
        f"  tags: [CONF, SEC]\n"
        for name, year, date in editions
    )


def page(date: str) -> str:
    """Return a page of a conference."""
    return (
        "<html><head><title>GLIMMER 2027</title></head><body>"
        "<h1>GLIMMER 2027: Conference on Glimmer Affairs</h1>"
        f"<h2>Important dates</h2><ul><li>Paper submission: {date}</li></ul>"
        "</body></html>"
    )


FILES: dict[str, tuple[str | None, str | None, str | None]] = {
    "ccfddl/conference/AI/stable.yml": (
        edition("STABLE", ("2026-06-01 23:59:59", None)),
    )
    * 3,
    # One file goes to another folder.
    "ccfddl/conference/AI/mover.yml": (
        edition("MOVER", ("2026-06-02 23:59:59", None)),
        None,
        None,
    ),
    "ccfddl/conference/DB/mover/mover.yml": (
        None,
        edition("MOVER", ("2026-06-02 23:59:59", None)),
        edition("MOVER", ("2026-06-02 23:59:59", None)),
    ),
    # A round is inserted before the others, and the order of the others is turned.
    "ccfddl/conference/AI/rounds.yml": (
        edition("ROUNDS", ("2026-06-03 23:59:59", None), ("2026-10-03 23:59:59", None)),
        edition(
            "ROUNDS",
            ("2026-10-03 23:59:59", None),
            ("2026-02-20 23:59:59", None),
            ("2026-06-03 23:59:59", None),
        ),
        edition(
            "ROUNDS",
            ("2026-02-20 23:59:59", None),
            ("2026-06-10 23:59:59", None),
            ("2026-10-10 23:59:59", None),
        ),
    ),
    # A round is inserted in the month in which another moves.
    "ccfddl/conference/AI/insert.yml": (
        edition("INSERT", ("2026-06-04 23:59:59", None)),
        edition("INSERT", ("2026-03-01 23:59:59", None), ("2026-06-11 23:59:59", None)),
        None,
    ),
    "ccfddl/conference/AI/zones.yml": (
        edition("AOEZONE", ("2026-07-01 23:59:59", None), zone="UTC-12")
        + edition("PTZONE", ("2026-07-02 23:59:59", None), zone="UTC-7")
        + edition("PSTZONE", ("2026-07-03 23:59:59", None), zone="PST")
        + edition("REZONED", ("2026-07-04 23:59:59", None), zone="UTC-8"),
        edition("AOEZONE", ("2026-07-01 23:59:59", None), zone="AoE")
        + edition("PTZONE", ("2026-07-02 23:59:59", None), zone="PT")
        + edition("PSTZONE", ("2026-07-03 23:59:59", None), zone="UTC-8")
        + edition("REZONED", ("2026-07-04 23:59:59", None), zone="AoE"),
        None,
    ),
    "ccfddl/conference/AI/labels.yml": (
        edition("LABELS", ("2026-08-01 23:59:59", "first cut")),
        edition("LABELS", ("2026-08-01 23:59:59", "round 1")),
        edition("LABELS", ("2026-08-01", "Research round 1")),
    ),
    # Two entries with one date: where one is replaced, a date has moved.
    "huggingface/src/data/conferences/twins.yml": (
        several(("round 1 paper", "2026-09-20"), ("round 2 paper", "2026-09-20")),
        several(("round 1 paper", "2026-09-13"), ("round 2 paper", "2026-09-20")),
        None,
    ),
    "ccfddl/conference/AI/tbd.yml": (
        edition("LATER", ("TBD", None)) + edition("FORMER", ("2026-08-02 23:59", None)),
        edition("LATER", ("2026-08-03 23:59", None)) + edition("FORMER", ("TBD", None)),
        None,
    ),
    "ccfddl/conference/AI/earlier.yml": (
        edition("EARLIER", ("2026-08-20 23:59:59", None)),
        edition("EARLIER", ("2026-08-13 23:59:59", None)),
        edition("EARLIER", ("2026-08-20 23:59:59", None)),
    ),
    "ccfddl/conference/AI/gone.yml": (
        edition("GONE", ("2026-08-04 23:59:59", None)),
        None,
        edition("GONE", ("2026-08-04 23:59:59", None)),
    ),
    "ccfddl/conference/AI/broken.yml": (
        edition("BROKEN", ("2026-08-05 23:59:59", None)),
        "- title: [BROKEN\n",
        edition("BROKEN", ("2026-08-05 23:59:59", None)),
    ),
    # This one could not be read when the list was first looked at.
    "ccfddl/conference/AI/unread.yml": (
        "- title: [UNREAD\n",
        edition("UNREAD", ("2026-08-06 23:59:59", None)),
        None,
    ),
    # One file with flat fields becomes a file a series with lists.
    "huggingface/src/data/conferences/all.yml": (
        flat("SPLITTER", "2026-09-01 23:59", "2026-08-25 23:59", "UTC-12")
        + flat("DIVIDER", "2026-09-02 23:59", "2026-08-26 23:59", "UTC-12"),
        None,
        None,
    ),
    "huggingface/src/data/conferences/splitter.yml": (
        None,
        nested("SPLITTER", "2026-09-01 23:59:00", "2026-08-25 23:59:00", "AoE"),
        nested("SPLITTER", "2026-09-08 23:59:00", "2026-08-25 23:59:00", "AoE"),
    ),
    "huggingface/src/data/conferences/divider.yml": (
        None,
        nested("DIVIDER", "2026-09-02 23:59:00", "2026-08-26 23:59:00", "AoE"),
        None,
    ),
    # The year of a row is turned in place, as the list does.
    "sec-deadlines/_data/conferences.yml": (
        secure(("VAULT", 2026, "2026-01-05 23:59"), ("KEEP", 2027, "2026-11-01 23:59")),
        secure(("VAULT", 2027, "2027-01-06 23:59"), ("KEEP", 2027, "2026-11-01 23:59")),
        None,
    ),
    "conference_pages/glimmer.html": (
        page("May 4, 2026, 23:59 AoE"),
        page("May 11, 2026, 23:59 AoE"),
        page("May 11, 2026 (23:59, anywhere on earth)"),
    ),
}
"""What each file was on each of the days; None at the end: as on the day before."""

# A file that ends in None although it was dropped on the second day.
DROPPED = {
    "ccfddl/conference/AI/mover.yml",
    "huggingface/src/data/conferences/all.yml",
}


def snapshots(folder: Path) -> list[Path]:
    """Write the files of each day; return its folders."""
    made = []
    for number, day in enumerate(DAYS):
        for path, versions in FILES.items():
            text = versions[number]
            if text is None and number == 2 and path not in DROPPED:
                text = versions[1]
            if text is not None:
                file = folder / day / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        index = folder / day / "conference_pages" / "INDEX.csv"
        index.write_text(
            "file,url\nglimmer.html,https://glimmer.example.org/2027\n",
            encoding="utf-8",
        )
        made.append(folder / day)
    return made


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the ledger, by what a person would tell of it."""

    series: str
    kind: str
    type: str
    day: str
    days_moved: float | None
    was_past: bool


def ingest(site: Site, day: Path) -> None:
    done = site.confradar("ingest", "--from", str(day), "--as-of", day.name)
    assert "conferences" not in done.stderr, done.stderr


def build(site: Site, without: Mapping[str, str]) -> None:
    done = site.confradar("build", extra=without)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return snapshots(tmp_path_factory.mktemp("days"))


@pytest.fixture(scope="module")
def replayed(sites: Sites, days: list[Path]) -> Site:
    """Return a site that saw all days in one go, built and tested once."""
    site = sites.make()
    for day in days:
        ingest(site, day)
    build(site, WITHOUT_UNIT_TESTS)
    return site


@pytest.fixture(scope="module")
def changes(replayed: Site) -> list[Change]:
    return ledger(replayed)


def ledger(site: Site) -> list[Change]:
    rows = site.rows(
        "select series_text, kind, change_type, (seen_at at time zone 'UTC')::date,"
        " days_moved, was_already_past from marts.fct_deadline_changes"
        " order by series_text, seen_at, change_type, old_due_at"
    )
    return [
        Change(series, kind, kind_of_change, str(day), moved and float(moved), past)
        for series, kind, kind_of_change, day, moved, past in rows
    ]


def of(changes: list[Change], series: str) -> list[Change]:
    return [change for change in changes if change.series == series]


def change(series: str, what: str, day: int, moved: float | None = None) -> Change:
    return Change(series, "submission", what, DAYS[day], moved, was_past=False)


@pytest.mark.parametrize(
    "series",
    [
        pytest.param("STABLE", id="that is left alone"),
        pytest.param("MOVER", id="whose file goes to another folder"),
        pytest.param("AOEZONE", id="whose UTC-12 becomes AoE"),
        pytest.param("PTZONE", id="whose UTC-7 becomes PT in summer"),
        pytest.param("PSTZONE", id="whose PST becomes one of its two readings"),
        pytest.param("LABELS", id="whose label and precision are reworded"),
        pytest.param("BROKEN", id="whose file is broken for a while"),
        pytest.param("UNREAD", id="whose file was broken at the first look"),
        pytest.param("DIVIDER", id="whose file is split and fields become a list"),
        pytest.param("KEEP", id="beside one whose year is turned"),
    ],
)
def test_nothing_changed_for_a_conference(changes: list[Change], series: str) -> None:
    assert of(changes, series) == []


def test_one_of_two_entries_with_one_date_can_move(changes: list[Change]) -> None:
    assert of(changes, "TWINS") == [change("TWINS", "advanced", 1, -7)]


def test_an_inserted_round_is_announced_and_shifts_no_other(
    changes: list[Change],
) -> None:
    assert of(changes, "ROUNDS") == [
        change("ROUNDS", "announced", 1),
        change("ROUNDS", "extended", 2, 7),
        change("ROUNDS", "extended", 2, 7),
    ]


def test_records_keep_their_numbers_when_a_round_is_inserted(replayed: Site) -> None:
    names = replayed.rows(
        "select source_record_id, min(due_text), count(*)"
        " from marts.fct_deadline_claims where series_text = 'ROUNDS'"
        " group by source_record_id order by source_record_id"
    )

    assert names == [
        ("rounds:2027:main:submission:1", "2026-06-03 23:59:59", 2),
        ("rounds:2027:main:submission:2", "2026-10-03 23:59:59", 2),
        ("rounds:2027:main:submission:3", "2026-02-20 23:59:59", 1),
    ]


def test_the_nearest_date_is_the_one_that_moved(changes: list[Change]) -> None:
    assert of(changes, "INSERT") == [
        change("INSERT", "announced", 1),
        change("INSERT", "extended", 1, 7),
    ]


def test_a_date_that_moves_there_and_back_is_two_changes(
    changes: list[Change],
) -> None:
    assert of(changes, "EARLIER") == [
        change("EARLIER", "advanced", 1, -7),
        change("EARLIER", "extended", 2, 7),
    ]


def test_another_zone_for_the_same_wall_time_is_rezoned(changes: list[Change]) -> None:
    assert of(changes, "REZONED") == [change("REZONED", "rezoned", 1, 0.167)]


def test_dates_come_after_tbd_and_go(changes: list[Change]) -> None:
    assert of(changes, "LATER") == [change("LATER", "announced", 1)]
    assert of(changes, "FORMER") == [change("FORMER", "cleared", 1)]


def test_what_is_gone_is_withdrawn_and_returns(changes: list[Change]) -> None:
    assert of(changes, "GONE") == [
        change("GONE", "withdrawn", 1),
        change("GONE", "returned", 2, 0),
    ]


def test_a_pruned_edition_was_already_past(changes: list[Change]) -> None:
    gone, new = sorted(of(changes, "VAULT"), key=lambda each: each.type, reverse=True)

    assert (gone.type, gone.was_past) == ("withdrawn", True)
    assert (new.type, new.was_past) == ("announced", False)


def test_a_split_file_still_tells_a_later_extension(changes: list[Change]) -> None:
    assert of(changes, "SPLITTER") == [change("SPLITTER", "extended", 2, 7)]


def test_a_page_that_words_its_date_anew_has_moved_once(replayed: Site) -> None:
    assert replayed.rows(
        "select change_type, days_moved, (seen_at at time zone 'UTC')::date::text"
        " from marts.fct_deadline_changes where source_key = 'conference_pages'"
    ) == [("extended", 7, DAYS[1])]


def test_every_change_has_its_claims_and_an_address(replayed: Site) -> None:
    assert (
        replayed.rows(
            "select change_key from marts.fct_deadline_changes"
            " where source_url is null"
            " or evidence is null"
            " or (change_type = 'announced') != (old_due_at is null)"
            " or (change_type in ('withdrawn', 'cleared')) != (new_due_at is null)"
        )
        == []
    )


def test_single_steps_and_a_rebuild_give_the_same_ledger(
    sites: Sites, days: list[Path], replayed: Site
) -> None:
    stepwise = sites.make()
    told: set[str] = set()
    for day in days:
        ingest(stepwise, day)
        build(stepwise, WITHOUT_TESTS)
        keys = stepwise.rows("select change_key from marts.fct_deadline_changes")
        assert told <= {key for (key,) in keys}, f"{day.name} takes a change back"
        told = {key for (key,) in keys}

    assert stepwise.checksums() == replayed.checksums()


def test_a_corrected_seed_moves_dates_and_changes_nothing(
    replayed: Site, changes: list[Change]
) -> None:
    stable = "select due_at from marts.fct_deadline_claims where series_text = 'STABLE'"
    ((before,),) = replayed.rows(stable)

    # As if all labels of AoE had been an hour off; the next build loads the seed anew.
    replayed.execute(
        "update vocabulary.timezone_labels set utc_offset_minutes = -660"
        " where utc_offset_minutes = -720"
    )
    done = replayed.confradar("dbt", "run", "--select", "int_timezones+")

    assert done.returncode == 0, done.stdout[-3000:]
    ((after,),) = replayed.rows(stable)
    assert (before - after).total_seconds() == 3600
    assert [(c.series, c.type, c.day) for c in ledger(replayed)] == [
        (c.series, c.type, c.day) for c in changes
    ]


def test_a_better_reader_changes_nothing(
    replayed: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (source,) = (s for s in load_registry() if s.key == "conference_pages")
    read, version = READERS[source.family]
    query = (
        "select change_type, old_due_text, new_due_text"
        " from marts.fct_deadline_changes where source_key = 'conference_pages'"
    )

    def read_better(page: Page, vocabulary: Vocabulary) -> PageReading:
        """Find another year in every page, as if it had been misread."""
        reading = read(page, vocabulary)
        entries = tuple(
            replace(
                entry,
                phrases=tuple(
                    replace(phrase, date=(phrase.date or "").replace("2026", "2025"))
                    for phrase in entry.phrases
                ),
            )
            for entry in reading.entries
        )
        return replace(reading, entries=entries)

    better: dict[str, Any] = {**READERS, source.family: (read_better, version + 1)}
    monkeypatch.setattr("ingestion.readers.web_pages.READERS", better)
    reread_pages(
        source,
        destination=replayed.url,
        label_rules=label_rules_text(project_root()),
        known_zones=known_zone_labels(project_root()),
        seen_at=datetime(2026, 4, 1, tzinfo=UTC),
        pipelines_dir=tmp_path,
    )
    build(replayed, WITHOUT_TESTS)

    assert [row[0] for row in replayed.rows(query)] == ["extended"]
    assert replayed.rows(
        "select distinct extract(year from due_at)::integer"
        " from marts.fct_deadline_claims where source_key = 'conference_pages'"
    ) == [(2025,)]
