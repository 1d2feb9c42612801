import json
from datetime import date
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingestion.readers.pages.events import MarkedEvent, marked_events


def events(html: str) -> tuple[MarkedEvent, ...]:
    return marked_events(LexborHTMLParser(html), html)


def script(value: Any) -> str:  # noqa: ANN401
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def spans(html: str) -> list[tuple[str, str]]:
    return [
        (event.starts.isoformat(), event.ends.isoformat()) for event in events(html)
    ]


def event(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"@type": "Event", "startDate": "2027-05-03", "endDate": "2027-05-05"} | (
        fields
    )


SPAN = ("2027-05-03", "2027-05-05")


@pytest.mark.parametrize(
    "value",
    [
        event(),
        event(**{"@type": "BusinessEvent"}),
        event(**{"@type": ["Thing", "EducationEvent"]}),
        event(startDate="2027-05-03T09:00:00+02:00", endDate="2027-05-05T17:00Z"),
        [{"@type": "Organization"}, event()],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, event()]},
        {"@type": "WebPage", "about": {"mainEntity": event()}},
    ],
)
def test_event_in_json_is_found_wherever_it_is_nested(value: object) -> None:
    assert spans(script(value)) == [SPAN]


def test_event_of_one_day_ends_on_it() -> None:
    assert spans(script(event(endDate=None))) == [("2027-05-03", "2027-05-03")]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "null",
        "not json",
        event(**{"@type": "Article"}),
        event(**{"@type": None}),
        event(**{"@type": {"a": 1}}),
        event(startDate="3 May 2027"),
        event(startDate="2027-06-31"),
        event(startDate=20270503),
        event(startDate=None),
        event(endDate="2027-05-01"),
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_event_with_days_is_left_alone(value: object) -> None:
    assert spans(script(value)) == []


def test_depth_has_a_limit() -> None:
    value: object = event()
    for _ in range(50):
        value = {"next": value}
    assert spans(script(value)) == []


def test_repeated_event_is_one_and_different_ones_are_several() -> None:
    other = event(startDate="2027-05-01", endDate="2027-05-02")
    assert spans(script(event()) + script([event(), other])) == [
        SPAN,
        ("2027-05-01", "2027-05-02"),
    ]


def test_broken_script_does_not_hide_the_next_one() -> None:
    assert spans(script("{") + script(event())) == [SPAN]


def test_other_scripts_are_not_read() -> None:
    assert spans(f"<script>{json.dumps(event())}</script><!-- ld+json -->") == []


@pytest.mark.parametrize(
    "body",
    [
        '<meta itemprop="startDate" content="2027-05-03">'
        '<meta itemprop="endDate" content="2027-05-05">',
        '<time itemprop="startDate" datetime="2027-05-03T09:00">Monday</time>'
        '<time itemprop="endDate" datetime="2027-05-05">Wednesday</time>',
        '<span itemprop="startDate">2027-05-03</span>'
        '<span itemprop="endDate">2027-05-05</span>',
    ],
)
def test_microdata_is_read_from_content_datetime_or_text(body: str) -> None:
    assert spans(f"<div itemscope>{body}</div>") == [SPAN]


def test_programme_of_many_events_in_microdata_names_none() -> None:
    assert spans('<i itemprop="startDate" content="2027-05-03"></i>' * 2) == []


def test_json_is_believed_before_microdata() -> None:
    microdata = '<meta itemprop="startDate" content="2027-01-01">'
    assert spans(microdata + script(event())) == [SPAN]


def test_quote_repeats_the_stamps_and_is_short() -> None:
    (found,) = events(script(event(startDate="2027-05-03" + "T" * 500)))
    assert found.starts == date(2027, 5, 3)
    assert found.quote.startswith('"startDate": "2027-05-03')
    assert len(found.quote) <= 200
