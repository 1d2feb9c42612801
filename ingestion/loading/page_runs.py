"""Load sources of pages: a look may take hours, so it is stored in parts as it goes.

Each part is one load, all of it or none. A run that is stopped keeps the parts before;
the next one goes on, for a page that was just visited is not due.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from ingestion.documents import KnownPage, PublishedFile
from ingestion.errors import IngestionError
from ingestion.families.spools import Spool
from ingestion.loading.destinations import Destination, RawStore, open_store
from ingestion.loading.errors import BackwardsInTimeError, LoadingError
from ingestion.loading.page_looks import FoundPage, PageLook, TableRow
from ingestion.loading.pipelines import (
    RawPipeline,
    dlt_settings,
    pipelines_directory,
)
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.reports import (
    LoadOutcome,
    PageListener,
    PageProgress,
    Progress,
    SourceReport,
)
from ingestion.loading.runs import (
    DEFAULT_LIMITS,
    DEFAULT_WAIT_SECONDS,
    failed_report,
    record_failure,
)
from ingestion.loading.sessions import Session
from ingestion.loading.stored_pages import StoredPages, stored_pages
from ingestion.origins import PageOrigin
from ingestion.page_reading import PageReader, PageReaders
from ingestion.readers.pages.vocabulary import parse_vocabulary
from ingestion.readers.records import Limits
from ingestion.registry import Source

Visits = Callable[[Mapping[str, KnownPage]], Iterable[FoundPage]]
"""Yields pages as they are visited, given what is known of each path."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How much of a look is held in memory, and how much is loaded at once.

    ``pages`` and ``bytes`` are what is held; a load ends after ``load_bytes`` or
    ``seconds``, which is what a run that is killed loses at most.
    """

    pages: int = 500
    bytes: int = 16 * 1024 * 1024
    load_bytes: int = 256 * 1024 * 1024
    seconds: float = 30.0


DEFAULT_PARTS: Final = Parts()


def ingest_pages(
    sources: Sequence[Source],
    origin: PageOrigin,
    *,
    destination: Destination,
    label_rules: str,
    known_zones: frozenset[str],
    observed_at: datetime,
    pipelines_dir: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    processes: int = 1,
    parts: Parts = DEFAULT_PARTS,
    on_progress: Progress | None = None,
    on_page: PageListener | None = None,
) -> list[SourceReport]:
    """Load these sources of pages from an origin, one after the other.

    ``label_rules`` is the text of the vocabulary. Pages are read in ``processes``
    processes where there are many.

    Raises:
        DatabaseLoadError: the database cannot be used at all; nothing was loaded.
        VocabularyError: the rules cannot be used.
        ValueError: ``observed_at`` has no zone.
        KeyboardInterrupt: what was visited until then is stored.
    """
    parse_vocabulary(label_rules)
    families = {source.family for source in sources}
    ensure_raw_tables(families, destination, pipelines_dir=pipelines_dir)
    reports: list[SourceReport] = []
    for source in sources:
        if on_progress is not None:
            on_progress(source.key, None)
        reader = PageReader(source, label_rules, known_zones, limits)
        with PageReaders(reader, processes) as readers:
            report = ingest_page_source(
                source,
                partial(origin.visits, source),
                destination=destination,
                readers=readers,
                observed_at=observed_at,
                pipelines_dir=pipelines_dir,
                parts=parts,
                on_page=on_page,
            )
        reports.append(report)
        if on_progress is not None:
            on_progress(source.key, report)
    return reports


def ingest_page_source(
    source: Source,
    visits: Visits,
    *,
    destination: Destination,
    readers: PageReaders,
    observed_at: datetime,
    pipelines_dir: Path | None = None,
    parts: Parts = DEFAULT_PARTS,
    on_page: PageListener | None = None,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> SourceReport:
    """Load one source of pages and say what came of it; its tables must exist.

    A page whose content is stored already gets a visit and is not read. The same
    ``observed_at`` again adds only pages that were not visited then.

    Raises:
        ValueError: ``observed_at`` has no zone.
        KeyboardInterrupt: what was visited until then is stored.
    """
    if observed_at.tzinfo is None:
        raise ValueError("observed_at needs a zone")
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    try:
        with (
            dlt_settings(),
            store.locked(source.key, source.family, directory, wait_seconds) as session,
        ):
            run = _PageRun(
                source, observed_at.astimezone(UTC), session, store, directory
            )
            return run.load(visits, readers, parts, on_page, monotonic)
    except LoadingError as error:
        return failed_report(source, str(error))


class _PageRun:
    """One source of pages in one run, under its lock."""

    def __init__(
        self,
        source: Source,
        observed_at: datetime,
        session: Session,
        store: RawStore,
        directory: Path,
    ) -> None:
        self._source = source
        self._observed_at = observed_at
        self._session = session
        self._store = store
        self._directory = directory

    def load(
        self,
        visits: Visits,
        readers: PageReaders,
        parts: Parts,
        on_page: PageListener | None,
        monotonic: Callable[[], float],
    ) -> SourceReport:
        self._session.delete_unfinished(self._source.key)
        stored = stored_pages(self._session, self._source.key)
        self._refuse_the_past(stored)
        look = PageLook(
            self._source,
            stored=stored,
            session=self._session,
            readers=readers,
            observed_at=self._observed_at,
        )
        feed = _Feed(visits, stored, look, parts, on_page, monotonic, self._source.key)
        with closing(feed):
            error = self._load_all(feed, look)
        if feed.interrupt is not None:
            raise feed.interrupt
        error = error or feed.error
        if error is None:
            return look.report()
        record_failure(self._session, self._source, self._observed_at, str(error))
        # What came before the error is stored, and counted.
        return replace(look.report(), outcome=LoadOutcome.FAILED, error=str(error))

    def _load_all(self, feed: "_Feed", look: PageLook) -> IngestionError | None:
        try:
            while not feed.is_done:
                feed.begin_load()
                rows = list(look.rows(feed.next_part()))
                if all(table == "visits" for table, _ in rows):
                    if rows:
                        self._session.store("visits", [row for _, row in rows])
                else:
                    self._load(rows, feed, look)
        except LoadingError as error:
            return error
        return None

    def _load(self, rows: list[TableRow], feed: "_Feed", look: PageLook) -> None:
        """Load rows, and those of the parts that follow, with one dlt run."""

        def fill(spool: Spool) -> None:
            for table, row in rows:
                spool.add(table, row)
            rows.clear()
            while not (feed.is_done or feed.is_load_full):
                for table, row in look.rows(feed.next_part()):
                    spool.add(table, row)

        pipeline = RawPipeline(
            self._source.key, self._source.family, self._store, self._directory
        )
        pipeline.load(fill)

    def _refuse_the_past(self, stored: StoredPages) -> None:
        newest = max(
            (page.last_visited_at for page in stored.known.values()), default=None
        )
        if newest is not None and self._observed_at < newest:
            raise BackwardsInTimeError(self._source.key, self._observed_at, newest)


class _Feed:
    """Pages as an origin yields them, in parts that memory can hold.

    An origin that fails or is interrupted ends the feed: what it gave before is still
    loaded, and only then does the error matter.
    """

    def __init__(
        self,
        visits: Visits,
        stored: StoredPages,
        look: PageLook,
        parts: Parts,
        on_page: PageListener | None,
        monotonic: Callable[[], float],
        source_key: str,
    ) -> None:
        self._pages = _begun_late(visits, stored)
        self._look = look
        self._parts = parts
        self._on_page = on_page
        self._monotonic = monotonic
        self._source_key = source_key
        self._load_began = 0.0
        self._load_bytes = 0
        self.is_done = False
        self.error: IngestionError | None = None
        self.interrupt: KeyboardInterrupt | None = None

    def close(self) -> None:
        """Give up what the origin has under way."""
        self._pages.close()

    def begin_load(self) -> None:
        """Count time and bytes anew."""
        self._load_began = self._monotonic()
        self._load_bytes = 0

    @property
    def is_load_full(self) -> bool:
        """Tell whether the load that was begun has enough."""
        return self._load_bytes >= self._parts.load_bytes or self._is_late

    @property
    def _is_late(self) -> bool:
        return self._monotonic() - self._load_began >= self._parts.seconds

    def next_part(self) -> list[FoundPage]:
        """Return pages that are due; none, or few, if the time of a load is over."""
        part: list[FoundPage] = []
        size = 0
        while len(part) < self._parts.pages and size < self._parts.bytes:
            page = self._next_page()
            if page is None:
                break
            if self._look.is_due(page):
                part.append(page)
                size += len(page.content) if isinstance(page, PublishedFile) else 0
                self._tell(page)
            if self._is_late:
                break
        self._load_bytes += size
        return part

    def _next_page(self) -> FoundPage | None:
        try:
            return next(self._pages)
        except StopIteration:
            self.is_done = True
        except IngestionError as error:
            self.is_done, self.error = True, error
        except KeyboardInterrupt as interrupt:
            self.is_done, self.interrupt = True, interrupt
        return None

    def _tell(self, page: FoundPage) -> None:
        if self._on_page is not None:
            look = self._look
            self._on_page(
                PageProgress(
                    self._source_key, look.seen_count, look.new_count, page.path
                )
            )


def _begun_late(
    visits: Visits, stored: StoredPages
) -> Generator[FoundPage, None, None]:
    """Ask for the pages only when the first is wanted: that may fail at once."""
    yield from visits(stored.known)
