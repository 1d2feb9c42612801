"""What the landing door expects of what was loaded, and what it holds back."""

import json
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from confradar.building import BuildOutcome
from confradar.database import one_login
from confradar.errors import ConfRadarError
from confradar.landing import Expectation, Verdict, verdict_of
from confradar.landing.door import Terms, check_landed
from confradar.running import (
    Listener,
    RunReport,
    Selection,
    ingest_selected,
    run,
)
from confradar.runs import recorded
from confradar.sessions import session
from confradar.settings import Settings, load_settings, now
from ingestion.documents import PublishedFile
from ingestion.loading import LoadOutcome
from ingestion.origins import SAMPLE_FOLDER
from ingestion.registry import Source
from tests.conftest import WITHOUT_TESTS, SampleRun, Site, Sites
from tests.ingestion.raw_databases import (
    FIRST_DAY,
    PAGE_SOURCE,
    SOURCE,
    PostgresDatabase,
    entry,
    page,
    published,
)

pytestmark = pytest.mark.postgres

COUNT = 12
ODD = "hci-deadlines"
SITE = "wikicfp"
MOVED = "mlsys-deadlines"
HELD = """
    select to_char(held_from at time zone 'UTC', 'DD'),
        to_char(held_to at time zone 'UTC', 'DD'), release
    from confradar.landing_holds where source_key = %s order by hold_id
"""


@dataclass(frozen=True, slots=True)
class Door:
    """A list of a test's own, and the door to what is loaded of it."""

    raw: PostgresDatabase
    source: Source

    def look(
        self,
        day: int,
        files: Sequence[PublishedFile],
        max_lost_share: float = 0.25,
    ) -> Verdict:
        """Let the list be this on some day, and judge it."""
        self.raw.load(files, day, self.source, max_shrink_share=1)
        return self.judge(day, max_lost_share=max_lost_share)

    def judge(
        self, day: int, *, accepts: bool = False, max_lost_share: float = 0.25
    ) -> Verdict:
        """Judge what is loaded of a source on some day."""
        with recorded(one_login(self.raw.url).loader, "ingest", now) as record:
            terms = Terms(
                run_id=record.run_id,
                at=FIRST_DAY + timedelta(days=day),
                max_lost_share=max_lost_share,
                accepts=accepts,
            )
            return check_landed(self.raw.url, [self.source], terms)[self.source.key]

    def verdict(self) -> Verdict:
        """Return what is stored."""
        with session(self.raw.url) as connection:
            return verdict_of(connection, self.source.key)

    def held(self) -> list[tuple[Any, ...]]:
        """Return from when to when something is held back, and why no more."""
        with session(self.raw.url) as connection:
            return connection.execute(HELD, [self.source.key]).fetchall()


