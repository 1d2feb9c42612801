import gzip
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.readers.pages.records import Page
from ingestion.readers.pages.vocabulary import parse_vocabulary
from ingestion.readers.sites import wikicfp
from tests.ingestion.listing_sites.reading import (
    VOCABULARY,
    by_position,
    check_quotes,
    dates,
    page,
    phrases,
    reasons,
)

LIST_URL = "http://www.wikicfp.com/cfp/call?conference=lamps"
EVENT_URL = "http://www.wikicfp.com/cfp/servlet/event.showcfp?eventid="
EXPIRED = '<tr align="center"><td colspan="5">Expired CFPs</td></tr>'


def row(
    event_id: int,
    acronym: str,
    deadline: str,
    when: str = "May 3, 2027 - May 5, 2027",
    title: str = "Conference on Lamps",
    where: str = "Oslo, Norway",
) -> str:
    return f"""
<tr bgcolor="#f6f6f6">
<td rowspan="2" align="left"><a
 href="/cfp/servlet/event.showcfp?eventid={event_id}&amp;copyownerid=7">{acronym}</a></td>
<td align="left" colspan="3">{title}</td>
<td rowspan="2"><input type="checkbox" name="eventid_{event_id}"></td>
</tr>
<tr bgcolor="#f6f6f6">
<td align="left">{when}</td>
<td align="left">{where}</td>
<td align="left">{deadline}</td>
</tr>"""


def listing(*rows: str, above: str = "", paging: str = "") -> str:
    return f"""<!DOCTYPE html><html><head><title>Lamps Call For Papers</title></head>
<body><div class="contsec"><h2> Lamps </h2>{above}
<table cellpadding="3"><tr align="center" bgcolor="#bbbbbb" ><td> Event </td>
<td> When </td><td> Where </td><td> Deadline</td><td><input name="checkall"></td></tr>
{"".join(rows)}</table>{paging}
<center><h3> Related Resources </h3></center><div class="cfp"><table>
<tr><td><a href="/cfp/servlet/event.showcfp?eventid=99">OTHER 2027</a> Another</td></tr>
</table></div></div></body></html>"""


EVENT = """<html><head><title>LAMP 2027 : Conference on Lamps</title></head><body>
<form><input name="eventid" type="hidden" value="4711"></form>
<h2><span typeof="v:Event"><span property="v:summary" content="LAMP 2027"></span>
<span property="v:eventType" content="Conference"></span>
<span property="v:startDate" content="2027-05-03T00:00:00"></span>
<span property="v:endDate" content="2027-05-05T23:59:59"></span>
<span resource="http://www.wikicfp.com/cfp/servlet/event.showcfp?eventid=4711"
 rel="v:url"></span>
<span rel="v:location"><span property="v:locality" content="Oslo, Norway"></span></span>
<span property="v:description"> LAMP  2027 : Conference on Lamps &amp; Light</span>
</span></h2>
Link: <a href="https://lamp.example.org/2027">https://lamp.example.org/2027</a>
<table class="gglu">
<tr><th>When</th><td> May 3, 2027 - May 5, 2027 </td></tr>
<tr><th>Where</th><td>Oslo, Norway</td></tr>
<tr><th>Abstract Registration Due</th><td><span typeof="v:Event">
 <span property="v:summary" content="Abstract Registration Due"></span>
 <span property="v:startDate" content="2027-01-08T00:00:00">Jan 8, 2027</span></span>
</td></tr>
<tr><th>Submission Deadline</th><td>Jan 15, 2027</td></tr>
<tr><th>Notification Due</th><td>TBD</td></tr>
<tr><th>Final Version Due</th><td>Apr 31, 2027</td></tr>
</table>
<table class="gglu"><tr><td><h5><a class="blackbold" href="/cfp/allcat">Categories</a>
 <a href="../call?conference=lamps">lamps</a>
 <a href="../call?conference=light">light, optics</a></h5></td></tr></table>
<div xmlns:dc="http://purl.org/dc/elements/1.1/">
<span property="dc:identifier" content="http://www.wikicfp.com/?eventid=4711"></span>
<span property="dc:source" content="https://lamp.example.org/2027"></span></div>
<table><tr><td><div class="cfp" align="left">All about lamps.<br><br>
Important dates:<br>Paper submission: January 10, 2027<br>
Early registration: April 20, 2027</div></td></tr></table>
<center><h3> Related Resources </h3></center><div class="cfp"><table>
<tr><td><a href="/cfp/servlet/event.showcfp?eventid=99">OTHER 2027</a>
Paper submission: January 1, 2027</td></tr></table></div></body></html>"""


