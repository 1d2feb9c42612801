"""What is asked of the web, within which limits, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.documents import (
    KnownPage,
    MissedFile,
    PublishedFile,
    Retrieval,
    VisitOutcome,
)
from ingestion.web.addresses import AddressError, normalised, page_path

# What some reader understands, and PDF, which is kept for a person to read.
PAGE_MEDIA_TYPES = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "text/plain",
        "text/markdown",
        "application/json",
        "application/ld+json",
        "text/json",
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "text/x-yaml",
        "application/pdf",
    }
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much is taken of an address, for how long, and of which media types.

    ``max_wire_bytes`` counts what is sent, ``max_bytes`` what it unpacks to.
    ``total_timeout`` is in seconds, for all attempts and redirects together; waiting
    for one's turn does not count. ``media_types`` None takes any. What a server does
    not name is taken too.
    """

    max_wire_bytes: int = 10_000_000
    max_bytes: int = 10_000_000
    total_timeout: float = 60.0
    media_types: frozenset[str] | None = PAGE_MEDIA_TYPES


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How patient the client is; times in seconds.

    A host that asks to be left alone for longer than ``max_retry_after`` is not waited
    for, and left alone for so long. A longer ``Crawl-delay`` than ``max_crawl_delay``
    is not obeyed beyond that.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    max_redirects: int = 5
    retries: int = 2
    backoff: float = 1.0
    max_retry_after: float = 120.0
    max_crawl_delay: float = 60.0
    hosts_at_once: int = 8


PAGE = Allowance()
LIST = Allowance(
    max_wire_bytes=64 * 1024 * 1024,
    max_bytes=256 * 1024 * 1024,
    total_timeout=300.0,
    media_types=None,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One address to fetch; with validators, only if it is not what they stand for.

    ``asks_robots`` is False only for files that their publisher offers for download
    one by one and that a person registered: nothing is crawled there.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    allowance: Allowance = PAGE
    asks_robots: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one request came to.

    ``outcome`` is STORED or EMPTY when ``content`` holds what came, UNCHANGED for "not
    modified"; any other says why there is none. ``detail`` is then a sentence for a
    person.
    """

    request: Request
    outcome: VisitOutcome
    content: bytes | None = None
    detail: str | None = None
    retrieval: Retrieval = field(default_factory=Retrieval)


def as_visit(
    fetched: Fetched, context: Mapping[str, str] | None = None
) -> PublishedFile | MissedFile:
    """Return what a fetched page is to its source: a file, or why there is none."""
    url = fetched.request.url
    try:
        url = normalised(url)
        path = page_path(url)
    except AddressError:
        path = url  # it was not fetched, and is only named
    known = dict(context or {})
    if fetched.content and fetched.outcome is VisitOutcome.STORED:
        return PublishedFile(path, fetched.content, url, known, fetched.retrieval)
    return MissedFile(
        path, url, fetched.outcome, fetched.detail, known, fetched.retrieval
    )


def is_fresh(known: KnownPage | None, now: datetime, revisit_after: timedelta) -> bool:
    """Tell whether a page was had so lately that it need not be visited again."""
    return (
        known is not None
        and known.last_outcome in {VisitOutcome.STORED, VisitOutcome.UNCHANGED}
        and now - known.last_visited_at < revisit_after
    )
