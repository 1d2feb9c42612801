from datetime import UTC, datetime, timedelta

import pytest

from confradar.instants import parse_instant, parse_span, parse_zone, time_left

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_date_is_its_first_moment_in_utc() -> None:
    assert parse_instant("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_timestamp_without_a_zone_is_utc() -> None:
    assert parse_instant("2026-11-20T12:00") == NOON


def test_a_timestamp_with_a_zone_is_brought_to_utc() -> None:
    read = parse_instant(" 2026-11-20T13:00:00+01:00 ")

    assert read == NOON
    assert read.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "20.11.2026", "2026-02-30"])
def test_what_is_no_iso_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("60d", timedelta(days=60)),
        ("12h", timedelta(hours=12)),
        ("8 weeks", timedelta(weeks=8)),
        ("1 Day", timedelta(days=1)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "60", "d", "-3d", "2.5d", "60 months"])
def test_a_span_without_a_known_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="12h, 60d, 8w"):
        parse_span(text)


def test_aoe_is_twelve_hours_behind_utc() -> None:
    assert NOON.astimezone(parse_zone("AoE")).isoformat() == "2026-11-20T00:00:00-12:00"


def test_an_iana_name_follows_daylight_saving() -> None:
    july = datetime(2026, 7, 1, 12, tzinfo=UTC)
    vienna = parse_zone("Europe/Vienna")

    assert (july.astimezone(vienna).hour, NOON.astimezone(vienna).hour) == (14, 13)


def test_local_is_left_to_the_machine() -> None:
    assert parse_zone("local") is None


@pytest.mark.parametrize("text", ["Mars/Olympus", "", "../../etc/passwd", "/etc"])
def test_an_unknown_zone_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="Europe/Vienna"):
        parse_zone(text)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=-1), "passed"),
        (timedelta(0), "0h 00m"),
        (timedelta(hours=5, minutes=7), "5h 07m"),
        (timedelta(days=3, hours=4), "3d 4h"),
        (timedelta(days=13, hours=23), "13d 23h"),
        (timedelta(days=14, hours=23), "14d"),
    ],
)
def test_time_left_has_the_two_units_that_matter(left: timedelta, words: str) -> None:
    assert time_left(NOON + left, NOON) == words