def test_a_list_gives_an_entry_a_row_with_abstract_and_paper() -> None:
    html = listing(
        row(1, "LAMP  2027", "Jan 15, 2027 (Jan 8, 2027)"),
        row(2, "IJL 2027", "Feb 1, 2027", when="N/A", where="N/A"),
    )
    reading = wikicfp.read(page(html, LIST_URL), VOCABULARY)
    first, second = reading.entries
    assert (first.series_text, first.year_text) == ("LAMP", "2027")
    assert first.entry_id_text == "1"
    assert first.position == "/events/1"
    assert first.full_name_text == "Conference on Lamps"
    assert first.place_text == "Oslo, Norway"
    assert first.dates_text == "May 3, 2027 - May 5, 2027"
    assert (first.starts_text, first.ends_text) == ("2027-05-03", "2027-05-05")
    assert dates(first) == [("abstract", "2027-01-08"), ("submission", "2027-01-15")]
    assert first.phrases[1].kind_rule == "submission"
    assert first.phrases[1].due_text == "Jan 15, 2027"
    assert (second.dates_text, second.place_text, second.starts_text) == (None,) * 3
    assert dates(second) == [("submission", "2027-02-01")]
    check_quotes(reading)
    assert "LAMP 2027" in first.phrases[0].quote
    assert reading.findings == ()


def test_rows_after_the_expired_mark_are_editions_that_say_so() -> None:
    html = listing(row(1, "A 2027", "TBD"), EXPIRED, row(2, "B 2026", "May 1, 2026"))
    entries = by_position(wikicfp.read(page(html), VOCABULARY))
    assert entries["/events/1"].status_text is None
    assert entries["/events/1"].phrases[0].date is None
    assert entries["/events/1"].phrases[0].due_text == "TBD"
    assert entries["/events/2"].status_text == "expired"
    assert dates(entries["/events/2"]) == [("submission", "2026-05-01")]


def test_related_calls_are_no_entries() -> None:
    reading = wikicfp.read(page(listing(row(1, "A 2027", "TBD"))), VOCABULARY)
    assert [entry.position for entry in reading.entries] == ["/events/1"]


def test_paging_links_are_absolute() -> None:
    paging = '<a href="/cfp/call?conference=lamps&amp;page=2">next</a>'
    html = listing(row(1, "A 2027", "TBD"), paging=paging)
    reading = wikicfp.read(page(html, LIST_URL), VOCABULARY)
    assert ("next", f"{LIST_URL}&page=2") in reading.links


def test_a_series_page_names_the_series_at_dblp() -> None:
    link = '<a href="http://dblp.uni-trier.de/db/conf/lamp/index.html">DBLP</a>'
    html = listing(row(1, "LAMP 2027", "Jan 15, 2027"), above=link)
    (entry,) = wikicfp.read(page(html), VOCABULARY).entries
    assert entry.dblp_text == "conf/lamp"


def test_a_search_without_result_is_a_list_without_rows() -> None:
    html = '<h3>Matched Call For Papers for "dfasfd"</h3><table></table>'
    reading = wikicfp.read(page(html), VOCABULARY)
    assert (reading.entries, reading.findings) == ((), ())


def test_a_page_of_another_make_is_remarked_on() -> None:
    reading = wikicfp.read(page("<h1>Access denied</h1>"), VOCABULARY)
    assert reading.entries == ()
    assert reasons(reading) == [("", "unexpected_page")]


def test_an_impossible_deadline_is_left_out_and_the_row_kept() -> None:
    html = listing(row(1, "A 2027", "Feb 31, 2027"), row(2, "B 2027", "in spring"))
    reading = wikicfp.read(page(html), VOCABULARY)
    assert [dates(entry) for entry in reading.entries] == [[], []]
    assert reasons(reading) == [
        ("/events/1", "impossible_date"),
        ("/events/2", "unreadable_date"),
    ]
    assert "Feb 31, 2027" in reading.findings[0].detail


