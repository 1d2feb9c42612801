from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingestion.documents import KnownPage, MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.readers.pages.records import PageEntry, PageReading
from ingestion.readers.sites.paging import NextLinks, next_links
from ingestion.registry import PagesFetch, load_registry
from ingestion.web.listing import ListingLimits, ListingOrigin
from tests.ingestion.web.misbehaving import FakeTime, Site, fails, polite_client

SITE = load_registry().get("wikicfp")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def visited(
    site: Site,
    onward: Mapping[str, NextLinks],
    known: Mapping[str, KnownPage] | None = None,
    limits: ListingLimits | None = None,
) -> list[PublishedFile | MissedFile]:
    def follow(file: PublishedFile) -> NextLinks:
        links = onward.get(file.path.partition("/")[2], NextLinks())
        return NextLinks(
            tuple(site.url(path) for path in links.listings),
            tuple(site.url(path) for path in links.events),
        )

    source = replace(SITE, fetch=PagesFetch((site.url("/ai"), site.url("/db"))))
    with polite_client(FakeTime()) as client:
        origin = ListingOrigin(client, follow, now=NOW, limits=limits)
        return list(origin.visits(source, known or {}))


ONWARD = {
    "ai": NextLinks(("/ai2", "/ai"), ("/e1", "/e2")),
    "ai2": NextLinks((), ("/e3", "/e2")),
    "db": NextLinks(("/ai2",), ("/e1",)),
}


@pytest.fixture(autouse=True)
def _pages(site: Site) -> None:
    for path in ("/ai", "/ai2", "/db", "/e1", "/e2", "/e3"):
        site.behaviours[path] = lambda call: call.reply()


def known_page(site: Site, path: str, age: timedelta) -> tuple[str, KnownPage]:
    key = f"conf.example:{site.port}{path}"
    outcome = VisitOutcome.STORED
    return key, KnownPage(key, site.url(path), '"1"', None, NOW - age, outcome)


def test_lists_are_paged_through_before_the_events_that_they_name(site: Site) -> None:
    visits = visited(site, ONWARD)
    assert site.paths() == ["/ai", "/db", "/ai2", "/e1", "/e2", "/e3"]
    assert len({visit.path for visit in visits}) == 6


def test_events_that_are_new_come_first_and_fresh_ones_not_at_all(site: Site) -> None:
    known = dict(
        [
            known_page(site, "/e1", timedelta(days=60)),
            known_page(site, "/e2", timedelta(days=2)),
            known_page(site, "/ai", timedelta(hours=1)),
        ]
    )
    visited(site, ONWARD, known)
    assert site.paths() == ["/ai", "/db", "/ai2", "/e3", "/e1"]
    sent = dict(zip(site.paths(), site.headers[1:], strict=True))
    assert "if-none-match" not in sent["/ai"]  # else it would not say what is new
    assert sent["/e1"]["if-none-match"] == '"1"'


def test_a_run_visits_no_more_than_its_limits(site: Site) -> None:
    visited(site, ONWARD, limits=ListingLimits(max_listings=2, max_events=1))
    assert site.paths() == ["/ai", "/db", "/e1"]


def test_a_list_that_fails_is_missed_and_the_others_go_on(site: Site) -> None:
    site.behaviours["/ai"] = fails(503)
    first, *others = visited(site, ONWARD)
    assert isinstance(first, MissedFile)
    assert first.outcome is VisitOutcome.SERVER_ERROR
    assert [type(visit) for visit in others] == [PublishedFile] * 5


def test_a_source_without_an_address_is_unavailable() -> None:
    with polite_client() as client, pytest.raises(SourceUnavailableError):
        list(
            ListingOrigin(client, lambda _: NextLinks(), now=NOW).visits(
                replace(SITE, fetch=PagesFetch(())), {}
            )
        )


# ----------------------------------------------------------- where a list leads on

LIST = "http://list.example/cfp/call?conference=ai"
LINKS = (
    ("previous", f"{LIST}&page=1"),
    ("next", f"{LIST}&page=3"),
    ("last", f"{LIST}&page=9"),
    ("CONF 2027", "http://list.example/event?eventid=7&copyownerid=1"),
    ("again", "http://list.example/event?eventid=7"),
    ("OLD 2026", "http://list.example/event?eventid=6"),
    ("Other", "http://list.example/event?eventid=5"),
    ("Elsewhere", "http://other.example/event?eventid=7"),
)


def test_a_list_leads_to_its_next_page_and_its_open_events() -> None:
    entries = (PageEntry("/events/7", entry_id_text="7"),)
    reading = PageReading("AI", "", entries, links=LINKS)
    assert next_links("wikicfp", reading, LIST) == NextLinks(
        (f"{LIST}&page=3",), ("http://list.example/event?eventid=7",)
    )


def test_a_list_ends_where_its_calls_have_expired() -> None:
    entries = (
        PageEntry("/events/7", entry_id_text="7"),
        PageEntry("/events/6", entry_id_text="6", status_text="expired"),
    )
    onward = next_links("wikicfp", PageReading("AI", "", entries, links=LINKS), LIST)
    assert onward.listings == ()
    assert len(onward.events) == 1


def test_the_page_of_one_event_leads_nowhere() -> None:
    entries = (PageEntry("/events/7", entry_id_text="7"),)
    reading = PageReading("CONF", "", entries, links=LINKS)
    url = "http://list.example/event?eventid=7"
    assert next_links("wikicfp", reading, url) == NextLinks()