@pytest.fixture(scope="module")
def raw(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> PostgresDatabase:
    return PostgresDatabase(sites.make().url, tmp_path_factory.mktemp("landing"))


@pytest.fixture
def door(raw: PostgresDatabase, request: pytest.FixtureRequest) -> Door:
    return Door(raw, replace(SOURCE, key=request.node.name[-40:]))


def files(
    count: int = COUNT, *, year: str = "2026", zone: str = "AoE", version: str = ""
) -> list[PublishedFile]:
    """Return files of one entry each; year and zone are those of every other one."""
    return [
        published(
            f"{number:02}.yml",
            entry(
                f"Conf{number}{version}",
                deadline=f"{year if number % 2 else '2026'}-05-01 12:00:00",
                timezone=zone if number % 2 else "AoE",
            ),
        )
        for number in range(count)
    ]


def failed(verdict: Verdict) -> list[str]:
    return [check.expectation for check in verdict.failures]


def test_what_is_as_expected_passes_and_every_figure_is_stored(door: Door) -> None:
    verdict = door.look(0, files())

    assert verdict.passed
    assert door.verdict() == verdict
    assert [check.observed for check in verdict.checks] == [0.0] * len(Expectation)
    assert {check.look_at for check in verdict.checks} == {FIRST_DAY}


@pytest.mark.parametrize(
    ("odd", "expectation", "sentence"),
    [
        (
            files(year="2099"),
            Expectation.ODD_DATES,
            "50% of its dates make no sense, and 10% at most are expected",
        ),
        (
            files(zone="Mars/Olympus"),
            Expectation.UNKNOWN_ZONES,
            "50% of its time zones are unknown, and 20% at most are expected",
        ),
        (
            files(7),
            Expectation.LOST_DOCUMENTS,
            "42% of its documents are gone, and 25% at most are expected",
        ),
        (
            [
                *files(8),
                *(published(f"{n}.yml", entry(""), entry("Ok")) for n in range(4)),
            ],
            Expectation.REJECTS,
            "25% of its entries cannot be used, and 20% at most are expected",
        ),
    ],
    ids=["dates", "zones", "documents", "rejects"],
)
def test_a_list_that_is_odd_is_held_back_with_the_reason(
    door: Door, odd: list[PublishedFile], expectation: Expectation, sentence: str
) -> None:
    door.look(0, files())

    verdict = door.look(1, odd)

    assert failed(verdict) == [expectation]
    assert verdict.hold is not None
    assert verdict.sentence == verdict.hold.reason == sentence
    assert door.held() == [("02", None, None)]


def test_one_or_two_odd_entries_are_a_slip(door: Door) -> None:
    door.look(0, files(6))

    assert door.look(1, [*files(4, year="2099")]).passed


def test_a_first_look_is_let_in_for_there_is_nothing_to_keep_instead(
    door: Door,
) -> None:
    verdict = door.look(0, files(year="2099"))

    assert failed(verdict) == [Expectation.ODD_DATES]
    assert verdict.hold is None
    # What it had is the measure from then on.
    assert door.look(1, files(year="2099", version="b")).passed


def test_what_is_held_back_stays_so_until_a_look_passes(door: Door) -> None:
    door.look(0, files())
    door.look(1, files(year="2099"))
    still = door.look(2, files(year="2099"))
    worse = door.look(3, files(year="2099", zone="Mars/Olympus"))

    again = door.look(4, files(version="b"))

    assert still.hold is not None
    assert failed(worse) == [Expectation.ODD_DATES, Expectation.UNKNOWN_ZONES]
    assert worse.hold is not None
    assert "zones" in worse.hold.reason
    assert again.passed
    assert door.held() == [("02", "05", None)]


def test_what_is_accepted_counts_and_is_the_measure(door: Door) -> None:
    door.look(0, files())
    door.look(1, files(year="2099"))

    accepted = door.judge(2, accepts=True)
    later = door.look(3, files(year="2099", version="b"))

    assert accepted.hold is None
    assert later.passed
    assert door.held() == [("02", None, "accepted")]


def test_a_list_whose_loss_was_accepted_as_such_is_not_held_back_for_it(
    door: Door,
) -> None:
    door.look(0, files())
    door.look(1, files(7))

    assert door.look(2, files(7), max_lost_share=1).passed
    assert door.held() == [("02", None, "passed")]


def test_a_stale_source_is_named_and_its_documents_stay(door: Door) -> None:
    door.look(0, files())

    verdict = door.judge(15)

    assert failed(verdict) == [Expectation.AGE]
    assert verdict.hold is None
    assert verdict.sentence == (
        "no look has succeeded since 2026-01-01, and 14 days at most are expected"
    )
    assert door.look(16, files()).passed


@pytest.mark.postgres
def test_a_server_that_goes_away_before_it_is_asked_is_one_line() -> None:
    from confradar.landing.suites import judge

    with pytest.raises(
        ConfRadarError, match=r"could not be judged: .* refused"
    ) as told:
        list(judge("postgresql://u:w@127.0.0.1:9/nothing", []))

    assert "\n" not in str(told.value)


def test_what_did_not_change_is_not_judged_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.look(0, files())
    first = door.look(1, files(year="2099"))

    def refuse(*_: object) -> Iterator[object]:
        raise AssertionError("it was judged again")

    monkeypatch.setattr("confradar.landing.suites.judge", refuse)

    assert door.look(2, files(year="2099")) == first


def test_pages_that_are_odd_are_held_back_until_all_of_them_pass(
    raw: PostgresDatabase,
) -> None:
    door = Door(raw, PAGE_SOURCE)

    def judged(day: int, year: str, *names: str) -> Verdict:
        lines = [f"Paper submission: {month} 3, {year}" for month in ("March", "May")]
        pages = [
            page(f"{name}.example/", *lines, series=name, year="2027") for name in names
        ]
        raw.load_pages(pages, day)
        return door.judge(day)

    first = judged(0, "2027", "one", "two", "three")
    second = judged(1, "2098", "one", "two")
    third = judged(2, "2027", "four")
    fourth = judged(3, "2028", "one", "two")

    assert first.passed
    assert Expectation.LOST_DOCUMENTS not in {one.expectation for one in first.checks}
    assert failed(second) == failed(third) == [Expectation.ODD_DATES]
    assert third.hold is not None
    assert third.hold.reach == "new_documents"
    assert fourth.passed
    assert door.held() == [("02", None, "passed")]


def test_judging_asks_nobody_but_the_database(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's own driver uses no socket of Python's."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is asked")

    door.raw.load(files(), 0, door.source)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert door.judge(0).passed


def test_what_cannot_be_judged_is_an_error_and_lets_nothing_pass(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.look(0, files())
    monkeypatch.setattr(
        "confradar.landing.door.figures_query",
        lambda *_: "select 1 / 0 as reject_share, 0 as odd_date_share",
    )

    with pytest.raises(ConfRadarError, match=r"could not be judged: .*odd_date_share"):
        door.look(1, files(version="b"))

    assert {check.look_at for check in door.verdict().checks} == {FIRST_DAY}


@dataclass(frozen=True, slots=True)
class Steps:
    """The sample and three sources of it: a list and a site turn odd, a list moves."""

    site: Site
    folder: Path

    def settings(self, **variables: str) -> Settings:
        """Return the settings of the site."""
        return load_settings({**self.site.environment(), **variables})

    def run(
        self, day: int, checks: str = "true", *, accepts: bool = False
    ) -> RunReport:
        """Run the three on a day of December."""
        settings = self.settings(CONFRADAR_LANDING_CHECKS=checks)
        selection = self.selection(day, accepts=accepts)
        return run(settings, one_login(self.site.url), selection, now(), Listener())

    def selection(self, day: int, *, accepts: bool = False) -> Selection:
        """Return the three, as they are on that day."""
        return Selection(
            folder=self.folder,
            observed_at=datetime(2026, 12, day, tzinfo=UTC),
            accepts_held=accepts,
        )

    def said(self) -> list[tuple[Any, ...]]:
        """Return all that the marts have of what turns odd."""
        # A site is looked at page by page: those that are as they were are confirmed.
        marts = {
            "fct_deadlines": (ODD,),
            "fct_deadline_claims": (ODD, SITE),
            "fct_deadline_changes": (ODD, SITE),
        }
        return [
            row
            for mart, keys in marts.items()
            for key in keys
            for row in self.site.rows(
                f"select to_jsonb(mart) from marts.{mart} as mart"  # noqa: S608
                f" where source_key = '{key}' order by 1"
            )
        ]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    for key in (ODD, SITE, MOVED):
        shutil.copytree(SAMPLE_FOLDER / key, folder / key)
    for file in (folder / ODD).rglob("*.yml"):
        file.write_text(file.read_text().replace("2027-", "2099-"))
    event = folder / SITE / "event.html"
    event.write_text(event.read_text().replace("2027", "2099"))
    file = folder / MOVED / "src" / "conferences" / "osdi.yaml"
    assert "2026-12-08" in file.read_text()
    file.write_text(file.read_text().replace("2026-12-08", "2026-12-15"))
    return folder


@pytest.mark.usefixtures("_own_settings")
def test_what_was_held_back_and_let_in_is_as_if_it_never_was_held(
    sites: Sites, sample: SampleRun, lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sites.copy(sample.site)
    for name, text in site.environment().items():
        monkeypatch.setenv(name, text)
    steps = Steps(site, lists)
    before = steps.said()

    held = steps.run(1)

    reports = {report.source_key: report for report in held.sources}
    assert reports[ODD].outcome is LoadOutcome.HELD
    reason = (reports[ODD].error or "").partition(": ")[2].partition(";")[0]
    assert "of its dates make no sense" in reason
    assert reports[SITE].outcome is LoadOutcome.HELD
    assert reports[MOVED].outcome is LoadOutcome.LOADED
    assert held.build.outcome is BuildOutcome.BUILT
    assert steps.said() == before
    assert site.rows(
        f"select count(*) > 0 from marts.fct_deadline_changes"  # noqa: S608
        f" where source_key = '{MOVED}' and seen_at = '2026-12-01'"
    ) == [(True,)]
    assert site.rows(
        "select outcome, example_detail from marts.rpt_source_health"  # noqa: S608
        f" where source_key = '{ODD}'"
    ) == [("held", reason)]
    shown = site.confradar("sources", "--json")
    told = {entry["key"]: entry for entry in json.loads(shown.stdout)}
    assert told[ODD]["health"] == "held"
    assert told[ODD]["landing"]["passed"] is False
    assert told[MOVED]["landing"]["passed"] is True

    accepted = steps.run(2, accepts=True)

    assert accepted.build.outcome is BuildOutcome.BUILT
    assert {report.error for report in accepted.sources} == {None}
    assert site.rows(
        "select distinct seen_from::date::text from marts.fct_deadline_claims"  # noqa: S608
        f" where source_key = '{ODD}' and is_current and due_text like '2099%'"
    ) == [("2026-12-01",)]
    never = Steps(sites.copy(sample.site), lists)
    off = never.settings(CONFRADAR_LANDING_CHECKS="false")
    logins = one_login(never.site.url)
    ingest_selected(off, logins, never.selection(1), now(), Listener())
    # The marts that it comes to are those that were tested above.
    with monkeypatch.context() as patched:
        for name, text in WITHOUT_TESTS.items():
            patched.setenv(name, text)
        never.run(2, "false")
    assert site.checksums() == never.site.checksums()

    for arguments in (
        ("run", "--from", str(lists), "--as-of", "2026-12-02"),
        ("deadlines",),
    ):
        done = site.confradar(
            *arguments,
            extra={"CONFRADAR_LANDING_CHECKS": "true", "PYTHONPROFILEIMPORTTIME": "1"},
        )
        assert done.returncode == 0
        assert "psycopg" in done.stderr
        assert "great_expectations" not in done.stderr
