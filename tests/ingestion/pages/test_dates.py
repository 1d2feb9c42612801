from datetime import date

import pytest

from ingestion.readers.pages.dates import (
    Day,
    find_dates,
    find_times,
    find_zones,
    may_hold_date,
    read_date,
    read_range,
)


def days(text: str) -> list[tuple[str, str | None, str]]:
    """Return first day, last day and link of each date, ``--05-03`` without a year."""
    return [
        (_iso(found.first), _iso(found.last) if found.last else None, found.link)
        for found in find_dates(text).dates
    ]


def _iso(day: Day) -> str:
    return f"{day.year or '-'}-{day.month:02d}-{day.day:02d}"


def written(text: str) -> list[str]:
    return [text[found.start : found.end] for found in find_dates(text).dates]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 May 2027", "2027-05-03"),
        ("\u0130stanbul, 3 May 2027", "2027-05-03"),
        ("3.May.2027", "2027-05-03"),
        ("May 3, 2027", "2027-05-03"),
        ("May 3rd, 2027", "2027-05-03"),
        ("3rd of May 2027", "2027-05-03"),
        ("3rd of May, 2027", "2027-05-03"),
        ("Monday, 3 May 2027", "2027-05-03"),
        ("Mon. May 3 2027", "2027-05-03"),
        ("Mon, May 3, 2027", "2027-05-03"),
        ("03-May-2027", "2027-05-03"),
        ("3-MAY-2027", "2027-05-03"),
        ("MAY 3, 2027", "2027-05-03"),
        ("May 3 (Mon), 2027", "2027-05-03"),
        ("2027, May 3", "2027-05-03"),
        ("2027-05-03", "2027-05-03"),
        ("2027/05/03", "2027-05-03"),
        ("2027.05.03", "2027-05-03"),
        ("2027-5-3", "2027-05-03"),
        ("2027-05-03T23:59:59", "2027-05-03"),
        ("2027年5月3日", "2027-05-03"),
        ("2027년 5월 3일", "2027-05-03"),
        ("03.05.2027", "2027-05-03"),
        ("3. 5. 2027", "2027-05-03"),
        ("03/05/2027", "2027-05-03"),
        ("03-05-27", "2027-05-03"),
        ("05/23/2027", "2027-05-23"),
        ("Sept. 5, 2027", "2027-09-05"),
        ("5 Sept 2027", "2027-09-05"),
        ("15thApril 2027", "2027-04-15"),
        ("3. Mai 2027", "2027-05-03"),
        ("3. März 2027", "2027-03-03"),
        ("18. Jänner 2027", "2027-01-18"),
        ("1er février 2027", "2027-02-01"),
        ("15 août 2027", "2027-08-15"),
        ("3 de mayo de 2027", "2027-05-03"),
        ("3 de março de 2027", "2027-03-03"),
        ("1º de setembro de 2027", "2027-09-01"),
        ("3 maggio 2027", "2027-05-03"),
        ("3 mei 2027", "2027-05-03"),
        ("3 maja 2027", "2027-05-03"),
        ("3 Ağustos 2027", "2027-08-03"),
        ("3 мая 2027", "2027-05-03"),
        ("3. května 2027", "2027-05-03"),
        ("29 February 2028", "2028-02-29"),
    ],
)
def test_one_day_is_read_however_it_is_written(text: str, expected: str) -> None:
    assert read_date(text) == date.fromisoformat(expected)
    assert read_date(f"Deadline: {text}") == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "to be announced",
        "2027",
        "May 2027",
        "Version 3.5.1",
        "in 3 weeks",
        "you may submit 2 papers",
        "papers of 12 pages may be 3 pages longer",
        "31 June 2027",
        "29 February 2027",
        "0 May 2027",
        "45 May 2027",
        "3 May 2027 and 5 June 2027",
        "3-5 May 2027",
        "March 2027 issue",
        "call +1 555-0100",
        "ISBN 978-3-16-148410-0",
        "192.168.10.20",
        "Room 12/3",
        "$ 15 April",
        "24/7",
    ],
)
def test_text_without_one_real_day_is_no_date(text: str) -> None:
    assert read_date(text) is None


