"""Read stored pages again with the present version of their reader, without network.

Documents that have such a reading are passed over, so that a run that was stopped goes
on where it was; one that is killed loses what it did in the last half minute.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ingestion.documents import PublishedFile, Retrieval, VisitOutcome
from ingestion.families.spools import Spool
from ingestion.loading.destinations import Destination, open_store
from ingestion.loading.errors import LoadingError
from ingestion.loading.page_looks import TableRow, phrase_count, read_rows
from ingestion.loading.page_runs import DEFAULT_PARTS, Parts
from ingestion.loading.pipelines import (
    RawPipeline,
    dlt_settings,
    pipelines_directory,
)
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.reports import PageListener, PageProgress
from ingestion.loading.runs import DEFAULT_WAIT_SECONDS
from ingestion.loading.sessions import Session
from ingestion.page_reading import PageReader, PageReaders, Unread
from ingestion.readers.web_pages import ReadPage, reader_version_of
from ingestion.registry import Source

# Pages of a known kind are small, but one of the largest times this is 1 GB.
_BATCH_PAGES: Final = 100

_COUNT: Final = "select count(*) from {documents} where source_key = %s"

_UNREAD: Final = """
select document_key, path, source_url, content, context
from {documents} as documents
where
    source_key = %s
    and document_key > %s
    and not exists (
        select 1
        from {readings} as readings
        where
            readings.document_key = documents.document_key
            and readings.reader_version = %s
    )
