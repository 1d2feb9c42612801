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


def said(body: str, vocabulary: Vocabulary) -> list[Row]:
    html = f"<html><head><title>Slate 2027</title></head><body>{body}</body></html>"
    return sorted(rows_of(extract(Page(html.encode()), vocabulary)))


def row(kind: str, date: str, time: str = "", zone: str = "") -> Row:
    return kind, "main", date, time, zone, "false", "false"


@pytest.mark.parametrize(
    "written",
    [
        "30 August - 2 September 2027",
        "30 August \u2013 2 September, 2027",
        "Aug. 30-Sept. 2, 2027",
        "August 30th to September 2nd, 2027",
        "Monday, August 30, 2027 - Thursday, September 2, 2027",
        "30.08.2027 \u2013 02.09.2027",
        "2027-08-30 to 2027-09-02",
        "30 August - 2 September",
    ],
)
def test_conference_has_its_first_and_last_day_in_every_form(
    written: str, vocabulary: Vocabulary
) -> None:
    body = f"<ul><li>Papers due: 3 May 2027</li><li>Conference: {written}</li></ul>"
    assert said(body, vocabulary) == [
        row("conference_end", "2027-09-02"),
        row("conference_start", "2027-08-30"),
        row("submission", "2027-05-03"),
    ]


def test_line_below_the_name_gives_the_days_of_the_conference(
    vocabulary: Vocabulary,
) -> None:
    body = (
        "<h1>Slate</h1><p>Tarn Bay, October 29 to November 2, 2027</p>"
        "<ul><li>Papers due: 3 May 2027</li></ul>"
    )
    assert said(body, vocabulary) == [
        row("conference_end", "2027-11-02"),
        row("conference_start", "2027-10-29"),
        row("submission", "2027-05-03"),
    ]


def test_rule_for_all_dates_holds_for_notifications_too(
    vocabulary: Vocabulary,
) -> None:
    body = (
        "<p>All dates are 23:59 UTC-12.</p><ul><li>Papers due: 3 May 2027</li>"
        "<li>Notification: 3 June 2027</li></ul>"
    )
    assert said(body, vocabulary) == [
        row("notification", "2027-06-03", "23:59", "UTC-12"),
        row("submission", "2027-05-03", "23:59", "UTC-12"),
    ]


def test_date_with_its_own_time_is_no_matter_of_the_rule(
    vocabulary: Vocabulary,
) -> None:
    body = (
        "<p>Unless stated otherwise, deadlines are at 5 pm CET.</p>"
        "<ul><li>Abstracts: 3 May 2027, 23:59 AoE</li><li>Papers: 10 May 2027</li></ul>"
    )
    assert said(body, vocabulary) == [
        row("abstract", "2027-05-03", "23:59", "AoE"),
        row("submission", "2027-05-10", "17:00", "CET"),
    ]


@pytest.mark.parametrize("below", ["", "<p>Contact us</p>" * 200])
@pytest.mark.parametrize(
    ("dates", "label"),
    [
        ("<h3>3 May 2027</h3><p>Paper submission</p>", "Paper submission"),
        ("<dl><dt>3 May 2027</dt><dd>Paper submission</dd></dl>", "Paper submission"),
        (
            "<table><tr><td>3 May 2027</td><td>open</td><td>Paper submission</td></tr>"
            "</table>",
            "Paper submission",
        ),
        (
            "<p>3 May 2027 is the deadline for:</p><ul><li>papers</li></ul>",
            "is the deadline for",
        ),
    ],
)
def test_label_is_found_below_the_last_date(
    dates: str, label: str, below: str, vocabulary: Vocabulary
) -> None:
    page = f"<html><body><h1>Call</h1>{dates}{below}</body></html>"
    (entry,) = extract(Page(page.encode()), vocabulary).entries

    assert [phrase.label_text for phrase in entry.phrases] == [label]


def test_rule_for_all_adds_only_what_a_date_leaves_out(vocabulary: Vocabulary) -> None:
    page = (
        "<p>Abstract submission: 3 May 2027, 12:00 UTC</p>"
        "<p>Paper submission: 10 May 2027</p>"
        "<p>All deadlines are at 23:59 AoE</p>"
    )
    (entry,) = extract(Page(page.encode()), vocabulary).entries

    assert [(phrase.time, phrase.timezone_text) for phrase in entry.phrases] == [
        ("12:00", "UTC"),
        ("23:59", "AoE"),
    ]


def test_same_line_is_read_anew_in_the_order_of_another_page(
    vocabulary: Vocabulary,
) -> None:
    line = "<p>Paper submission: 03/05/2027</p>"
    for other, date in (("25/05/2027", "2027-05-03"), ("05/25/2027", "2027-03-05")) * 2:
        page = f"{line}<p>Notification: {other}</p>"
        (entry,) = extract(Page(page.encode()), vocabulary).entries

        assert entry.phrases[0].date == date
