"""What becomes of the marts where a list, a clock or the registry misbehaves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conftest import WITHOUT_UNIT_TESTS, Site, Sites

KEY = "lantern-list"
REGISTRY = """\
sources:
  - key: lantern-list
    family: paperswithcode
    name: Lantern list
    publisher: Nobody
    homepage_url: https://lantern.example/
    repository_url: https://lantern.example/repository
    page_url: https://lantern.example/{path}
    files:
      conferences.yml: https://lantern.example/conferences.yml
    include: ["**/conferences.yml"]
    licence: CC0-1.0
    authority: curated_list
    default_timezone: AoE
    default_timezone_reason: It says nothing, so the usual one.
"""
COUNT = 20
LEFT = 8
CLAIMS = """
    select
        series_text, to_char(due_local, 'YYYY-MM-DD'), is_current, rank_reason,
        to_char(seen_from at time zone 'UTC', 'MM-DD'),
        to_char(seen_to at time zone 'UTC', 'MM-DD')
    from marts.fct_deadline_claims
    where source_key = 'lantern-list' and kind = 'submission'
    order by series_text, seen_from
"""
CHANGES = """
    select change_type, to_char(seen_at at time zone 'UTC', 'MM-DD')
    from marts.fct_deadline_changes
    where source_key = 'lantern-list'
"""
SOURCES = """
    select
        is_registered, to_char(removed_at at time zone 'UTC', 'MM-DD'),
        document_count, claim_count
    from marts.dim_sources
    where source_key = 'lantern-list'
"""


def entries(count: int, first_deadline: str = "2027-05-01") -> str:
    """Return a list of so many conferences; the first has this deadline."""
    return "".join(
        f"- title: LANTERN{ascii_uppercase[number]}\n"
        f"  year: 2027\n"
        f"  id: lantern{number}\n"
        f"  deadline: '{first_deadline if not number else '2027-06-01'} 12:00:00'\n"
        f"  timezone: UTC\n"
        for number in range(count)
    )


@dataclass(frozen=True, slots=True)
class Lantern:
    """A site of a test's own with one list, in a registry of its own."""

    site: Site
    registry: Path

    def publish(self, text: str) -> None:
        """Let the list be this from now on."""
        folder = self.site.home / "lists" / KEY
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "conferences.yml").write_text(text)

    def call(self, *arguments: str, knows_list: bool = True) -> CompletedProcess[str]:
        """Run a command on the folder of the list."""
        extra: Mapping[str, str] = (
            {"CONFRADAR_REGISTRY": str(self.registry)} if knows_list else {}
        )
        extra = {**extra, **WITHOUT_UNIT_TESTS}
        folder = str(self.site.home / "lists")
        return self.site.confradar(*arguments, "--from", folder, extra=extra)

    def claims(self, series: str) -> list[tuple[Any, ...]]:
        """Return the claims about one conference, in time."""
        return [row[1:] for row in self.site.rows(CLAIMS) if row[0] == series]


@pytest.fixture(scope="module")
def lantern(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Lantern:
    """Return a site whose list moved a date, moved it back and then shrank."""
    registry = tmp_path_factory.mktemp("registry") / "more.yml"
    registry.write_text(REGISTRY)
    made = Lantern(sites.make(), registry)
    for day, deadline in ((1, "2027-05-01"), (2, "2027-05-15"), (3, "2027-05-01")):
        made.publish(entries(COUNT, deadline))
        done = made.call("ingest", KEY, "--as-of", f"2026-11-0{day}")
        assert done.returncode == 0, done.stderr
    made.publish(entries(LEFT))
    return made


@pytest.fixture(scope="module")
def refused(lantern: Lantern) -> CompletedProcess[str]:
    """Return what the run said that saw the list shrink."""
    return lantern.call("run", "--as-of", "2026-11-04", "--json")


def test_a_list_that_shrinks_is_refused_and_nothing_is_withdrawn(
    lantern: Lantern, refused: CompletedProcess[str]
) -> None:
    assert refused.returncode == 0, refused.stderr
    (entry,) = json.loads(refused.stdout)["sources"]
    assert entry["outcome"] == "refused"
    assert entry["message"] == (
        f"{KEY}: 8 of its 20 entries are left, 60% fewer; past 25% the earlier rows "
        "stay unless --accept-shrink is given"
    )
    assert (entry["new_documents"], entry["claims"]) == (0, COUNT)
    assert lantern.claims("LANTERNT") == [("2027-06-01", True, "winner", "11-01", None)]


@pytest.mark.usefixtures("refused")
def test_a_document_that_returns_is_two_stays_and_no_third_version(
    lantern: Lantern,
) -> None:
    assert lantern.claims("LANTERNA") == [
        ("2027-05-01", False, "no longer said", "11-01", "11-02"),
        ("2027-05-15", False, "no longer said", "11-02", "11-03"),
        ("2027-05-01", True, "winner", "11-03", None),
    ]
    assert lantern.site.rows("select count(*) from raw_paperswithcode.documents") == [
        (2,)
    ]


@pytest.mark.usefixtures("refused")
def test_a_clock_that_goes_backwards_loads_nothing_and_says_so(
    lantern: Lantern,
) -> None:
    before = lantern.site.rows("select count(*) from raw_paperswithcode.visits")

    done = lantern.call("ingest", KEY, "--as-of", "2026-11-02")

    assert done.returncode == 1
    assert "observed at 2026-11-03T00:00:00+00:00 already" in done.stdout
    assert "give a later --as-of" in done.stdout
    assert lantern.site.rows("select count(*) from raw_paperswithcode.visits") == before


@pytest.mark.usefixtures("refused")
def test_what_is_accepted_is_withdrawn_and_what_leaves_the_registry_is_not(
    lantern: Lantern,
) -> None:
    accepted = lantern.call(
        "ingest", KEY, "--as-of", "2026-11-04", "--accept-shrink", "--json"
    )
    (entry,) = json.loads(accepted.stdout)["sources"]
    (lantern.site.home / "lists" / "some-deadlines").mkdir()
    path = lantern.site.home / "lists" / "some-deadlines" / "conferences.yml"
    path.write_text("- {title: CANDLE, year: 2027, id: candle27}\n")
    done = lantern.call("run", "--as-of", "2026-11-06", "--json", knows_list=False)

    assert (entry["outcome"], entry["message"]) == ("loaded", "documents: 1 new")
    assert done.returncode == 0, done.stderr + done.stdout
    assert lantern.claims("LANTERNT") == [
        ("2027-06-01", False, "no longer said", "11-01", "11-04")
    ]
    assert lantern.claims("LANTERNB") == [
        ("2027-06-01", False, "source no longer registered", "11-01", "11-06")
    ]
    assert lantern.site.rows(SOURCES) == [(False, "11-06", 3, 0)]
    listed = lantern.site.confradar("sources").stdout
    assert f"no longer registered, kept as history: {KEY}" in listed
    assert all(day != "11-06" for _, day in lantern.site.rows(CHANGES))
