"""Pages from the web: which, how politely, and how many in one run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING

from confradar.settings import CrawlSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestion.documents import KnownPage, MissedFile, PublishedFile
    from ingestion.origins import PageOrigin
    from ingestion.page_reading import PageReader
    from ingestion.registry import Source
    from ingestion.web.client import PoliteClient
    from ingestion.web.targets import Target


def polite_client(settings: CrawlSettings) -> "PoliteClient":
    """Return the client of a run, which the caller closes."""
    from ingestion.web.client import PoliteClient

    contact = f" (+{settings.contact})" if settings.contact else ""
    return PoliteClient(
        user_agent=f"confradar/{version('confradar')}{contact}",
        pace=settings.pace_seconds,
        allow_private=settings.allow_private_addresses,
    )


@dataclass(frozen=True, slots=True)
class WebPages:
    """The pages of every source of pages, at most so many of each as are set.

    Attributes:
        client: which the caller closes.
        settings: how many, how often.
        targets: gives the homepages of official pages, when they are wanted.
        reader_of: gives what reads a source's pages, to see where they lead on.
        now: when the run began.
    """

    client: "PoliteClient"
    settings: CrawlSettings
    targets: "Callable[[], Sequence[Target]]"
    reader_of: "Callable[[Source], PageReader]"
    now: datetime

    def visits(
        self, source: "Source", known: "Mapping[str, KnownPage]"
    ) -> "Iterator[PublishedFile | MissedFile]":
        """Yield what came of each page.

        Raises:
            SourceUnavailableError: there is nothing to visit.
        """
        visits = self._origin(source).visits(source, known)
        yield from islice(visits, self.settings.max_pages)

    def _origin(self, source: "Source") -> "PageOrigin":
        from ingestion.registry import OFFICIAL_PAGES
        from ingestion.web.crawl import CrawlLimits, CrawlOrigin
        from ingestion.web.listing import ListingOrigin

        if source.kind == OFFICIAL_PAGES:
            revisit_after = timedelta(hours=self.settings.revisit_hours)
            return CrawlOrigin(
                self.client,
                self.targets(),
                now=self.now,
                limits=CrawlLimits(revisit_after=revisit_after),
            )
        from ingestion.documents import PublishedFile
        from ingestion.readers.sites.paging import NextLinks, next_links

        reader = self.reader_of(source)

        def links_of(file: PublishedFile) -> NextLinks:
            reading = reader.read(file).reading
            if reading is None:
                return NextLinks()
            url = file.retrieval.final_url if file.retrieval else None
            return next_links(source.family, reading, url or file.source_url or "")

        return ListingOrigin(self.client, links_of, now=self.now)
