"""The real captures, and the rows that were read off them by hand."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.sites import wikicfp
from tests.ingestion.listing_sites.reading import VOCABULARY, check_quotes

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def captures(lists: Path) -> Path:
    return lists.parent / "wikicfp"


def read(file: Path) -> PageReading:
    return wikicfp.read(Page(file.read_bytes()), VOCABULARY)


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def as_row(entry: PageEntry) -> dict[str, str | None]:
    due = {phrase.kind: phrase.date for phrase in entry.phrases}
    return {
        "eventid": entry.entry_id_text,
        "acronym": f"{entry.series_text} {entry.year_text}",
        "title": entry.full_name_text,
        "when_raw": entry.dates_text or "N/A",
        "where_raw": entry.place_text or "N/A",
        "start": entry.starts_text or "",
        "end": entry.ends_text or "",
        "submission_deadline": due.get("submission") or "",
        "abstract_deadline": due.get("abstract") or "",
    }


def test_every_row_of_the_lists_is_read_exactly(captures: Path) -> None:
    expected: dict[str, list[dict[str, str]]] = {}
    for row in rows(captures / "expected_listing_rows.csv"):
        expected.setdefault(row["file"], []).append(row)
    assert sum(len(one) for one in expected.values()) == 89
    for file, wanted in expected.items():
        reading = read(captures / file)
        found = [as_row(entry) for entry in reading.entries]
        assert found == [{name: row[name] for name in found[0]} for row in wanted]
        statuses = {entry.status_text for entry in reading.entries}
        assert statuses == {"expired" if "expired" in file else None}
        assert reading.findings == ()
        check_quotes(reading)


def test_the_open_list_leads_to_its_next_page(captures: Path) -> None:
    file = captures / "pages-2026" / "category_open_computer_science_p1.html"
    base = "http://www.wikicfp.com/cfp/call?conference=computer%20science"
    reading = wikicfp.read(Page(file.read_bytes(), base), VOCABULARY)
    assert ("next", f"{base}&page=2") in reading.links


def test_a_search_without_result_has_no_entries(captures: Path) -> None:
    reading = read(captures / "pages" / "search_noresult20160516.html")
    assert (reading.entries, reading.findings) == ((), ())


def test_the_captured_event_is_read_exactly(captures: Path) -> None:
    file = captures / "pages-2026" / "event_202993_cei2026.html"
    reading = read(file)
    (entry,) = reading.entries
    found = {
        "acronym": f"{entry.series_text} {entry.year_text}",
        "title": entry.full_name_text,
        "eventType": "Conference",
        "conference_start": entry.starts_text,
        "conference_end": entry.ends_text,
        "location": entry.place_text,
        "link": entry.homepage_url,
        "categories": entry.areas_text,
        **{phrase.kind: phrase.date for phrase in entry.phrases},
    }
    expected = rows(captures / "expected_event_202993.csv")
    assert found == {row["field"]: row["value"] for row in expected}
    assert len(entry.phrases) == 4
    check_quotes(reading)


@pytest.mark.parametrize(("year", "count"), [(2008, 2198), (2009, 3282)])
def test_every_record_of_a_dump_is_an_entry(
    captures: Path, year: int, count: int
) -> None:
    reading = read(captures / "dumps" / f"wikicfp.v1.{year}.xml.gz")
    assert len(reading.entries) == count
    assert all(entry.year_text for entry in reading.entries)
    assert len({entry.entry_url for entry in reading.entries} - {None}) == count
    due = [p for entry in reading.entries for p in entry.phrases if p.date]
    assert sum(phrase.kind == "submission" for phrase in due) > 0.9 * count
    check_quotes(reading)
