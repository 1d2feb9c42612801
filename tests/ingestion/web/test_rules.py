import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.documents import VisitOutcome
from ingestion.web.records import Fetched, Request
from ingestion.web.retries import backoff, retry_after
from ingestion.web.robots import Rules, read_rules

ROBOTS = Request("https://conf.example/robots.txt")
PAGE = "https://conf.example/cfp"


def rules(text: str) -> Rules:
    return read_rules(
        Fetched(ROBOTS, VisitOutcome.STORED, text.encode("utf-8", "replace")),
        "confradar",
    )


@given(st.text())
@example("User-agent: *\nCrawl-delay: 1e999\nDisallow: /*?*$$%zz\nRequest-rate: x/y")
@example("User-agent: *\nDisallow: /" + "*a" * 5000)
@example("<!doctype html><p>Not found")
def test_any_text_is_a_robots_txt(text: str) -> None:
    read = rules(text)
    assert read.refusal_of(PAGE) in {
        None,
        (VisitOutcome.ROBOTS_FORBIDDEN, "robots.txt forbids it"),
    }
    assert read.crawl_delay is None or 0 < read.crawl_delay < float("inf")


@pytest.mark.parametrize(
    ("lines", "is_allowed"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("\ufeffUser-agent: *\nDisallow: /cfp", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /\nAllow: /cfp$", True),
        ("User-agent: ConfRadar\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: *\nDisallow: /*.pdf$", True),
    ],
)
def test_robots_txt_is_read_as_search_engines_do(lines: str, is_allowed: bool) -> None:
    assert (rules(lines).refusal_of(PAGE) is None) is is_allowed


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (VisitOutcome.NOT_FOUND, None),
        (VisitOutcome.CLIENT_ERROR, None),
        (VisitOutcome.TOO_MANY_REDIRECTS, None),
        (VisitOutcome.SERVER_ERROR, VisitOutcome.ROBOTS_FORBIDDEN),
        (VisitOutcome.THROTTLED, VisitOutcome.THROTTLED),
        (VisitOutcome.TIMED_OUT, VisitOutcome.TIMED_OUT),
        (VisitOutcome.CERTIFICATE_INVALID, VisitOutcome.CERTIFICATE_INVALID),
    ],
)
def test_what_cannot_be_had_is_allowed_only_if_it_does_not_exist(
    outcome: VisitOutcome, expected: VisitOutcome | None
) -> None:
    refusal = read_rules(Fetched(ROBOTS, outcome, None, "why"), "x").refusal_of(PAGE)
    assert (refusal[0] if refusal else None) is expected
    assert refusal is None or "why" in refusal[1]


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", "", 120.0),
        (" 0 ", "", 0.0),
        ("Sun, 22 Nov 2026 10:01:30 GMT", "Sun, 22 Nov 2026 10:00:00 GMT", 90.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", "Sun, 22 Nov 2026 10:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 10:01:30 GMT", "", None),
        ("Sun, 22 Nov 2026 10:01:30", "Sun, 22 Nov 2026 10:00:00 GMT", None),
        ("-5", "", None),
        ("1e9", "", None),
        ("soon", "", None),
        ("", "", None),
        ("9999999999999", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    value: str, date: str, seconds: float | None
) -> None:
    assert retry_after({"Retry-After": value, "Date": date}) == seconds


@given(st.text(), st.text())
def test_any_retry_after_is_understood_or_not(value: str, date: str) -> None:
    waited = retry_after({"Retry-After": value, "Date": date})
    assert waited is None or waited >= 0


def test_waits_double_and_are_spread() -> None:
    assert [backoff(1.0, attempt, 0.5) for attempt in range(3)] == [1.0, 2.0, 4.0]
    assert [backoff(2.0, 0, chance) for chance in (0.0, 0.25, 0.75)] == [1.0, 1.5, 2.5]
