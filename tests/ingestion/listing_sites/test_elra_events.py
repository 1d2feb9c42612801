from ingestion.readers.sites import elra_events
from tests.ingestion.listing_sites.reading import (
    VOCABULARY,
    by_position,
    check_quotes,
    dates,
    page,
    reasons,
)

URL = "https://www.elra.info/elra-events/"

POSTS = """<html><head><title>Events - ELRA</title></head><body>
<nav><ul><li><a href="/join">Join us in 2027</a></li></ul></nav><main>
<article class="post"><h2 class="entry-title"><a
 href="https://www.elra.info/elra-events/lamp-2027/">LAMP 2027 - Language Resources
 for Lamps</a></h2><p class="event-date">3-5 May 2027</p>
<p class="event-location">Oslo, Norway</p>
<p><a href="https://lamp.example.org/">Website</a></p>
<ul><li>Paper submission deadline: 15 January 2027</li>
<li>Notification of acceptance: 20 March 2027</li></ul></article>
<article class="post"><h2 class="entry-title">Our newsletter of spring</h2>
<p>A new catalogue is out.</p></article>
<article class="post"><h3>Workshop on Wicks</h3><time>1 August 2027</time></article>
</main></body></html>"""


def test_posts_that_name_an_edition_are_entries() -> None:
    reading = elra_events.read(page(POSTS, URL), VOCABULARY)
    entries = by_position(reading)
    assert set(entries) == {
        "/events/elra-events-lamp-2027",
        "/events/workshop-on-wicks",
    }
    entry = entries["/events/elra-events-lamp-2027"]
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")
    assert entry.full_name_text == "Language Resources for Lamps"
    assert entry.place_text == "Oslo, Norway"
    assert entry.homepage_url == "https://lamp.example.org/"
    assert entry.entry_url == "https://www.elra.info/elra-events/lamp-2027/"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert dates(entry) == [
        ("submission", "2027-01-15"),
        ("notification", "2027-03-20"),
    ]
    check_quotes(reading)


def test_the_year_may_be_that_of_the_day_alone() -> None:
    reading = elra_events.read(page(POSTS, URL), VOCABULARY)
    entry = by_position(reading)["/events/workshop-on-wicks"]
    assert (entry.series_text, entry.year_text) == ("Workshop on Wicks", "2027")
    assert entry.starts_text == "2027-08-01"


def test_a_table_of_events_is_read_too() -> None:
    html = """<table><tr><th>Event</th><th>Date</th><th>Place</th></tr>
    <tr><td>LAMP 2027</td><td>3-5 May 2027</td><td>Oslo</td></tr></table>"""
    (entry,) = elra_events.read(page(html, URL), VOCABULARY).entries
    assert (entry.position, entry.place_text) == ("/events/lamp-2027", "Oslo")


def test_a_page_of_news_alone_is_remarked_on() -> None:
    html = "<article><h2>Our newsletter</h2><p>It is out.</p></article>"
    reading = elra_events.read(page(html, URL), VOCABULARY)
    assert reasons(reading) == [("", "unexpected_page")]


def test_what_a_workshop_wants_is_its_main_track() -> None:
    html = """<article><h2>Workshop on Wicks 2027</h2><p>August 1, 2027</p>
    <p>Paper submission: May 1, 2027</p><p>Demo submission: May 9, 2027</p></article>"""
    (entry,) = elra_events.read(page(html, URL), VOCABULARY).entries
    found = {(phrase.track, phrase.date) for phrase in entry.phrases}
    assert found == {("main", "2027-05-01"), ("demo", "2027-05-09")}
