"""One look at pages: each is visited by itself, and read if its content is new."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from ingestion.documents import (
    MissedFile,
    PublishedFile,
    Retrieval,
    VisitOutcome,
    stable_key,
)
from ingestion.families.spools import Row
from ingestion.families.tables import ENTRY_TEXTS
from ingestion.loading.looks import instant_in_keys, reject_row
from ingestion.loading.reports import LoadOutcome, SourceReport, Trouble
from ingestion.loading.sessions import Session
from ingestion.loading.stored_pages import (
    LastDocument,
    StandingVersion,
    StoredPages,
    outcomes_of,
    standing_versions,
)
from ingestion.page_reading import PageReaders, Unread
from ingestion.readers.pages.records import PageEntry, PageReading
from ingestion.readers.web_pages import ReadPage
from ingestion.registry import Source

FoundPage: TypeAlias = PublishedFile | MissedFile
TableRow: TypeAlias = tuple[str, Row]

# A page whose text becomes less than this part of what it was has shrunk to nothing.
_SHRUNK_SHARE: Final = 0.1
_VERSIONS: Final = frozenset({VisitOutcome.STORED, VisitOutcome.UNCHANGED})


class PageLook:
    """Visits pages of a source and turns them into rows, a part of them at a time.

    What the look has found so far is in ``report``.
    """

    def __init__(
        self,
        source: Source,
        *,
        stored: StoredPages,
        session: Session,
        readers: PageReaders,
        observed_at: datetime,
    ) -> None:
        self._source = source
        self._stored = stored
        self._session = session
        self._readers = readers
        self._observed_at = observed_at
        self._seen: set[str] = set()
        self._outcomes: Counter[VisitOutcome] = Counter()
        self._examples: dict[VisitOutcome, str] = {}
        self._counts: Counter[str] = Counter()

    @property
    def seen_count(self) -> int:
        """Return how many pages were taken up in this look."""
        return len(self._seen)

    @property
    def new_count(self) -> int:
        """Return how many documents this look added."""
        return self._counts["new"]

    def is_due(self, page: FoundPage) -> bool:
        """Take a page up, unless this look, or one at the same instant, had it."""
        known = self._stored.known.get(page.path)
        if page.path in self._seen or (
            known is not None and known.last_visited_at == self._observed_at
        ):
            return False
        self._seen.add(page.path)
        return True

    def rows(self, pages: Sequence[FoundPage]) -> Iterator[TableRow]:
        """Yield the rows of pages that are due.

        Raises:
            DatabaseLoadError: what is stored of them cannot be asked.
        """
        changed: list[tuple[PublishedFile, str]] = []
        for page in pages:
            if isinstance(page, MissedFile):
                yield self._visit_of_missed(page)
                continue
            key = self._key(page)
            last = self._stored.documents.get(page.path)
            if last is not None and last.document_key == key:
                yield self._visit_again(page, key, last.outcome)
            else:
                changed.append((page, key))
        known_keys = [key for page, key in changed if page.path in self._stored.known]
        stored = outcomes_of(self._session, known_keys)
        new: list[PublishedFile] = []
        for page, key in changed:
            if key in stored:
                self._counts["back"] += 1
                yield self._visit_again(page, key, stored[key])
            else:
                new.append(page)
        yield from self._rows_of_new(new)

    def _rows_of_new(self, pages: Sequence[PublishedFile]) -> Iterator[TableRow]:
        before = standing_versions(
            self._session,
            self._source.key,
            [page.path for page in pages if page.path in self._stored.documents],
        )
        for page, read in zip(pages, self._readers.read(pages), strict=True):
            if isinstance(read, Unread):
                yield self._visit(
                    page, VisitOutcome.FAILED, None, page.retrieval, read.detail
                )
                continue
            outcome, detail = _judged(read, before.get(page.path))
            yield from read_rows(
                read, self._observed_at, is_usable=outcome is VisitOutcome.STORED
            )
            is_usable = outcome is VisitOutcome.STORED
            yield "documents", _document_row(page, read, self._observed_at, is_usable)
            key = read.document.document_key
            yield self._visit(page, outcome, key, page.retrieval, detail)
            self._counts["new"] += 1
            self._counts["rejects"] += len(read.rejects)
            self._counts["dropped"] += sum(one.is_dropped for one in read.rejects)
            self._counts["entries"] += len(read.reading.entries) if read.reading else 0

    def _key(self, page: PublishedFile) -> str:
        sha256 = hashlib.sha256(page.content).hexdigest()
        return stable_key(self._source.key, page.path, sha256)

    def _visit_again(
        self, page: PublishedFile, key: str, judged: VisitOutcome
    ) -> TableRow:
        """Visit a document that is stored; what was no version then is none now."""
        outcome = VisitOutcome.UNCHANGED if judged in _VERSIONS else judged
        return self._visit(page, outcome, key, page.retrieval, None)

    def _visit_of_missed(self, page: MissedFile) -> TableRow:
        if page.outcome is not VisitOutcome.UNCHANGED:
            return self._visit(page, page.outcome, None, page.retrieval, page.detail)
        last = self._stored.documents.get(page.path)
        if last is None:
            detail = 'the server says "not modified", and nothing of it is stored'
            return self._visit(page, VisitOutcome.FAILED, None, page.retrieval, detail)
        outcome = VisitOutcome.UNCHANGED if last.outcome in _VERSIONS else last.outcome
        retrieval = _with_validators(page.retrieval or Retrieval(), last)
        return self._visit(page, outcome, last.document_key, retrieval, page.detail)

    def _visit(
        self,
        page: FoundPage,
        outcome: VisitOutcome,
        document_key: str | None,
        retrieval: Retrieval | None,
        detail: str | None,
    ) -> TableRow:
        self._outcomes[outcome] += 1
        if outcome not in self._examples:
            place = page.source_url or page.path
            self._examples[outcome] = f"{place}: {detail}" if detail else place
        stamp = instant_in_keys(self._observed_at)
        got = retrieval or Retrieval()
        return "visits", {
            "visit_key": stable_key(self._source.key, page.path, stamp),
            "source_key": self._source.key,
            "path": page.path,
            "source_url": page.source_url,
            "observed_at": self._observed_at,
            "outcome": outcome.value,
            "document_key": document_key,
            "detail": detail,
            "http_status": got.http_status,
            "etag": got.etag,
            "last_modified": got.last_modified,
            "final_url": got.final_url,
            "media_type": got.media_type,
        }

    def report(self) -> SourceReport:
        """Return what was found so far."""
        seen = sum(self._outcomes.values())
        new, back = self._counts["new"], self._counts["back"]
        unchanged = self._outcomes[VisitOutcome.UNCHANGED]
        troubles = tuple(
            Trouble(outcome, count, self._examples[outcome])
            for outcome, count in self._outcomes.most_common()
            if outcome not in _VERSIONS
        )
        parts = {"new": new, "back": back, "unchanged": unchanged - back}
        parts |= {trouble.outcome.value: trouble.count for trouble in troubles}
        told = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
        is_vain = seen > 0 and not new and not any(map(self._outcomes.get, _VERSIONS))
        outcome = LoadOutcome.LOADED if new or back else LoadOutcome.UNCHANGED
        return SourceReport(
            source_key=self._source.key,
            family=self._source.family,
            outcome=LoadOutcome.FAILED if is_vain else outcome,
            document_count=seen,
            new_document_count=new,
            reject_count=self._counts["rejects"],
            dropped_entry_count=self._counts["dropped"],
            entry_count=self._counts["entries"],
            message=f"pages: {told}" if told else "no page was due for a visit",
            error=f"none of {seen:,} pages could be had" if is_vain else None,
            unchanged_count=unchanged - back,
            troubles=troubles,
        )


def read_rows(
    read: ReadPage, seen_at: datetime, *, is_usable: bool
) -> Iterator[TableRow]:
    """Yield the rows of one reading, of its entries, phrases and rejects."""
    document = read.document
    version = read.reader_version
    reading = read.reading or PageReading(title=None, text="", entries=())
    reading_key = stable_key(document.document_key, str(version))
    shared: Row = {
        "reading_key": reading_key,
        "document_key": document.document_key,
        "source_key": document.source_key,
        "reader_version": version,
    }
    yield (
        "readings",
        {
            **shared,
            "title": reading.title,
            "text": reading.text,
            "is_usable": is_usable,
            "entry_count": len(reading.entries),
            "phrase_count": sum(len(entry.phrases) for entry in reading.entries),
            "first_seen_at": seen_at,
        },
    )
    for entry in reading.entries:
        yield from _entry_rows(entry, reading_key, shared)
    for reject in read.rejects:
        yield "rejects", reject_row(reject, seen_at, version)


def _entry_rows(entry: PageEntry, reading_key: str, shared: Row) -> Iterator[TableRow]:
    yield (
        "entries",
        {
            "entry_key": stable_key(reading_key, entry.position),
            **shared,
            "position": entry.position,
            **{name: getattr(entry, name) for name in ENTRY_TEXTS},
        },
    )
    for position, phrase in enumerate(entry.phrases, start=1):
        yield (
            "phrases",
            {
                "phrase_key": stable_key(reading_key, entry.position, str(position)),
                **shared,
                "entry_position": entry.position,
                "position": position,
                "kind": phrase.kind,
                "track": phrase.track,
                "kind_rule": phrase.kind_rule,
                "track_rule": phrase.track_rule,
                "label_text": phrase.label_text,
                "due_text": phrase.due_text,
                "due_date_text": phrase.date,
                "due_time_text": phrase.time,
                "timezone_text": phrase.timezone_text,
                "is_superseded": phrase.is_superseded,
                "is_struck": phrase.is_struck,
                "quote": phrase.quote,
                "quote_start": phrase.start,
                "quote_end": phrase.end,
            },
        )


def phrase_count(read: ReadPage) -> int:
    """Return how many dated phrases a page was read into."""
    entries = read.reading.entries if read.reading else ()
    return sum(len(entry.phrases) for entry in entries)


def first_detail(read: ReadPage) -> str | None:
    """Return why nothing of a page counts, in words."""
    return next((one.detail for one in read.rejects if one.position == ""), None)


def _judged(
    read: ReadPage, before: StandingVersion | None
) -> tuple[VisitOutcome, str | None]:
    """Return how the look at a new document ended, and why if it is of no use."""
    if read.outcome is not None:
        return read.outcome, first_detail(read)
    if before is None or not before.phrase_count:
        return VisitOutcome.STORED, None
    if not phrase_count(read):
        detail = f"had {before.phrase_count} dated phrases, and has none now"
        return VisitOutcome.SHRUNK, detail
    length = len(read.reading.text) if read.reading else 0
    if length < before.text_length * _SHRUNK_SHARE:
        detail = f"its text shrank from {before.text_length:,} characters to {length:,}"
        return VisitOutcome.SHRUNK, detail
    return VisitOutcome.STORED, None


def _with_validators(retrieval: Retrieval, last: LastDocument) -> Retrieval:
    """Return a "not modified" with the validators that hold on."""
    return Retrieval(
        final_url=retrieval.final_url,
        http_status=retrieval.http_status,
        etag=retrieval.etag or last.etag,
        last_modified=retrieval.last_modified or last.last_modified,
        media_type=retrieval.media_type,
    )


def _document_row(
    page: PublishedFile, read: ReadPage, first_seen_at: datetime, is_usable: bool
) -> Row:
    document = read.document
    entry_count = len(read.reading.entries) if read.reading else 0
    dropped_count = sum(reject.is_dropped for reject in read.rejects)
    return {
        "document_key": document.document_key,
        "source_key": document.source_key,
        "path": document.path,
        "source_url": document.source_url,
        "sha256": document.sha256,
        "byte_count": document.byte_count,
        "media_type": document.media_type,
        "content": document.content or None,
        "body": document.body if is_usable else None,
        "reader_version": document.reader_version,
        # As with lists, a document of which nothing can be used is one lost entry.
        "entry_count": entry_count if is_usable else max(1, entry_count),
        "rejected_entry_count": (
            min(entry_count, dropped_count) if is_usable else max(1, entry_count)
        ),
        "first_seen_at": first_seen_at,
        "context": dict(page.context) or None,
    }
