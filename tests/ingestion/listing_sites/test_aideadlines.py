from ingestion.readers.sites import aideadlines
from tests.ingestion.listing_sites.reading import (
    VOCABULARY,
    by_position,
    check_quotes,
    dates,
    page,
    phrases,
    reasons,
)

URL = "https://aideadlines.org/?sub=ML"


def box(key: str, title: str, when: str = "May 3-5, 2027", place: str = "Oslo") -> str:
    return f"""<div id="{key}" class="ConfItem ML-conf"><div class="conf-row">
<a class="conf-title" href="/conference?id={key}">{title}</a>
<a href="https://{key}.example.org/" title="Conference Website">site</a></div>
<span class="conf-date">{when}.</span> <span class="conf-place">
<a href="http://maps.google.com/?q={place}">{place}</a>.</span>
<div>Deadline: <span class="deadline-time"></span></div>
<span data-sub="ML" class="conf-sub ML-tag"></span>
<span data-sub="XX" class="conf-sub XX-tag"></span></div>"""


def due(key: str, date: str, zone: str, tags: str = "ML") -> str:
    tag = f"$('#{key} .{tags}-tag').html(sub2name[\"{tags}\"]);" if tags else ""
    return f"""{tag}
          // adjust date according to deadline timezone
          var timezone = "{zone}" ;
          var confDate = moment.tz("{date}", timezone);
          $('#{key} .timer').countdown(confDate.toDate(), function(event) {{
            $(this).html(event.strftime('%D days'));
          }});
          try {{
            var localConfDate = moment.tz(confDate, local_timezone);
            $('#{key} .deadline-time').html(localConfDate.toString());
          }} catch(err) {{ console.log("no"); }}
          var myCalendar = createCalendar({{ options: {{ id: '{key}' }},
            data: {{ title: '{key} deadline' }} }});
          document.querySelector('#{key} .calendar').appendChild(myCalendar);"""


def site(boxes: str, script: str) -> str:
    return f"""<html><head><title>AI Conference Deadlines</title>
<script src="/static/js/moment.min.js"></script></head><body>
<div id="coming_confs">{boxes}</div><script type="text/javascript">
$(function() {{
  var local_timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  var conf_type_data = [{{"name":"Machine Learning","sub":"ML"}}];
  {script}
  $("#coming_confs .ConfItem").sort(function (a, b) {{ return 0; }});
}});</script></body></html>"""


def test_a_deadline_belongs_to_the_conference_in_whose_block_it_stands() -> None:
    html = site(
        box("lamp27", "LAMP 2027") + box("light-up-27", "Light-Up 2027"),
        due("lamp27", "2027-01-15 23:59:59", "America/Los_Angeles")
        + due("light-up-27", "2027-02-01 23:59", "Etc/GMT+12"),
    )
    reading = aideadlines.read(page(html, URL), VOCABULARY)
    entries = by_position(reading)
    lamp = entries["/events/lamp27"]
    assert (lamp.series_text, lamp.year_text) == ("LAMP", "2027")
    assert lamp.homepage_url == "https://lamp27.example.org/"
    assert lamp.entry_url == "https://aideadlines.org/conference?id=lamp27"
    assert (lamp.starts_text, lamp.ends_text) == ("2027-05-03", "2027-05-05")
    assert lamp.place_text == "Oslo"
    assert lamp.areas_text == "Machine Learning;XX"
    (phrase,) = lamp.phrases
    assert (phrase.kind, phrase.date, phrase.time) == (
        "submission",
        "2027-01-15",
        "23:59:59",
    )
    assert phrase.timezone_text == "America/Los_Angeles"
    assert phrase.label_text == "Deadline"
    assert 'moment.tz("2027-01-15 23:59:59", timezone)' in phrase.quote
    assert '"America/Los_Angeles"' in phrase.quote
    (other,) = entries["/events/light-up-27"].phrases
    assert (other.date, other.timezone_text) == ("2027-02-01", "Etc/GMT+12")
    assert reading.findings == ()
    check_quotes(reading)


def test_blocks_without_a_subject_belong_to_the_box_that_they_fill() -> None:
    html = site(
        box("a27", "A 2027") + box("b-c27", "B-C 2027") + box("d27", "D 2027"),
        due("a27", "2027-01-01 10:00", "UTC", tags="")
        + due("b-c27", "2027-01-02 10:00", "UTC", tags="")
        + due("d27", "2027-01-03 10:00", "UTC", tags=""),
    )
    reading = aideadlines.read(page(html), VOCABULARY)
    assert [dates(entry) for entry in reading.entries] == [
        [("submission", "2027-01-01")],
        [("submission", "2027-01-02")],
        [("submission", "2027-01-03")],
    ]


