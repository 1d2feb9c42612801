"""Invented pages, one for each way in which pages lay their dates out.

``expected.csv`` was written by reading the pages.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from ingestion.readers.pages.extract import extract
from ingestion.readers.pages.records import Page, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Reason

HERE = Path(__file__).parent
PAGES = sorted(path.name for path in (HERE / "fixtures").iterdir())
MARKED_UP = ("json_ld_only.html", "microdata_only.html")

Row = tuple[str, ...]


def expected() -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    with (HERE / "expected.csv").open(encoding="utf-8", newline="") as file:
        for name, *row in list(csv.reader(file))[1:]:
            rows[name].append(tuple(row))
    return rows


EXPECTED = expected()


def read(name: str, vocabulary: Vocabulary) -> PageReading:
    return extract(Page((HERE / "fixtures" / name).read_bytes()), vocabulary)


def rows_of(reading: PageReading) -> list[Row]:
    return [
        (
            phrase.kind,
            phrase.track,
            phrase.date or "",
            phrase.time or "",
            phrase.timezone_text or "",
            str(phrase.is_superseded).lower(),
            str(phrase.is_struck).lower(),
        )
        for entry in reading.entries
        for phrase in entry.phrases
    ]


def test_every_page_has_expected_rows() -> None:
    assert sorted(EXPECTED) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_gives_exactly_the_rows_that_a_person_reads(
    name: str, vocabulary: Vocabulary
) -> None:
    assert sorted(rows_of(read(name, vocabulary))) == sorted(EXPECTED[name])


@pytest.mark.parametrize("name", [p for p in PAGES if p != "impossible_day.html"])
def test_page_of_possible_dates_has_no_findings(
    name: str, vocabulary: Vocabulary
) -> None:
    assert read(name, vocabulary).findings == ()


def test_impossible_day_is_a_finding_with_its_reason_and_its_line(
    vocabulary: Vocabulary,
) -> None:
    (finding,) = read("impossible_day.html", vocabulary).findings
    assert finding.reason is Reason.IMPOSSIBLE_DATE
    assert finding.is_dropped
    assert "31 June 2027" in finding.detail
    assert finding.entry == "Notification: 31 June 2027"


@pytest.mark.parametrize("name", [p for p in PAGES if p not in MARKED_UP])
def test_quote_holds_label_and_date_where_it_says_it_stands(
    name: str, vocabulary: Vocabulary
) -> None:
    reading = read(name, vocabulary)
    for phrase in reading.entries[0].phrases:
        assert reading.text[phrase.start : phrase.end] == phrase.quote
        assert phrase.due_text in phrase.quote
        assert phrase.label_text in phrase.quote


@pytest.mark.parametrize("name", MARKED_UP)
def test_markup_is_quoted_though_no_person_sees_it(
    name: str, vocabulary: Vocabulary
) -> None:
    reading = read(name, vocabulary)
    for phrase in reading.entries[0].phrases:
        assert phrase.start == len(reading.text)
        assert f'"startDate": "{reading.entries[0].phrases[0].date}"' in phrase.quote


@pytest.mark.parametrize("name", PAGES)
def test_every_kind_is_given_by_a_rule_of_the_vocabulary(
    name: str, vocabulary: Vocabulary
) -> None:
    for phrase in read(name, vocabulary).entries[0].phrases:
        assert phrase.kind_rule is not None
        assert vocabulary.rule(phrase.kind_rule) is not None
