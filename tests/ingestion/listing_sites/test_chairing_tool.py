import json

from ingestion.readers.sites import chairing_tool
from tests.ingestion.listing_sites.reading import (
    VOCABULARY,
    by_position,
    check_quotes,
    dates,
    page,
    reasons,
)

URL = "https://chairingtool.com/conferences"

SHELL = """<!doctype html><html><head><title>chairingtool</title></head><body>
<noscript>You need to enable JavaScript to run this app.</noscript>
<div id="root"></div><script src="/static/js/main.js"></script></body></html>"""

CARDS = """<html><body><div id="root"><div class="conference-card">
<h3>LAMP 2027</h3><span class="dates">May 3-5, 2027</span>
<span class="location">Oslo, Norway</span>
<a href="https://lamp.example.org">Website</a>
<a href="/conferences/LAMP2027/main-track">Submit</a>
<ul><li>Paper submission: January 15, 2027 23:59 UTC-12</li></ul></div>
<div class="conference-card"><h3>Sandbox</h3></div></div></body></html>"""

ANSWER = {
    "count": 2,
    "results": [
        {
            "slug": "LAMP2027",
            "name": "Conference on Lamps 2027",
            "shortName": "LAMP 2027",
            "startDate": "2027-05-03",
            "endDate": "2027-05-05",
            "city": "Oslo",
            "country": "Norway",
            "website": "https://lamp.example.org/",
            "timezone": "Etc/GMT+12",
            "abstractDeadline": "2027-01-08 23:59",
            "tracks": [
                {"name": "Demo", "submissionDeadline": "2027-02-01T23:59:00"},
                {
                    "name": "Main",
                    "deadlines": [{"label": "Notification", "date": "2027-03-20"}],
                },
            ],
        },
        {"name": "Sandbox"},
    ],
}


def test_a_page_that_a_script_would_fill_is_remarked_on() -> None:
    reading = chairing_tool.read(page(SHELL, URL), VOCABULARY)
    assert reading.entries == ()
    assert reasons(reading) == [("", "unexpected_page")]
    assert "script" in reading.findings[0].detail


def test_boxes_as_a_browser_saved_them_are_read() -> None:
    reading = chairing_tool.read(page(CARDS, URL), VOCABULARY)
    (entry,) = reading.entries
    assert entry.position == "/events/lamp2027-main-track"
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")
    assert entry.place_text == "Oslo, Norway"
    assert entry.homepage_url == "https://lamp.example.org"
    assert entry.entry_url == "https://chairingtool.com/conferences/LAMP2027/main-track"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert dates(entry) == [("submission", "2027-01-15")]
    check_quotes(reading)


def test_the_answer_that_the_script_fetches_is_read() -> None:
    reading = chairing_tool.read(page(json.dumps(ANSWER), URL), VOCABULARY)
    entry = by_position(reading)["/events/lamp2027"]
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")
    assert entry.full_name_text == "Conference on Lamps 2027"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert entry.place_text == "Oslo, Norway"
    assert dates(entry) == [
        ("abstract", "2027-01-08"),
        ("submission", "2027-02-01"),
        ("notification", "2027-03-20"),
    ]
    assert entry.phrases[0].timezone_text == "Etc/GMT+12"
    assert entry.phrases[1].track == "demo"
    check_quotes(reading)
    assert len(reading.entries) == 1


def test_an_answer_without_conferences_or_broken_is_remarked_on() -> None:
    assert reasons(chairing_tool.read(page('{"detail": "no"}'), VOCABULARY)) == [
        ("", "unexpected_page")
    ]
    assert reasons(chairing_tool.read(page('{"a": '), VOCABULARY)) == [("", "not_json")]
    deep = "[" * 200_000
    assert reasons(chairing_tool.read(page(deep), VOCABULARY)) == [("", "too_deep")]


def test_half_a_surrogate_pair_does_not_reach_the_text() -> None:
    answer = r'[{"name": "LAMP\ud800 2027", "submissionDeadline": "2027-01-01"}]'
    reading = chairing_tool.read(page(answer), VOCABULARY)
    assert reading.text.encode()
    check_quotes(reading)