def test_day_without_year_is_a_date_only_with_a_year_from_elsewhere() -> None:
    assert read_date("May 3") is None
    assert read_date("May 3", default_year=2027) == date(2027, 5, 3)
    assert read_date("May 3, 2026", default_year=2027) == date(2026, 5, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3-5 May 2027", ("2027-05-03", "2027-05-05")),
        ("3 \u2013 5 May 2027", ("2027-05-03", "2027-05-05")),
        ("3\u20145 May 2027", ("2027-05-03", "2027-05-05")),
        ("May 3-5, 2027", ("2027-05-03", "2027-05-05")),
        ("May 3 - 5, 2027", ("2027-05-03", "2027-05-05")),
        ("May 3 to 5, 2027", ("2027-05-03", "2027-05-05")),
        ("May 3rd through May 5th, 2027", ("2027-05-03", "2027-05-05")),
        ("Mon 3 - Wed 5 May 2027", ("2027-05-03", "2027-05-05")),
        ("May 30 - June 2, 2027", ("2027-05-30", "2027-06-02")),
        ("30 May - 2 June 2027", ("2027-05-30", "2027-06-02")),
        ("May 30, 2027 - June 2, 2027", ("2027-05-30", "2027-06-02")),
        ("December 30, 2027 - January 3, 2028", ("2027-12-30", "2028-01-03")),
        ("December 30 - January 3, 2028", ("2027-12-30", "2028-01-03")),
        ("2027-05-03 - 2027-05-05", ("2027-05-03", "2027-05-05")),
        ("2027/05/03 to 2027/05/05", ("2027-05-03", "2027-05-05")),
        ("03.05.2027 - 05.05.2027", ("2027-05-03", "2027-05-05")),
        ("3. bis 5. Mai 2027", ("2027-05-03", "2027-05-05")),
        ("du 3 au 5 mai 2027", ("2027-05-03", "2027-05-05")),
        ("2 al 4 de junio de 2027", ("2027-06-02", "2027-06-04")),
        ("13 a 15 de setembro de 2027", ("2027-09-13", "2027-09-15")),
        ("3 May 2027", ("2027-05-03", "2027-05-03")),
    ],
)
def test_range_gives_its_first_and_last_day(
    text: str, expected: tuple[str, str]
) -> None:
    found = read_range(text)
    assert found is not None
    assert (found[0].isoformat(), found[1].isoformat()) == expected


@pytest.mark.parametrize("text", ["May 3-5", "31-35 June 2027", "soon", "2027"])
def test_range_without_a_year_or_with_impossible_days_is_none(text: str) -> None:
    assert read_range(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2, 3 and 4 July 2027", [("2027-07-02", "2027-07-04", "list")]),
        ("July 2 and 4, 2027", [("2027-07-02", "2027-07-04", "list")]),
        ("2 or 3 July 2027", [("2027-07-02", "2027-07-03", "or")]),
        (
            "May 3, 2027, June 5, 2027",
            [("2027-05-03", None, ""), ("2027-06-05", None, "")],
        ),
        (
            "3 May 2027 (notification 5 June 2027)",
            [("2027-05-03", None, ""), ("2027-06-05", None, "")],
        ),
        ("May 3 and June 5", [("--05-03", None, ""), ("--06-05", None, "")]),
    ],
)
def test_days_that_are_listed_are_one_date_only_if_they_share_a_month(
    text: str, expected: list[tuple[str, str | None, str]]
) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Papers due 3 May 2027, 23:59 AoE", ["3 May 2027"]),
        ("(May 3rd, 2027)", ["May 3rd, 2027"]),
        ("on Monday, 3 May 2027 at noon", ["3 May 2027"]),
        ("HARBOUR 2027 May 3-5, 2027", ["May 3-5, 2027"]),
        ("until 15thApril2027", ["15thApril2027"]),
        ("before3 May 2027after", ["3 May 2027"]),
        ("may 3, 2027", ["may 3, 2027"]),
    ],
)
def test_date_stands_where_the_line_writes_it(text: str, expected: list[str]) -> None:
    assert written(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "authors may 2 times upload",
        "you may 2027",
        "it may, 3 days later",
        "mar 3",
    ],
)
def test_word_in_lower_case_that_may_be_a_month_is_none_alone(text: str) -> None:
    assert days(text) == []


