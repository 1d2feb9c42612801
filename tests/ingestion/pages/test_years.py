from datetime import date

import pytest

from ingestion.readers.pages.blocks import read_plain
from ingestion.readers.pages.layout import Group, Layout
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.pages.years import edition_year, fill_years, ordered_numbers


def groups(text: str, vocabulary: Vocabulary) -> list[Group]:
    layout = Layout(
        read_plain(text).content,
        lambda label: rule.value if (rule := vocabulary.kind(label)) else None,
    )
    return layout.groups


def firsts(found: list[Group]) -> list[str]:
    days = [given.written.first for group in found for given in group.dates]
    return [f"{day.year or '-'}-{day.month:02d}-{day.day:02d}" for day in days]


def filled(
    text: str,
    vocabulary: Vocabulary,
    year: int | None,
    event: tuple[date, date] | None = None,
) -> list[str]:
    found = groups(text, vocabulary)
    fill_years(found, year, event)
    return firsts(found)


@pytest.mark.parametrize(
    ("context", "title", "headings", "url", "expected"),
    [
        ("2027", "Slate 2025", ["Slate 2024"], "https://slate.example.org/2023/", 2027),
        ("soon", "Slate 2027", [], None, 2027),
        (None, "Slate 2027", ["Slate 2024"], None, 2027),
        (None, "Slate", ["Slate 2024"], "https://slate.example.org/2027/", 2027),
        (None, "Slate", ["Slate 2027"], None, 2027),
        (None, "Slate '27", [], None, 2027),
        (None, "Slate 2025", [], "https://slate.example.org/2027/", 2027),
        (None, "Slate 12027", ["Room 1234"], None, None),
        (None, None, [], None, None),
    ],
)
def test_year_is_told_by_context_title_address_and_headings_in_that_order(
    context: str | None,
    title: str | None,
    headings: list[str],
    url: str | None,
    expected: int | None,
) -> None:
    assert edition_year(context, title, headings, url, []) == expected


def test_dates_decide_between_title_and_address(vocabulary: Vocabulary) -> None:
    found = groups("Papers due: 3 May 2025\nNotification: 5 June 2025", vocabulary)
    url = "https://slate.example.org/2027/"
    assert edition_year(None, "Slate 2025", [], url, found) == 2025


def test_dates_alone_tell_the_year_that_most_of_them_have(
    vocabulary: Vocabulary,
) -> None:
    found = groups(
        "Papers due: 3 December 2026\nNotification: 5 March 2027\n"
        "Camera-ready: 2 April 2027",
        vocabulary,
    )
    assert edition_year(None, None, [], None, found) == 2027


def test_year_is_that_of_the_edition_where_nothing_else_is_known(
    vocabulary: Vocabulary,
) -> None:
    text = "Papers due: 3 May\nNotification: 5 June"
    assert filled(text, vocabulary, 2027) == ["2027-05-03", "2027-06-05"]


def test_list_that_crosses_new_year_begins_in_the_year_before(
    vocabulary: Vocabulary,
) -> None:
    text = "Papers due: 20 November\nNotification: 15 January\nCamera-ready: 2 February"
    assert filled(text, vocabulary, 2027) == ["2026-11-20", "2027-01-15", "2027-02-02"]


def test_deadline_lies_before_the_event(vocabulary: Vocabulary) -> None:
    event = (date(2027, 3, 9), date(2027, 3, 11))
    text = "Papers due: 5 October\nCamera-ready: 1 February"
    assert filled(text, vocabulary, 2027, event) == ["2026-10-05", "2027-02-01"]


def test_date_between_two_known_ones_takes_the_year_that_fits(
    vocabulary: Vocabulary,
) -> None:
    text = (
        "Abstracts due: 20 November 2026\nPapers due: 4 December\n"
        "Notification: 15 January\nCamera-ready: 2 February 2027"
    )
    assert filled(text, vocabulary, 2027) == [
        "2026-11-20",
        "2026-12-04",
        "2027-01-15",
        "2027-02-02",
    ]


def test_year_that_is_written_is_never_changed(vocabulary: Vocabulary) -> None:
    text = "Papers due: 3 May 2024\nNotification: 5 June 2029"
    assert filled(text, vocabulary, 2027) == ["2024-05-03", "2029-06-05"]


def test_without_any_year_none_is_made_up(vocabulary: Vocabulary) -> None:
    assert filled("Papers due: 3 May", vocabulary, None) == ["--05-03"]


def test_last_day_of_a_range_over_new_year_is_in_the_next_year(
    vocabulary: Vocabulary,
) -> None:
    found = groups("Rebuttal: 28 December - 4 January", vocabulary)
    fill_years(found, 2026, None)
    written = found[0].dates[0].written
    assert written.last is not None
    assert (written.first.year, written.last.year) == (2026, 2027)


def test_leap_day_takes_a_year_that_has_it(vocabulary: Vocabulary) -> None:
    assert filled("Papers due: 29 February", vocabulary, 2028) == ["2028-02-29"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Papers due: 05/02/2027\nNotification: 19/03/2027", "2027-02-05"),
        ("Papers due: 02/05/2027\nNotification: 03/19/2027", "2027-02-05"),
        # Neither number is beyond 12: the order in which the dates rise is taken.
        ("Papers due: 02/05/2027\nNotification: 03/04/2027", "2027-02-05"),
        ("Papers due: 05/02/2027\nNotification: 04/03/2027", "2027-02-05"),
        # Nothing tells: day first.
        ("Papers due: 02/05/2027", "2027-05-02"),
        ("Papers due: 02.05.2027", "2027-05-02"),
    ],
)
def test_page_shows_whether_its_numbers_begin_with_the_day(
    text: str, expected: str, vocabulary: Vocabulary
) -> None:
    found = groups(text, vocabulary)
    ordered_numbers(found, "en")
    assert firsts(found)[0] == expected


def test_iso_dates_are_never_turned_around(vocabulary: Vocabulary) -> None:
    found = groups("Papers due: 2027-02-05\nNotification: 03/19/2027", vocabulary)
    ordered_numbers(found, "en")
    assert firsts(found) == ["2027-02-05", "2027-03-19"]
