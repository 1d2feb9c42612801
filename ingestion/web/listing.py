"""The pages of listing sites: their lists page by page, then what is newly listed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.documents import KnownPage, MissedFile, PublishedFile
from ingestion.errors import SourceUnavailableError
from ingestion.readers.sites.paging import NextLinks
from ingestion.registry import PagesFetch, Source
from ingestion.web.addresses import AddressError, page_path
from ingestion.web.client import PoliteClient
from ingestion.web.records import Request, as_visit, is_fresh


@dataclass(frozen=True, slots=True)
class ListingLimits:
    """How much of a site is visited in a run.

    ``max_listings`` and ``max_events`` count pages. The page of an event that was had
    less than ``revisit_after`` ago is passed over.
    """

    max_listings: int = 150
    max_events: int = 150
    revisit_after: timedelta = timedelta(days=14)


class ListingOrigin:
    """The pages of a listing site, from the addresses that the registry names."""

    def __init__(
        self,
        client: PoliteClient,
        next_links: Callable[[PublishedFile], NextLinks],
        *,
        now: datetime,
        limits: ListingLimits | None = None,
    ) -> None:
        """Fetch nothing yet.

        Args:
            client: which the caller closes.
            next_links: tells where a page leads on, by its site's reader.
            now: when the run began.
            limits: taken instead of the usual ones.
        """
        self._client = client
        self._next_links = next_links
        self._now = now
        self._limits = limits or ListingLimits()

    def visits(
        self, source: Source, known: Mapping[str, KnownPage]
    ) -> Iterator[PublishedFile | MissedFile]:
        """Yield the pages of lists, then those of the events that are new in them.

        Raises:
            SourceUnavailableError: the source has no address to begin with.
        """
        starts = source.fetch.start_urls if isinstance(source.fetch, PagesFetch) else ()
        if not starts:
            raise SourceUnavailableError(source.key, "has no address to begin with")
        seen: set[str] = set()
        events: dict[str, None] = {}
        listings = deque(starts)
        count = 0
        while listings and count < self._limits.max_listings:
            url = listings.popleft()
            if not _is_new(url, seen):
                continue
            count += 1
            # Without validators: only a page that is sent says where it leads on.
            visit = as_visit(self._client.fetch(Request(url)))
            if isinstance(visit, PublishedFile):
                onward = self._next_links(visit)
                listings.extend(onward.listings)
                events.update(dict.fromkeys(onward.events))
            yield visit
        for fetched in self._client.fetch_all(self._requests(events, known, seen)):
            yield as_visit(fetched)

    def _requests(
        self, urls: Iterable[str], known: Mapping[str, KnownPage], seen: set[str]
    ) -> Iterator[Request]:
        """Yield the requests for events; those that are new come before the others."""
        pages: list[tuple[bool, Request]] = []
        for url in urls:
            if _is_new(url, seen):
                page = known.get(page_path(url))
                if page is None:
                    pages.append((False, Request(url)))
                elif not is_fresh(page, self._now, self._limits.revisit_after):
                    request = Request(url, page.etag, page.last_modified)
                    pages.append((True, request))
        pages.sort(key=lambda each: each[0])
        for _, request in pages[: self._limits.max_events]:
            yield request


def _is_new(url: str, seen: set[str]) -> bool:
    """Add a page to those that were seen; False also if it has no usable address."""
    try:
        path = page_path(url)
    except AddressError:
        return False
    is_new = path not in seen
    seen.add(path)
    return is_new
