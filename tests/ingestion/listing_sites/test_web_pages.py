from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import PublishedFile, Retrieval, VisitOutcome
from ingestion.readers.records import Limits
from ingestion.readers.web_pages import ReadPage, read_page, reader_version_of
from ingestion.registry import load_registry
from ingestion.shapes import PAGE_FAMILIES
from tests.ingestion.listing_sites.reading import VOCABULARY, check_quotes

REGISTRY = load_registry()
URL = "https://lamp.example.org/2027/dates"
PAGE = """<html><head><title>LAMP 2027 - Important Dates</title></head><body>
<h1>LAMP 2027</h1><p>Oslo, Norway</p><table>
<tr><td>Paper submission</td><td>January 15, 2027 23:59 AoE</td></tr>
<tr><td>Notification</td><td>March 20, 2027</td></tr>
<tr><td>Conference</td><td>May 3-5, 2027</td></tr></table></body></html>"""
LOGIN = """<html><head><title>Sign in</title></head><body><h1>LAMP</h1><form>
<input name=user><input type="Password" name=pw><button>Go</button></form>
Please sign in to go on.</body></html>"""


def read(
    content: str | bytes,
    key: str = "conference_pages",
    context: Mapping[str, str] | None = None,
    media_type: str | None = None,
    zones: frozenset[str] = frozenset({"aoe"}),
    limits: Limits | None = None,
) -> ReadPage:
    file = PublishedFile(
        path="lamp.example.org/2027/dates",
        content=content.encode() if isinstance(content, str) else content,
        source_url=URL,
        context=context or {},
        retrieval=Retrieval(media_type=media_type) if media_type else None,
    )
    return read_page(
        REGISTRY.get(key),
        file,
        vocabulary=VOCABULARY,
        known_zones=zones,
        limits=limits,
    )


def test_an_official_page_is_one_edition_with_what_its_context_says() -> None:
    found = read(PAGE, context={"series": "LaMP", "year": "2027", "title": "Lamps"})
    assert found.outcome is None
    assert found.reading is not None
    (entry,) = found.reading.entries
    assert (entry.position, entry.series_text, entry.year_text) == ("", "LaMP", "2027")
    assert entry.full_name_text == "Lamps"
    assert entry.homepage_url == URL
    assert (entry.starts_text, entry.ends_text) == ("2027-05-03", "2027-05-05")
    kinds = {phrase.kind for phrase in entry.phrases}
    assert {"submission", "notification", "conference_start"} <= kinds
    assert found.document.body == {"title": "LAMP 2027 - Important Dates"}
    assert found.document.media_type == "text/html"
    assert found.rejects == ()
    check_quotes(found.reading)


def test_without_context_the_title_says_which_edition_it_is() -> None:
    found = read(PAGE)
    assert found.reading is not None
    (entry,) = found.reading.entries
    assert (entry.series_text, entry.year_text) == ("LAMP", "2027")


def test_a_year_may_stand_in_a_heading_alone() -> None:
    found = read(PAGE.replace("LAMP 2027 - Important Dates", "LAMP"))
    assert found.reading is not None
    assert found.reading.entries[0].year_text == "2027"


def test_a_page_that_names_no_conference_has_no_entry() -> None:
    found = read("<title>Important Dates</title><p>Paper submission: May 1, 2027")
    assert found.reading is not None
    assert found.reading.entries == ()
    assert [reject.reason for reject in found.rejects] == ["missing_title"]
    assert found.outcome is None


@pytest.mark.parametrize(
    "content", ["", " \n\t", "<html><body></body></html>", "<title>x</title><script>1"]
)
def test_a_page_without_text_is_empty(content: str) -> None:
    found = read(content)
    assert found.outcome is VisitOutcome.EMPTY
    assert found.document.body is None
    assert found.reading is None
    assert [reject.reason for reject in found.rejects] == ["empty"]


def test_a_form_to_log_in_is_no_page() -> None:
    found = read(LOGIN)
    assert found.outcome is VisitOutcome.LOGIN_WALL
    assert found.document.body is None
    assert found.reading is not None
    assert found.reading.entries == ()
    assert [reject.reason for reject in found.rejects] == ["login_wall"]