def test_a_row_that_breaks_off_is_left_out() -> None:
    html = listing(row(1, "A 2027", "TBD"), row(2, "B 2027", "TBD"))
    cut = html[: html.index("May 3", html.index("B 2027"))]
    reading = wikicfp.read(page(cut), VOCABULARY)
    assert [entry.position for entry in reading.entries] == ["/events/1"]
    assert reasons(reading) == [("/events/2", "incomplete_entry")]


def test_the_same_event_twice_on_a_page_is_one_entry() -> None:
    html = listing(row(1, "A 2027", "TBD"), row(1, "A 2027", "Jan 1, 2027"))
    reading = wikicfp.read(page(html), VOCABULARY)
    assert [dates(entry) for entry in reading.entries] == [[("submission", None)]]
    assert reasons(reading) == [("/events/1", "duplicate_id")]


def test_an_event_page_is_read_from_its_fields() -> None:
    reading = wikicfp.read(page(EVENT), VOCABULARY)
    (entry,) = reading.entries
    assert entry.position == "/events/4711"
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")
    assert entry.full_name_text == "Conference on Lamps & Light"
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    assert entry.place_text == "Oslo, Norway"
    assert entry.homepage_url == "https://lamp.example.org/2027"
    assert entry.areas_text == "lamps;light, optics"
    assert dates(entry)[:3] == [
        ("abstract", "2027-01-08"),
        ("submission", "2027-01-15"),
        ("notification", None),
    ]
    assert entry.phrases[1].quote == "Submission Deadline\nJan 15, 2027"
    assert reasons(reading) == [("/events/4711", "impossible_date")]
    check_quotes(reading)


def test_an_event_is_the_same_record_on_a_list_and_on_its_page() -> None:
    listed = wikicfp.read(page(listing(row(4711, "LAMP 2027", "TBD"))), VOCABULARY)
    shown = wikicfp.read(page(EVENT), VOCABULARY)
    assert listed.entries[0].position == shown.entries[0].position
    labels = {phrase.label_text for phrase in phrases(shown)}
    assert {phrase.label_text for phrase in phrases(listed)} <= labels


@pytest.mark.parametrize("url", [None, f"{EVENT_URL}4711&copyownerid=7"])
def test_every_entry_leads_to_its_own_page(url: str | None) -> None:
    lists = listing(row(1, "A 2027", "TBD"), EXPIRED, row(2, "B 2026", "TBD"))
    found = [
        (entry.entry_id_text, entry.entry_url)
        for one in (lists, EVENT, FEED, DUMP)
        for entry in wikicfp.read(page(one, url), VOCABULARY).entries
    ]
    ids = ["1", "2", "4711", "4711", "2", "12"]
    assert found == [(key, f"{EVENT_URL}{key}") for key in ids]


def test_the_text_of_a_call_adds_only_what_the_fields_do_not_say() -> None:
    reading = wikicfp.read(page(EVENT), VOCABULARY)
    found = dates(reading.entries[0])
    assert ("submission", "2027-01-10") not in found
    assert ("submission", "2027-01-01") not in found


def test_a_label_that_no_rule_knows_is_of_kind_other() -> None:
    html = EVENT.replace("Notification Due", "Coffee Break")
    header = "rule_key,decides,priority,label_pattern,value,note"
    (entry,) = wikicfp.read(page(html), VOCABULARY).entries
    assert [p.kind for p in entry.phrases if p.label_text == "Coffee Break"] == [
        "other"
    ]
    (entry,) = wikicfp.read(page(EVENT), parse_vocabulary(header)).entries
    assert {(p.kind, p.kind_rule) for p in entry.phrases} == {("other", None)}


FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>
<title>CFPs on Lamps : WikiCFP</title><link>http://www.wikicfp.com/cfp/</link>
<item><title>LAMP 2027 : Conference on Lamps</title>
<link>http://www.wikicfp.com/cfp/servlet/event.showcfp?eventid=4711</link>
<description>Lamps [Oslo, Norway] [May 3, 2027 - May 5, 2027]</description>
<guid isPermaLink="false">cfp-1-S@wikicfp.com</guid></item>
<item><title><![CDATA[IJL 2027 : Journal of <Lamps>]]></title>
<link>http://www.wikicfp.com/cfp/servlet/event.showcfp?eventid=2</link>
<description>Journal of Lamps [N/A] [N/A]</description></item>
<item><title>no number</title></item></channel></rss>"""


def test_a_feed_gives_names_places_and_days() -> None:
    reading = wikicfp.read(page(FEED), VOCABULARY)
    first, second = reading.entries
    assert reading.title == "CFPs on Lamps : WikiCFP"
    assert (first.position, first.series_text) == ("/events/4711", "LAMP")
    assert (first.place_text, first.starts_text) == ("Oslo, Norway", "2027-05-03")
    assert first.phrases == ()
    assert second.full_name_text == "Journal of <Lamps>"
    assert (second.place_text, second.dates_text) == (None, None)
    assert reasons(reading) == [("", "incomplete_entry")]


DUMP = """<?xml version="1.0"?>

<resultset>
  <row>
\t<field name="eventid">12</field>
\t<field name="fullname">Workshop on \x0bLamps &amp; Light</field>
\t<field name="handle">LAMP</field>
\t<field name="year">2009</field>
\t<field name="location">Oslo, Norway</field>
\t<field name="begindate">2009-06-23</field>
\t<field name="finishdate">2009-06-24</field>
\t<field name="presubdate"></field>
\t<field name="submitdate">2009-02-20</field>
\t<field name="notifydate">2009-03-20</field>
\t<field name="cameradate">2009-02-30</field>
\t<field name="weblink">http://lamp.example.org/</field>
\t<field name="info">Call\nfor papers</field>
  </row>
</resultset>
"""


def test_a_dump_gives_an_entry_a_record() -> None:
    content = gzip.compress(DUMP.encode() + b"\x93")
    reading = wikicfp.read(Page(content), VOCABULARY)
    (entry,) = reading.entries
    assert entry.position == "/events/12"
    assert (entry.series_text, entry.year_text) == ("LAMP", "2009")
    assert entry.full_name_text == "Workshop on Lamps & Light"
    assert (entry.starts_text, entry.ends_text) == ("2009-06-23", "2009-06-24")
    assert entry.homepage_url == "http://lamp.example.org/"
    assert dates(entry) == [
        ("submission", "2009-02-20"),
        ("notification", "2009-03-20"),
    ]
    assert reasons(reading) == [("/events/12", "impossible_date")]
    check_quotes(reading)


def test_a_dump_that_inflates_without_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wikicfp, "MAX_INFLATED_BYTES", 1_000)
    reading = wikicfp.read(Page(gzip.compress(b" " * 100_000)), VOCABULARY)
    assert (reading.entries, reasons(reading)) == ((), [("", "too_large")])


def test_a_broken_dump_is_remarked_on() -> None:
    reading = wikicfp.read(Page(gzip.compress(DUMP.encode())[:40]), VOCABULARY)
    assert reading.entries == ()
    reading = wikicfp.read(Page(b"\x1f\x8bno gzip at all"), VOCABULARY)
    assert reasons(reading) == [("", "binary")]


PAGES = [
    listing(row(1, "A 2027", "Jan 1, 2027 (TBD)"), EXPIRED, row(2, "B 2026", "x")),
    EVENT,
    DUMP,
    f"<rss><channel><item>{escape('<title>')}</item></channel></rss>",
]


@given(st.sampled_from(PAGES), st.integers(0, 6_000), st.binary(max_size=8))
def test_no_truncated_or_garbled_page_raises(text: str, cut: int, junk: bytes) -> None:
    content = text.encode()
    for garbled in (content[:cut], content[:cut] + junk + content[cut + len(junk) :]):
        check_quotes(wikicfp.read(Page(garbled, LIST_URL), VOCABULARY))


def test_a_page_nested_without_end_is_given_up() -> None:
    reading = wikicfp.read(page("<div>" * 50_000), VOCABULARY)
    assert reasons(reading) == [("", "too_deep")]


def test_fields_that_never_end_cost_one_pass() -> None:
    text = "<resultset><row>" + '<field name="a">' * 100_000
    assert reasons(wikicfp.read(page(text), VOCABULARY)) == [("", "incomplete_entry")]
