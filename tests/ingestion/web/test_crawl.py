import time as clocks
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ingestion.documents import KnownPage, MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.registry import load_registry
from ingestion.web.crawl import CrawlLimits, CrawlOrigin
from ingestion.web.targets import Target
from tests.ingestion.web.misbehaving import (
    Behaviour,
    FakeTime,
    Site,
    fails,
    polite_client,
    redirect,
    tagged,
)

PAGES = load_registry().get("conference_pages")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def page(*links: str) -> Behaviour:
    """Answer with links, each "path text"; one page differs from another by them."""
    html = "".join(
        "<p><a href='{}'>{}</a>".format(*link.split(" ", 1)) for link in links
    )
    return lambda call: call.reply(body=f"<title>{call.path}</title>{html}".encode())


def crawled(
    targets: Sequence[Target],
    known: Mapping[str, KnownPage] | None = None,
    limits: CrawlLimits | None = None,
) -> list[PublishedFile | MissedFile]:
    with polite_client(FakeTime()) as client:
        origin = CrawlOrigin(client, targets, now=NOW, limits=limits)
        return list(origin.visits(PAGES, known or {}))


def known_page(
    site: Site,
    path: str,
    age: timedelta,
    outcome: VisitOutcome = VisitOutcome.STORED,
    etag: str | None = None,
) -> tuple[str, KnownPage]:
    key = f"conf.example:{site.port}{path}"
    return key, KnownPage(key, site.url(path), etag, None, NOW - age, outcome)


DAYS = timedelta(days=3)
HOUR = timedelta(hours=1)


def test_a_homepage_leads_to_the_pages_that_speak_of_dates(site: Site) -> None:
    site.behaviours |= {
        "/": page(
            "/venue Venue",
            "/cfp Call for Papers",
            "/dates Dates",
            "http://other.example/cfp Call for Papers",
        ),
        "/cfp": page("/submit Submission"),
        "/submit": page("/register Registration"),
        "/dates": page(),
        "/register": page(),
    }
    target = Target(site.url("/"), "CONF", "2027")
    visits = crawled([target])
    # Most telling first; two steps lead to /submit, three would lead to /register.
    assert site.paths() == ["/", "/dates", "/cfp", "/submit"]
    assert [visit.path for visit in visits] == [
        f"conf.example:{site.port}{path}" for path in site.paths()
    ]
    assert all(isinstance(visit, PublishedFile) for visit in visits)
    assert all(visit.context == {"series": "CONF", "year": "2027"} for visit in visits)
    assert visits[1].source_url == site.url("/dates")


def test_no_more_than_eight_pages_of_a_target_are_visited(site: Site) -> None:
    links = [f"/cfp{number} Call {number}" for number in range(50)]
    site.behaviours["/"] = page(*links)
    visits = crawled([Target(site.url("/"))])
    assert len(visits) == len(site.paths()) == 8


def test_no_page_is_visited_twice_in_a_run(site: Site) -> None:
    site.behaviours |= {
        "/": page("/cfp Call", "/cfp#dates Dates", "/old-cfp Call", "/ Dates"),
        "/cfp": page("/ Call", "/cfp Call"),
        "/old-cfp": redirect("/cfp"),
    }
    targets = [Target(site.url("/")), Target(site.url("/")), Target(site.url("/cfp"))]
    visits = crawled(targets)
    paths = [visit.path for visit in visits]
    assert len(paths) == len(set(paths)) == 2


def test_a_page_that_fails_is_missed_and_the_others_are_not(site: Site) -> None:
    site.behaviours |= {
        "/": page("/dates Dates", "/cfp Call", "/submit Submission"),
        "/dates": fails(404),
        "/cfp": fails(500),
        "/submit": page(),
    }
    outcomes = {
        visit.source_url: getattr(visit, "outcome", VisitOutcome.STORED)
        for visit in crawled([Target(site.url("/")), Target("file:///etc/passwd")])
    }
    assert outcomes == {
        site.url("/"): VisitOutcome.STORED,
        site.url("/dates"): VisitOutcome.NOT_FOUND,
        site.url("/cfp"): VisitOutcome.SERVER_ERROR,
        site.url("/submit"): VisitOutcome.STORED,
        "file:///etc/passwd": VisitOutcome.ADDRESS_FORBIDDEN,
    }