order by document_key
limit @limit
"""

_FIRST_VISITS: Final = """
select document_key, outcome, final_url, media_type, http_status
from (
    select
        document_key,
        outcome,
        final_url,
        media_type,
        http_status,
        row_number() over (partition by document_key order by observed_at) as number
    from {visits}
    where document_key in (@keys)
) as numbered_visits
where number = 1
"""

_PHRASE_COUNTS: Final = """
select document_key, phrase_count
from {readings}
where document_key in (@keys)
order by reader_version
"""


@dataclass(frozen=True, slots=True)
class RereadReport:
    """What reading a source's stored pages again came to.

    ``document_count`` are all that are stored, ``read_count`` those that had no reading
    of ``reader_version``, of which ``usable_count`` count. ``unread_count`` ended the
    process that read them. ``error`` is why it ended early, in one line.
    """

    source_key: str
    reader_version: int
    document_count: int = 0
    read_count: int = 0
    usable_count: int = 0
    phrase_count: int = 0
    unread_count: int = 0
    error: str | None = None


def reread_pages(
    source: Source,
    *,
    destination: Destination,
    label_rules: str,
    known_zones: frozenset[str],
    seen_at: datetime,
    pipelines_dir: Path | None = None,
    processes: int = 1,
    parts: Parts = DEFAULT_PARTS,
    on_page: PageListener | None = None,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> RereadReport:
    """Store a reading of the present version for each document that has none.

    ``seen_at`` becomes the readings' ``first_seen_at``.

    Raises:
        DatabaseLoadError: the database cannot be used at all.
        VocabularyError: the rules cannot be used.
        ValueError: ``seen_at`` has no zone.
    """
    if seen_at.tzinfo is None:
        raise ValueError("seen_at needs a zone")
    ensure_raw_tables([source.family], destination, pipelines_dir=pipelines_dir)
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    counts: Counter[str] = Counter()
    error: str | None = None
    try:
        with (
            dlt_settings(),
            store.locked(source.key, source.family, directory, wait_seconds) as session,
            PageReaders(
                PageReader(source, label_rules, known_zones), processes
            ) as readers,
        ):
            session.delete_unfinished(source.key)
            ((counts["documents"],),) = session.rows(_COUNT, source.key)
            work = _Rereading(source, session, readers, seen_at, counts, on_page)
            while work.has_more:

                def fill(spool: Spool) -> None:
                    ends_at = monotonic() + parts.seconds
                    is_full = False
                    while work.has_more and not is_full:
                        for table, row in work.next_rows():
                            spool.add(table, row)
                        is_full = monotonic() >= ends_at

                RawPipeline(source.key, source.family, store, directory).load(fill)
                counts.update(work.take_counts())
    except LoadingError as failure:
        error = str(failure)
    return RereadReport(
        source_key=source.key,
        reader_version=reader_version_of(source.family),
        document_count=counts["documents"],
        read_count=counts["read"],
        usable_count=counts["usable"],
        phrase_count=counts["phrases"],
        unread_count=counts["unread"],
        error=error,
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    """A document that has no reading yet, and what earlier readers thought of it."""

    document_key: str
    file: PublishedFile
    was_shrunk: bool
    earlier_phrase_count: int


class _Rereading:
    """The documents of a source that have no reading yet, a batch at a time."""

    def __init__(
        self,
        source: Source,
        session: Session,
        readers: PageReaders,
        seen_at: datetime,
        done: Mapping[str, int],
        on_page: PageListener | None,
    ) -> None:
        self._source = source
        self._session = session
        self._readers = readers
        self._seen_at = seen_at
        self._done = done
        self._on_page = on_page
        self._counts: Counter[str] = Counter()
        self._last_key = ""
        self._batch: list[_Stored] = self._next_batch()

    @property
    def has_more(self) -> bool:
        """Tell whether a document is left."""
        return bool(self._batch)

    def take_counts(self) -> Counter[str]:
        """Return what was counted since this was last asked for."""
        counts, self._counts = self._counts, Counter()
        return counts

    def next_rows(self) -> Iterator[TableRow]:
        """Yield the rows of the next batch."""
        files = [stored.file for stored in self._batch]
        for stored, read in zip(self._batch, self._readers.read(files), strict=True):
            if isinstance(read, Unread):
                self._counts["unread"] += 1
                continue
            is_usable = _is_usable(read, stored)
            self._counts["read"] += 1
            self._counts["usable"] += is_usable
            self._counts["phrases"] += phrase_count(read)
            self._tell(stored.file.path)
            yield from read_rows(read, self._seen_at, is_usable=is_usable)
        self._batch = self._next_batch()

    def _next_batch(self) -> list[_Stored]:
        version = str(reader_version_of(self._source.family))
        rows = self._session.rows(
            _UNREAD.replace("@limit", str(_BATCH_PAGES)),
            *(self._source.key, self._last_key, version),
        )
        if not rows:
            return []
        keys = [str(row[0]) for row in rows]
        self._last_key = keys[-1]
        visits = {str(row[0]): row[1:] for row in self._rows_of(_FIRST_VISITS, keys)}
        phrase_counts = {
            str(key): int(number) for key, number in self._rows_of(_PHRASE_COUNTS, keys)
        }
        return [
            _stored(row, visits.get(str(row[0])), phrase_counts.get(str(row[0]), 0))
            for row in rows
        ]

    def _rows_of(self, query: str, keys: list[str]) -> Iterator[tuple[Any, ...]]:
        places = ", ".join(["%s"] * len(keys))
        yield from self._session.rows(query.replace("@keys", places), *keys)

    def _tell(self, path: str) -> None:
        if self._on_page is not None:
            seen = self._done["read"] + self._counts["read"]
            self._on_page(PageProgress(self._source.key, seen, seen, path))


def _stored(
    row: tuple[Any, ...], visit: tuple[Any, ...] | None, earlier_phrase_count: int
) -> _Stored:
    key, path, source_url, content, context = row
    outcome, final_url, media_type, status = visit or (None, None, None, None)
    return _Stored(
        document_key=str(key),
        file=PublishedFile(
            path=str(path),
            content=bytes(content or b""),
            source_url=source_url,
            context=json.loads(context) if isinstance(context, str) else context or {},
            retrieval=Retrieval(final_url, status, media_type=media_type),
        ),
        was_shrunk=outcome == VisitOutcome.SHRUNK,
        earlier_phrase_count=earlier_phrase_count,
    )


def _is_usable(read: ReadPage, stored: _Stored) -> bool:
    """Tell whether a page counts as this reader sees it.

    One that had shrunk to nothing does only if dates are found where none were.
    """
    if read.outcome is not None:
        return False
    if not stored.was_shrunk:
        return True
    return phrase_count(read) > 0 and stored.earlier_phrase_count == 0
