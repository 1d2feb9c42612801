from ingestion.readers.sites import acl_events
from tests.ingestion.listing_sites.reading import (
    VOCABULARY,
    by_position,
    check_quotes,
    dates,
    page,
    reasons,
)

URL = "https://www.aclweb.org/portal/acl_sponsored_events"

TABLE = """<html><head><title>ACL Sponsored Events | ACL Member Portal</title></head>
<body><div id="menu"><table><tr><td>Home</td><td>Join</td></tr></table></div>
<div class="view"><table class="views-table">
<thead><tr><th>Title</th><th>Location</th><th>City</th><th>Country</th>
<th><a href="?order=deadline">Submission Deadline</a></th><th>Event Dates</th></tr>
</thead><tbody>
<tr class="odd"><td><a href="/portal/content/lampnlp-2027">LampNLP 2027</a></td>
<td>Town Hall</td><td>Oslo</td><td>Norway</td>
<td><span class="date-display-single">15 Jan 2027</span></td>
<td><span class="date-display-range"><span>3 May 2027</span> to
<span>5 May 2027</span></span></td></tr>
<tr class="even"><td><a href="/portal/node/321">Second Call for Papers: The 4th
Workshop on Light in Language (LiL 2027)</a></td><td></td><td>Online</td><td></td>
<td>28 Feb 2027 23:59 AoE</td><td>1 Aug 2027</td></tr>
<tr><td><a href="https://wick.example.org/">Wick Symposium</a></td><td>Oslo</td>
<td>Oslo</td><td>Norway</td><td></td><td>30 Feb 2027</td></tr>
<tr><td>a row of</td><td>two cells</td></tr>
</tbody></table></div></body></html>"""

EVENT = """<html><head><title>LampNLP 2027 | ACL Member Portal</title>
<link rel="canonical" href="/portal/content/lampnlp-2027"></head><body>
<h1 class="title" id="page-title">LampNLP 2027: Lamps in Language Processing</h1>
<div class="field"><div class="field-label">Abbreviated Title:&nbsp;</div>
<div class="field-items"><div class="field-item">LampNLP 2027</div></div></div>
<div class="field"><div class="field-label">City:&nbsp;</div>
<div class="field-items"><div class="field-item">Oslo</div></div></div>
<div class="field"><div class="field-label">Event Dates:&nbsp;</div><div
 class="field-items">Monday, 3 May 2027 to Wednesday, 5 May 2027</div></div>
<div class="field"><div class="field-label">Website:&nbsp;</div><div
 class="field-items"><a href="https://lamp.example.org/">here</a></div></div>
<div class="field"><div class="field-label">Submission Deadline:&nbsp;</div><div
 class="field-items">Friday, 15 January 2027</div></div>
<div class="field field-name-body"><div class="field-items"><p>Important dates</p>
<ul><li>Paper submission: January 10, 2027<li>Notification: March 20, 2027</ul></div>
</div></body></html>"""


def test_the_table_of_events_gives_an_entry_a_row() -> None:
    reading = acl_events.read(page(TABLE, URL), VOCABULARY)
    entry = by_position(reading)["/events/lampnlp-2027"]
    assert (entry.series_text, entry.year_text) == ("LampNLP", "2027")
    assert entry.entry_id_text == "lampnlp-2027"
    assert entry.place_text == "Town Hall, Oslo, Norway"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert entry.homepage_url is None
    assert entry.entry_url == "https://www.aclweb.org/portal/content/lampnlp-2027"
    assert dates(entry) == [("submission", "2027-01-15")]
    assert entry.phrases[0].label_text == "Submission Deadline"
    assert entry.phrases[0].quote.startswith("LampNLP 2027\nTown Hall")
    check_quotes(reading)


def test_a_call_s_title_is_told_from_the_event_s_name() -> None:
    entry = by_position(acl_events.read(page(TABLE, URL), VOCABULARY))[
        "/events/node-321"
    ]
    assert (entry.series_text, entry.year_text) == ("LiL", "2027")
    assert entry.full_name_text == "The 4th Workshop on Light in Language"
    assert entry.place_text == "Online"
    (phrase,) = entry.phrases
    assert (phrase.date, phrase.time) == ("2027-02-28", "23:59")
    assert phrase.timezone_text == "AoE"


def test_an_event_elsewhere_is_known_by_its_name_and_has_its_homepage() -> None:
    reading = acl_events.read(page(TABLE, URL), VOCABULARY)
    entry = by_position(reading)["/events/wick-symposium"]
    assert entry.homepage_url == "https://wick.example.org/"
    assert entry.entry_url is None
    assert entry.place_text == "Oslo, Norway"
    assert entry.phrases == ()
    assert ("/events/wick-symposium", "impossible_date") in reasons(reading)


def test_a_row_with_too_few_cells_is_left_out() -> None:
    reading = acl_events.read(page(TABLE, URL), VOCABULARY)
    assert len(reading.entries) == 3
    assert ("", "incomplete_entry") in reasons(reading)


def test_an_event_is_the_same_record_in_the_table_and_on_its_page() -> None:
    url = "https://www.aclweb.org/portal/content/lampnlp-2027?page=1"
    reading = acl_events.read(page(EVENT, url), VOCABULARY)
    (entry,) = reading.entries
    assert entry.position == "/events/lampnlp-2027"
    assert entry.full_name_text == "Lamps in Language Processing"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert entry.homepage_url == "https://lamp.example.org/"
    assert entry.entry_url == "https://www.aclweb.org/portal/content/lampnlp-2027"
    assert dates(entry) == [
        ("submission", "2027-01-15"),
        ("notification", "2027-03-20"),
    ]
    check_quotes(reading)


def test_a_page_without_the_table_is_remarked_on() -> None:
    reading = acl_events.read(page("<h1>Checking your browser</h1>"), VOCABULARY)
    assert reasons(reading) == [("", "unexpected_page")]
