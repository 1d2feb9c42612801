"""Sources of pages on the command line: folders, WARC files, and the web."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from confradar.cli.app import app
from confradar.crawling import WebPages, polite_client
from confradar.database import Login
from confradar.extraction import label_rules_text
from confradar.settings import CrawlSettings, project_root
from confradar.targets import all_targets
from ingestion.documents import VisitOutcome
from ingestion.page_reading import PageReader
from ingestion.readers.pages.records import Page, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.web_pages import READERS
from ingestion.registry import Source, load_registry
from ingestion.web.targets import Target, read_targets
from tests.conftest import SampleRun, Site, Sites
from tests.ingestion.sites import Reply, local_site

PAGE = b"""\
<html><head><title>Lantern 2031</title></head><body>
<h1>4th Conference on Lanterns (Lantern 2031)</h1>
<p>Paper submission: March 3, 2031</p>
<p><a href="dates.html">Important dates</a> <a href="gone.html">Call for demos</a></p>
"""
DATES = b"<title>Lantern 2031: dates</title><p>Notification: May 5, 2031</p>"
INDEX = """\
file,series,year,url
lantern.html,Lantern,2031,https://lantern.example/2031/
absent.html,Lantern,2031,https://lantern.example/2031/absent
"""
NOW = datetime(2030, 12, 1, tzinfo=UTC)

Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def site(sites: Sites) -> Site:
    return sites.make()


@pytest.fixture
def ask(site: Site, monkeypatch: pytest.MonkeyPatch, _own_settings: None) -> Ask:
    for name, value in site.environment().items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, prog_name="confradar")

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "INDEX.csv").write_text(INDEX)
    (folder / "lantern.html").write_bytes(PAGE)
    return folder


@pytest.mark.postgres
def test_a_folder_of_saved_pages_is_loaded_and_its_troubles_are_told(
    ask: Ask, site: Site, folder: Path
) -> None:
    ingest = ("ingest", "conference_pages", "--from", str(folder), "--as-of")

    first = ask(*ingest, "2030-12-01")
    again = json.loads(ask(*ingest, "2030-12-02", "--json").stdout)

    assert first.exit_code == 0, first.stderr
    assert "conference_pages: 1 page not found, as https://lantern" in first.stdout
    (entry,) = again["sources"]
    assert entry["outcome"] == "unchanged"
    assert entry["message"] == "pages: 1 unchanged, 1 not_found"
    assert entry["troubles"][0]["count"] == 1
    assert site.rows(
        "select kind, due_date_text from raw_conference_pages.phrases"
    ) == [("submission", "2031-03-03")]


@pytest.mark.postgres
def test_stored_pages_are_read_again_and_versions_compared(
    ask: Ask, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("ingest", "conference_pages", "--from", str(folder), "--as-of", "2030-12-02")
    read, version = READERS["conference_pages"]

    def other(page: Page, vocabulary: Vocabulary) -> PageReading:
        reading = read(page, vocabulary)
        (entry,) = reading.entries
        phrases = tuple(replace(one, kind="abstract") for one in entry.phrases)
        return replace(reading, entries=(replace(entry, phrases=phrases),))

    readers = {**READERS, "conference_pages": (other, version + 1)}
    monkeypatch.setattr("ingestion.readers.web_pages.READERS", readers)
    stored = ("extract", "--stored", "--source", "conference_pages")

    first = ask(*stored)
    again = json.loads(ask(*stored, "--format", "jsonl").stdout)
    versions = (str(version), str(version + 1))
    table = ask("extract", "--compare", *versions)
    (line,) = ask("extract", "--compare", *versions, "--format", "jsonl").stdout.split(
        "\n", 1
    )[:1]

    assert first.exit_code == 0, first.stderr
    assert "confradar build makes the marts follow." in first.stdout
    assert (again["document_count"], again["read_count"]) == (1, 0)
    assert "- 2031-03-03  submission: Paper submission" in table.stdout
    assert "+ 2031-03-03  abstract: Paper submission" in table.stdout
    assert table.stdout.splitlines()[-1] == (
        "Phrases: 0 appeared, 0 disappeared, 1 changed, in 1 of 1 documents."
    )
    assert json.loads(line)["old"]["kind"] == "submission"
    assert json.loads(line)["new"]["kind"] == "abstract"


@pytest.mark.postgres
def test_versions_that_read_nothing_are_answered_with_those_that_did(
    ask: Ask, site: Site
) -> None:
    result = ask("extract", "--compare", "998", "999")

    assert result.exit_code == 1
    assert "no stored page was read by both version 998 and version 999" in (
        result.stderr
    )
    assert "hint: versions that are stored: " in result.stderr


@pytest.mark.postgres
def test_a_list_is_not_read_again(ask: Ask) -> None:
    result = ask("extract", "--stored", "--source", "ccfddl")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ccfddl is a list")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "{file}"], "a WARC file holds pages of one source"),
        (["ccfddl", "--from", "{file}"], "a WARC file holds pages of one source"),
        (["conference_pages", "--from", "nowhere"], "no folder and no file"),
    ],
)
@pytest.mark.postgres
def test_a_file_in_place_of_a_folder_needs_one_source_of_pages(
    ask: Ask, folder: Path, arguments: list[str], complaint: str
) -> None:
    file = str(folder / "lantern.html")
    result = ask("ingest", *(text.format(file=file) for text in arguments))

    assert result.exit_code == 2
    assert complaint in result.stderr


@pytest.mark.postgres
def test_a_file_that_is_no_warc_is_a_failed_source(ask: Ask, folder: Path) -> None:
    result = ask("ingest", "elra_events", "--from", str(folder / "lantern.html"))

    assert result.exit_code == 1
    assert "elra_events: " in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.postgres
def test_targets_are_the_packaged_ones_and_those_of_the_marts(
    sample: SampleRun, tmp_path: Path
) -> None:
    own = tmp_path / "own.yml"
    own.write_text('- {url: "https://lantern.example/2031/", year: "2031"}\n')

    found = all_targets(Login(sample.site.url), own, date(2026, 11, 20))

    assert found[0] == Target("https://lantern.example/2031/", year="2031")
    assert set(read_targets()) <= set(found)
    named = set(
        sample.site.rows(
            "select acronym, year::text from marts.dim_conferences as conferences"
            " inner join marts.dim_series using (series_key)"
            " where year >= 2026 and conferences.homepage_url is not null"
        )
    )
    from_marts = {one for one in found[1:] if one not in read_targets()}
    assert from_marts
    assert {(one.series, one.year) for one in from_marts} <= named


@pytest.mark.postgres
def test_before_the_first_build_only_files_name_targets(site: Site) -> None:
    assert all_targets(Login(site.url), None, date(2026, 11, 20)) == read_targets()


def web_pages(settings: CrawlSettings, *targets: Target) -> list[Any]:
    """Return what a crawl of official pages with these settings gives."""
    rules = label_rules_text(project_root())

    def reader_of(source: Source) -> PageReader:
        return PageReader(source, rules, frozenset())

    with polite_client(settings) as client:
        pages = WebPages(client, settings, lambda: targets, reader_of, NOW)
        source = load_registry().get("conference_pages")
        return list(pages.visits(source, {}))


def respond(path: str, headers: dict[str, str]) -> Reply:
    known = {"/": PAGE, "/dates.html": DATES}
    if path not in known:
        return Reply(404)
    return Reply(200, known[path], {"Content-Type": "text/html"})


def test_official_pages_are_crawled_from_their_homepages() -> None:
    settings = CrawlSettings(
        contact="mailto:us@example.org", pace_seconds=0, allow_private_addresses=True
    )
    with local_site(respond) as server:
        found = web_pages(settings, Target(f"{server.url}/", "Lantern", "2031"))

    outcomes = {
        page.path.partition("/")[2]: getattr(page, "outcome", None) for page in found
    }
    assert outcomes == {"": None, "dates.html": None, "gone.html": "not_found"}
    assert {page.context["series"] for page in found} == {"Lantern"}
    agents = {headers["user-agent"] for _, headers in server.requests}
    assert len(agents) == 1
    assert agents.pop().endswith("(+mailto:us@example.org)")


def test_a_run_visits_no_more_pages_than_are_set() -> None:
    settings = CrawlSettings(pace_seconds=0, allow_private_addresses=True, max_pages=1)
    with local_site(respond) as server:
        assert len(web_pages(settings, Target(f"{server.url}/"))) == 1


def test_private_addresses_are_not_fetched_unless_they_are_allowed() -> None:
    with local_site(respond) as server:
        (page,) = web_pages(CrawlSettings(pace_seconds=0), Target(f"{server.url}/"))
        assert server.requests == []

    assert page.outcome is VisitOutcome.ADDRESS_FORBIDDEN