def test_a_block_that_fills_nothing_is_that_of_the_box_named_before() -> None:
    script = """$('#a27 .ML-tag').html('ml'); var timezone = "UTC-12";
    var confDate = moment.tz("2027-01-01 23:59:59", timezone);
    $('#b27').html('x'); var timezone = "GMT";
    var confDate = moment.tz("2027-01-02 12:00:00", timezone);"""
    links = """<a href="/conference?id=a27">A 2027</a>
    <a href="/conference?id=b27">B 2027</a><a href="/conference?id=a27">A '27</a>"""
    reading = aideadlines.read(page(site(links, script)), VOCABULARY)
    entries = by_position(reading)
    assert {key: dates(entry) for key, entry in entries.items()} == {
        "/events/a27": [("submission", "2027-01-01")],
        "/events/b27": [("submission", "2027-01-02")],
    }
    zones = [phrase.timezone_text for phrase in phrases(reading)]
    assert zones == ["UTC-12", "GMT"]


def test_a_conference_that_is_to_be_announced_has_no_one_else_s_date() -> None:
    script = (
        due("a27", "2027-01-01 10:00", "UTC")
        + """$('#b27 .ML-tag').html("ml"); $('#b27 .timer').html("TBA");
        $('#b27 .deadline-time').html("TBA");"""
        + due("c27", "2027-01-03 10:00", "UTC")
    )
    boxes = box("a27", "A 2027") + box("b27", "B 2027") + box("c27", "C 2027")
    reading = aideadlines.read(page(site(boxes, script)), VOCABULARY)
    entries = by_position(reading)
    (phrase,) = entries["/events/b27"].phrases
    assert (phrase.kind, phrase.date, phrase.due_text) == ("submission", None, "TBA")
    assert dates(entries["/events/c27"]) == [("submission", "2027-01-03")]


def test_a_zone_may_stand_in_the_call_itself_or_nowhere() -> None:
    script = """$('#a27 .x').html('ml');
    var confDate = moment.tz("2027-05-15 23:59:59", "America/Los_Angeles");
    $('#b27 .x').html('ml'); var confDate = moment.tz("2027-05-16 24:00");"""
    boxes = box("a27", "A 2027") + box("b27", "B 2027")
    reading = aideadlines.read(page(site(boxes, script)), VOCABULARY)
    found = [(phrase.timezone_text, phrase.time) for phrase in phrases(reading)]
    assert found == [("America/Los_Angeles", "23:59:59"), (None, "24:00")]


def test_an_abstract_s_date_says_so_by_its_variable() -> None:
    script = """$('#a27 .x').html('ml'); var timezone = "UTC";
    var confAbstractDate = moment.tz("2027-01-08 23:59", timezone);
    var confDate = moment.tz("2027-01-15 23:59", timezone);"""
    reading = aideadlines.read(page(site(box("a27", "A 2027"), script)), VOCABULARY)
    (entry,) = reading.entries
    assert dates(entry) == [("abstract", "2027-01-08"), ("submission", "2027-01-15")]


def test_a_date_that_is_none_is_left_out_with_a_reason() -> None:
    script = due("a27", "2027-02-30 23:59", "UTC") + due("b27", "next year", "UTC")
    boxes = box("a27", "A 2027") + box("b27", "B 2027")
    reading = aideadlines.read(page(site(boxes, script)), VOCABULARY)
    assert phrases(reading) == []
    assert reasons(reading) == [
        ("/events/a27", "impossible_date"),
        ("/events/b27", "unreadable_date"),
    ]


def test_the_page_of_one_conference_says_the_same_in_its_script() -> None:
    script = """if (conf == "lamp-27") {
      $('#conf-title-href').text("LAMP 2027");
      $('#conf-title-href').attr('href', "/conference?id=lamp-27");
      $('#conf-date').text("May 3-5, 2027"); $('#conf-place').text("Oslo &amp; Bergen");
      $('#conf-website').attr('href', "https://lamp.example.org/");
      var timezone = "UTC-12" ; var confDate = moment.tz("2027-01-15 23:59", timezone);
      $('.deadline-time').html(confDate.toString()); }
    if (conf == "wick27") { $('#conf-title-href').text("Wick 2027");
      $('.deadline-time').html("TBA"); }"""
    reading = aideadlines.read(page(site("", script)), VOCABULARY)
    entries = by_position(reading)
    lamp = entries["/events/lamp-27"]
    assert (lamp.series_text, lamp.year_text) == ("LAMP", "2027")
    assert lamp.place_text == "Oslo & Bergen"
    assert lamp.homepage_url == "https://lamp.example.org/"
    assert dates(lamp) == [("submission", "2027-01-15")]
    assert entries["/events/wick27"].series_text == "Wick"


def test_the_year_may_stand_in_the_id_alone() -> None:
    (entry,) = aideadlines.read(
        page(site(box("lamp27", "LAMP", when="TBA"), "")), VOCABULARY
    ).entries
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")


def test_a_page_without_conferences_is_remarked_on() -> None:
    reading = aideadlines.read(page("<p>moved</p>"), VOCABULARY)
    assert reasons(reading) == [("", "unexpected_page")]


def test_a_script_of_openings_alone_costs_one_pass() -> None:
    script = "moment.tz(\"2027-01-01 10:00'" * 50_000
    reading = aideadlines.read(page(site(box("a27", "A 2027"), script)), VOCABULARY)
    assert phrases(reading) == []