def test_a_page_with_dates_or_much_text_may_have_a_field_for_a_password() -> None:
    assert read(LOGIN + PAGE).outcome is None
    assert read(LOGIN + "<p>" + "Lamps burn. " * 100).outcome is None


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"PK\x03\x04word/document.xml", "application/zip"),
        (bytes(range(256)) * 10, "application/octet-stream"),
        (b"\x1f\x8b\x08gz", "application/gzip"),
    ],
)
def test_what_is_no_text_is_kept_and_not_read(content: bytes, media_type: str) -> None:
    found = read(content, media_type="text/html")
    assert found.outcome is VisitOutcome.UNREADABLE_TYPE
    assert found.document.media_type == media_type
    assert found.document.content == content
    assert found.reading is None
    assert [reject.reason for reject in found.rejects] == ["unreadable_type"]


def test_a_page_beyond_the_limit_is_kept_and_not_read() -> None:
    found = read(PAGE, limits=Limits(max_bytes=100))
    assert found.outcome is VisitOutcome.TOO_LARGE
    assert found.reading is None


def edition(name: str, *lines: str) -> str:
    listed = "".join(f"<li>{line}" for line in lines)
    return f"<title>{name}</title><h1>{name}</h1><ul>{listed}</ul>"


OLD = ("Paper submission: May 1, 2025", "Notification: July 1, 2025")
NEW = ("Paper submission: November 1, 2025", "Notification: February 1, 2026")


@pytest.mark.parametrize(
    ("html", "year", "is_other"),
    [
        # A page that was never renewed, and one that has moved on.
        (edition("LAMP 2025", *OLD, "Conference: October 6-8, 2025"), "2026", True),
        (edition("LAMP 2025", *OLD), "2026", True),
        (edition("LAMP 2026", *NEW, "Conference: May 3-5, 2026"), "2025", True),
        (edition("LAMP 2026", *NEW), "2025", True),
        # Deadlines of a 2026 edition lie in 2025; a title may be stale.
        (edition("LAMP 2026", *NEW), "2026", False),
        (edition("LAMP 2025", *NEW), "2026", False),
        (edition("LAMP 2025 and LAMP 2026", *OLD), "2026", False),
        (edition("LAMP'26 (before: LAMP 2025)", *OLD), "2026", False),
        # No title speaks of the series, or none of a year.
        (edition("Dates 2025", *OLD), "2026", False),
        (edition("LAMP", *OLD), "2026", False),
    ],
)
def test_another_edition_is_told_by_title_and_dates_together(
    html: str, year: str, is_other: bool
) -> None:
    found = read(html, context={"series": "LAMP", "year": year})
    expected = VisitOutcome.OTHER_YEAR if is_other else None
    assert found.outcome is expected
    assert found.reading is not None
    assert bool(found.reading.entries) is not is_other


def test_nobody_asked_for_an_edition_if_no_year_is_known() -> None:
    assert read(edition("LAMP 2025", *OLD), context={"series": "LAMP"}).outcome is None


def test_a_zone_that_nobody_knows_is_remarked_on() -> None:
    (reject,) = read(PAGE, zones=frozenset()).rejects
    assert (reject.reason, reject.is_dropped) == ("unknown_zone", False)


def test_each_fault_of_a_page_is_a_reject_of_its_own() -> None:
    html = edition(
        "LAMP 2027", "Paper submission: June 31, 2027", "Notification: June 32, 2027"
    )
    rejects = read(html).rejects
    assert len({reject.reject_key for reject in rejects}) == len(rejects) >= 1
    assert "impossible_date" in {reject.reason for reject in rejects}


def test_each_family_is_read_by_its_own_reader() -> None:
    for key in PAGE_FAMILIES:
        found = read(PAGE, key)
        assert found.reader_version == reader_version_of(key) >= 1
        assert found.document.reader_version == f"{key}-{found.reader_version}"
    found = read(PAGE, "wikicfp")
    assert [reject.reason for reject in found.rejects] == ["unexpected_page"]


def test_the_same_bytes_at_the_same_place_are_the_same_document() -> None:
    first, second = read(PAGE), read(PAGE)
    assert first == second
    assert first.document.document_key != read(PAGE + " ").document.document_key


@given(
    st.sampled_from(PAGE_FAMILIES),
    st.sampled_from([PAGE, LOGIN, "<rss><item>", "<resultset><row>", '{"a": [', ""]),
    st.integers(0, 400),
    st.binary(max_size=12),
)
def test_no_page_of_any_family_raises(
    key: str, text: str, cut: int, junk: bytes
) -> None:
    content = text.encode()
    found = read(content[:cut] + junk + content[cut:], key)
    if found.reading is not None:
        check_quotes(found.reading)
    assert found.document.byte_count == len(content) + len(junk)
