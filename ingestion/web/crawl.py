"""The official pages of conferences: from each homepage to the pages with its dates."""

import heapq
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ingestion.documents import KnownPage, MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.registry import Source
from ingestion.web.addresses import (
    AddressError,
    host_of,
    is_same_site,
    normalised,
    page_path,
)
from ingestion.web.client import PoliteClient
from ingestion.web.links import LINK_WORDS, links_in, topic_rank
from ingestion.web.parallel import Job
from ingestion.web.records import Fetched, Request, as_visit, is_fresh
from ingestion.web.targets import Target

Visit = PublishedFile | MissedFile


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How far to go from a homepage, and when to come back.

    ``max_steps`` counts links from it, ``max_pages`` the pages of one target with it.
    A page that was had less than ``revisit_after`` ago is passed over.
    """

    max_steps: int = 2
    max_pages: int = 8
    revisit_after: timedelta = timedelta(hours=20)


class CrawlOrigin:
    """The pages of given targets, fetched from where they are published.

    A target's pages are handed on together, when the last of them is there: what an
    interrupted run has handed on is whole, and the next run goes on with the others.
    """

    def __init__(
        self,
        client: PoliteClient,
        targets: Sequence[Target],
        *,
        now: datetime,
        limits: CrawlLimits | None = None,
    ) -> None:
        """Fetch nothing yet.

        Args:
            client: which the caller closes.
            targets: the homepages.
            now: when the run began; what is fresh is so by this.
            limits: taken instead of the usual ones.
        """
        self._client = client
        self._targets = targets
        self._now = now
        self._limits = limits or CrawlLimits()

    def visits(self, source: Source, known: Mapping[str, KnownPage]) -> Iterator[Visit]:
        """Yield the pages of all targets, no page twice.

        Raises:
            SourceUnavailableError: there are no targets.
        """
        if not self._targets:
            raise SourceUnavailableError(source.key, "no homepage is known")
        seen = _Seen()
        stored = _Known(known)
        jobs = (
            Job(_host(target), partial(self._pages_of, target, stored, seen))
            for target in self._targets
        )
        for visits in self._client.side_by_side(jobs):
            yield from visits

    def _pages_of(self, target: Target, known: "_Known", seen: "_Seen") -> list[Visit]:
        """Return what came of one target's pages; in one thread, one by one."""
        try:
            home = normalised(target.url)
        except AddressError as error:
            outcome = VisitOutcome.ADDRESS_FORBIDDEN
            return [MissedFile(target.url, target.url, outcome, str(error))]
        first = known.get(page_path(home))
        if is_fresh(first, self._now, self._limits.revisit_after):
            return []
        return list(
            _Walk(self._client, target, home, known, seen).visits(
                self._now, self._limits
            )
        )


class _Known:
    """What is stored of earlier visits, also by host."""

    def __init__(self, pages: Mapping[str, KnownPage]) -> None:
        self._pages = pages
        self._had: dict[str, list[KnownPage]] = {}
        for page in pages.values():
            if page.last_outcome in {VisitOutcome.STORED, VisitOutcome.UNCHANGED}:
                self._had.setdefault(_site_host(page.path), []).append(page)

    def get(self, path: str) -> KnownPage | None:
        """Return what is known of a page."""
        return self._pages.get(path)

    def on_site_of(self, home: str) -> Iterator[str]:
        """Yield the addresses of a site's pages that were had at the last visit."""
        for page in self._had.get(_site_host(page_path(home)), ()):
            with suppress(AddressError):  # of a page that was loaded from a folder
                if is_same_site(page.source_url, home):
                    yield normalised(page.source_url)


class _Seen:
    """The paths that were visited in a run, by whichever thread."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._lock = threading.Lock()

    def add(self, path: str) -> bool:
        """Add a path; tell whether it is new."""
        with self._lock:
            is_new = path not in self._paths
            self._paths.add(path)
            return is_new


class _Walk:
    """The way through one site: most telling links first, whatever their step."""

    def __init__(
        self,
        client: PoliteClient,
        target: Target,
        home: str,
        known: _Known,
        seen: _Seen,
    ) -> None:
        self._client = client
        self._target = target
        self._home = home
        self._known = known
        self._seen = seen
        # (rank, step, order of discovery, address): the smallest is next.
        self._ways: list[tuple[int, int, int, str]] = [(-1, 0, 0, home)]
        self._found = {page_path(home)}

    def visits(self, now: datetime, limits: CrawlLimits) -> Iterator[Visit]:
        pages = 0
        while self._ways and pages < limits.max_pages:
            _, step, _, url = heapq.heappop(self._ways)
            path = page_path(url)
            if not self._seen.add(path):
                continue
            pages += 1
            known = self._known.get(path)
            if is_fresh(known, now, limits.revisit_after):
                continue
            fetched = self._client.fetch(
                Request(
                    url,
                    known.etag if known else None,
                    known.last_modified if known else None,
                )
            )
            final_url = fetched.retrieval.final_url or url
            if step == 0:
                self._home = final_url
            if step < limits.max_steps:
                self._go_on(fetched, final_url, step + 1)
            is_had = fetched.outcome in {VisitOutcome.STORED, VisitOutcome.UNCHANGED}
            final_path = page_path(final_url)
            if is_had and final_path != path and not self._seen.add(final_path):
                continue  # it was visited under the address that it leads to
            yield as_visit(fetched, self._target.context)

    def _go_on(self, fetched: Fetched, url: str, step: int) -> None:
        if fetched.content:
            media_type = fetched.retrieval.media_type
            for link in links_in(fetched.content, url, media_type):
                if is_same_site(link.url, self._home):
                    rank = topic_rank(link, self._home, self._target.year)
                    if rank is not None:
                        self._add(rank, step, link.url)
        elif fetched.outcome is VisitOutcome.UNCHANGED:
            # Its links are not at hand; they led to the pages that are known.
            for known_url in self._known.on_site_of(self._home):
                self._add(len(LINK_WORDS), step, known_url)

    def _add(self, rank: int, step: int, url: str) -> None:
        path = page_path(url)
        if path not in self._found:
            self._found.add(path)
            heapq.heappush(self._ways, (rank, step, len(self._found), url))


def _site_host(path: str) -> str:
    return path.partition("/")[0].removeprefix("www.")


def _host(target: Target) -> str:
    try:
        return host_of(normalised(target.url))
    except AddressError:
        return ""