def test_links_count_from_where_a_homepage_has_moved(site: Site) -> None:
    home = site.url("/2027/", host="new.example")
    site.behaviours |= {
        "/": redirect(home),
        "/2027/": page("cfp Call", "/2026/cfp Call"),
        "/2027/cfp": page(),
    }
    first, second = crawled([Target(site.url("/"), year="2027")])
    assert first.path == f"conf.example:{site.port}/"
    assert first.retrieval is not None
    assert first.retrieval.final_url == home
    assert second.path == f"new.example:{site.port}/2027/cfp"


def test_a_run_goes_on_where_another_was_interrupted(site: Site) -> None:
    for host in ("a.example", "b.example"):
        site.behaviours[f"{host}/"] = page("/cfp Call")
        site.behaviours[f"{host}/cfp"] = page()
    targets = [Target(site.url("/", host=f"{name}.example")) for name in "ab"]
    done = f"a.example:{site.port}/"
    known = {
        done: KnownPage(
            done,
            site.url("/", "a.example"),
            None,
            None,
            NOW - HOUR,
            VisitOutcome.STORED,
        )
    }
    crawled(targets, known)
    assert site.paths("a.example") == []
    assert site.paths("b.example") == ["/", "/cfp"]


@pytest.mark.parametrize(
    ("outcome", "age", "is_visited"),
    [
        (VisitOutcome.STORED, HOUR, False),
        (VisitOutcome.UNCHANGED, HOUR, False),
        (VisitOutcome.SERVER_ERROR, HOUR, True),
        (VisitOutcome.STORED, DAYS, True),
    ],
)
def test_a_page_that_was_had_lately_is_passed_over(
    site: Site, outcome: VisitOutcome, age: timedelta, is_visited: bool
) -> None:
    site.behaviours |= {"/": page("/cfp Call"), "/cfp": page()}
    crawled([Target(site.url("/"))], dict([known_page(site, "/cfp", age, outcome)]))
    assert ("/cfp" in site.paths()) is is_visited


def test_an_unchanged_homepage_still_leads_to_the_pages_that_are_known(
    site: Site,
) -> None:
    site.behaviours |= {"/": tagged, "/cfp": tagged, "/gone": page()}
    known = dict(
        [
            known_page(site, "/", DAYS, etag='"7"'),
            known_page(site, "/cfp", DAYS, VisitOutcome.UNCHANGED, etag='"6"'),
            known_page(site, "/gone", DAYS, VisitOutcome.NOT_FOUND),
        ]
    )
    known["home.html"] = KnownPage(
        "home.html", "home.html", None, None, NOW - DAYS, VisitOutcome.STORED
    )
    first, second = crawled([Target(site.url("/"))], known)
    assert isinstance(first, MissedFile)
    assert first.outcome is VisitOutcome.UNCHANGED
    assert isinstance(second, PublishedFile)
    assert site.paths() == ["/", "/cfp"]


def test_a_target_is_handed_on_whole_or_not_at_all(site: Site) -> None:
    site.behaviours |= {"/": page("/cfp Call"), "/cfp": page()}
    for name in "abc":
        site.robots("User-agent: *", host=f"{name}.example")
    targets = [Target(site.url("/", host=f"{name}.example")) for name in "abc"]
    begun_at = clocks.monotonic()
    with polite_client(FakeTime()) as client:
        visits = CrawlOrigin(client, targets, now=NOW).visits(PAGES, {})
        assert isinstance(visits, Iterator)
        first, second = next(visits), next(visits)
        visits.close()  # type: ignore[attr-defined]
    assert clocks.monotonic() - begun_at < 5
    assert first.path.partition(":")[0] == second.path.partition(":")[0]


def test_without_targets_the_source_is_unavailable() -> None:
    with pytest.raises(SourceUnavailableError, match="no homepage"):
        crawled([])