def test_offset_of_a_zone_is_no_day_of_a_month() -> None:
    found = find_dates("23:59 UTC-12 May 3, 2027")
    assert [zone.text for zone in found.zones] == ["UTC-12"]
    assert [_iso(each.first) for each in found.dates] == ["2027-05-03"]
    assert days("UTC-12 May") == []


def test_numeric_date_keeps_its_order_until_the_page_shows_another() -> None:
    (found,) = find_dates("03/05/2027").dates
    assert found.is_numeric
    assert found.is_ambiguous
    assert found.first == Day(2027, 5, 3)
    assert found.swapped().first == Day(2027, 3, 5)
    (sure,) = find_dates("23/05/2027").dates
    assert not sure.is_ambiguous


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23:59", ["23:59"]),
        ("23:59:59", ["23:59:59"]),
        ("24:00", ["24:00"]),
        ("11:59 PM", ["23:59"]),
        ("11:59pm", ["23:59"]),
        ("11:59 p.m.", ["23:59"]),
        ("23:59PM", ["23:59"]),
        ("5pm", ["17:00"]),
        ("5 p.m.", ["17:00"]),
        ("12am", ["00:00"]),
        ("12 pm", ["12:00"]),
        ("12:30 am", ["00:30"]),
        ("18h00", ["18:00"]),
        ("23.59 Uhr", ["23:59"]),
        ("9:00 - 17:30", ["09:00", "17:30"]),
        ("25:00", []),
        ("23:75", []),
        ("24:30", []),
        ("a ratio of 3.14", []),
        ("no time", []),
    ],
)
def test_times_are_given_on_the_clock_of_24_hours(
    text: str, expected: list[str]
) -> None:
    assert [time.text for time in find_times(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23:59 AoE", ["AoE"]),
        ("23:59 (AoE)", ["AoE"]),
        ("23:59 anywhere on earth", ["anywhere on earth"]),
        ("Anywhere on Earth", ["Anywhere on Earth"]),
        ("AoE (UTC-12)", ["AoE (UTC-12)"]),
        ("12:00 UTC", ["UTC"]),
        ("12:00 UTC+2", ["UTC+2"]),
        ("12:00 utc-12", ["utc-12"]),
        ("12:00 GMT +05:30", ["GMT +05:30"]),
        ("17:00 PST", ["PST"]),
        ("5pm Pacific Time", ["Pacific Time"]),
        ("18:00 CET", ["CET"]),
        ("18:00 Europe/Berlin", ["Europe/Berlin"]),
        ("18:00 PST / 20:00 EST", ["PST", "EST"]),
        ("you must set it", []),
        ("Il est et pt", []),
        ("WESTERN", []),
        ("cost", []),
    ],
)
def test_zones_are_given_as_written(text: str, expected: list[str]) -> None:
    assert [zone.text for zone in find_zones(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "3 May 2027",
        "2027-05-03",
        "03.05.2027",
        "15thApril",
        "2027年5月3日",
        "2027년 5월 3일",
    ],
)
def test_fast_look_lets_every_written_date_pass(text: str) -> None:
    assert may_hold_date(text)


@pytest.mark.parametrize("text", ["May", "in spring", "12 pages", "room 3.14", ""])
def test_fast_look_stops_lines_without_dates(text: str) -> None:
    assert not may_hold_date(text)


def test_date_far_into_a_long_line_is_found_where_it_stands() -> None:
    text = "words " * 300 + "due 3 May 2027, 23:59 AoE " + "words " * 300
    found = find_dates(text)
    assert written(text) == ["3 May 2027"]
    assert [text[zone.start : zone.end] for zone in found.zones] == ["AoE"]
    assert [time.text for time in found.times] == ["23:59"]
