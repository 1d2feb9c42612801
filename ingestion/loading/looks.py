"""One look at a source: every file is visited, and read if its content is new."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ingestion.documents import (
    Document,
    PublishedFile,
    Reject,
    Visit,
    VisitOutcome,
    stable_key,
)
from ingestion.errors import SourceUnavailableError, SourceUnchangedError
from ingestion.families.spools import Spool
from ingestion.loading.errors import DuplicatePathError
from ingestion.loading.reports import LoadOutcome, SourceReport
from ingestion.loading.stored import DocumentCounts, StoredSource
from ingestion.readers.lists import ReadDocument
from ingestion.registry import Source

ReadFile = Callable[[Source, PublishedFile], ReadDocument]

_ZLIB_LEVEL: Final = 6


@dataclass(slots=True)
class _Seen:
    """One visit as far as it is known before all files were seen."""

    source_url: str | None
    document_key: str
    is_new: bool


class Look:
    """Visits all files of a source once and adds the rows to a dlt spool.

    Rows of a document go out as it is read; visits at the end, since only then is it
    known whether the source is refused. Nothing counts before dlt completes the load.
    """

    def __init__(
        self,
        source: Source,
        files: Iterable[PublishedFile],
        *,
        stored: StoredSource,
        observed_at: datetime,
        read: ReadFile,
        max_reject_share: float,
    ) -> None:
        self._source = source
        self._files = files
        self._stored = stored
        self._observed_at = observed_at
        self._read = read
        self._max_reject_share = max_reject_share
        self._seen: dict[str, _Seen] = {}
        self._counts: dict[str, DocumentCounts] = {}

    def fill(self, spool: Spool) -> None:
        """Visit every file and add all rows of this look.

        Raises:
            SourceUnavailableError: the files cannot be had, or there is none.
            DuplicatePathError: two files have one path.
        """
        self.visit(spool)
        outcomes = {True: VisitOutcome.STORED, False: VisitOutcome.UNCHANGED}
        if self.is_refused:
            outcomes = dict.fromkeys(outcomes, VisitOutcome.REFUSED)
        detail = self._share_sentence() if self.is_refused else None
        for path, seen in self._seen.items():
            visit = Visit(
                visit_key=visit_key(self._source.key, path, self._observed_at),
                source_key=self._source.key,
                path=path,
                source_url=seen.source_url,
                observed_at=self._observed_at,
                outcome=outcomes[seen.is_new],
                document_key=seen.document_key,
                detail=detail,
            )
            spool.add("visits", _visit_row(visit))

    def visit(self, spool: Spool | None) -> None:
        """Visit every file; without a spool, only count what is stored already."""
        try:
            for file in self._files:
                self._visit_file(file, spool)
        except SourceUnchangedError:
            if self._seen or not self._stored.last_look:
                raise
            self._repeat_last_look()
        if not self._seen:
            raise SourceUnavailableError(self._source.key, "has no files")

    def _visit_file(self, file: PublishedFile, spool: Spool | None) -> None:
        sha256 = hashlib.sha256(file.content).hexdigest()
        document_key = stable_key(self._source.key, file.path, sha256)
        if file.path in self._seen:
            raise DuplicatePathError(self._source.key, file.path)
        counts = self._stored.documents.get(document_key)
        is_new = counts is None
        if counts is None:
            read = self._read(self._source, file)
            counts = _counts(read)
            if spool is not None:
                self._add(spool, read)
        self._counts[document_key] = counts
        self._seen[file.path] = _Seen(file.source_url, document_key, is_new)

    def _add(self, spool: Spool, read: ReadDocument) -> None:
        spool.add("documents", _document_row(read, self._observed_at))
        for reject in read.rejects:
            spool.add("rejects", _reject_row(reject, self._observed_at))

    def _repeat_last_look(self) -> None:
        for path, visit in self._stored.last_look.items():
            self._counts[visit.document_key] = self._stored.documents[
                visit.document_key
            ]
            self._seen[path] = _Seen(visit.source_url, visit.document_key, is_new=False)

    def _total(self, count: Callable[[DocumentCounts], int]) -> int:
        return sum(map(count, self._counts.values()))

    @property
    def _reject_share(self) -> float:
        entries = self._total(lambda counts: counts.entry_count)
        return self._total(lambda counts: counts.rejected_entry_count) / max(1, entries)

    @property
    def is_refused(self) -> bool:
        """Tell whether too many of the entries have rejects to believe the rest."""
        return self._reject_share > self._max_reject_share

    def _share_sentence(self) -> str:
        return (
            f"{self._total(lambda counts: counts.rejected_entry_count)} of "
            f"{self._total(lambda counts: counts.entry_count)} entries were rejected, "
            f"more than {self._max_reject_share:.0%}"
        )

    def _changes(self) -> Iterator[str]:
        """Yield what is different from the newest look, in words."""
        last = self._stored.last_look
        new = sum(seen.is_new for seen in self._seen.values())
        if new:
            yield f"{new} new"
        back = sum(
            not seen.is_new
            and (path not in last or last[path].document_key != seen.document_key)
            for path, seen in self._seen.items()
        )
        if back:
            yield f"{back} back"
        gone = len(last.keys() - self._seen.keys())
        if gone:
            yield f"{gone} gone"

    def report(self) -> SourceReport:
        """Return what this look found; call it after all files were visited."""
        changes = ", ".join(self._changes())
        outcome = LoadOutcome.LOADED if changes else LoadOutcome.UNCHANGED
        if self.is_refused:
            outcome = LoadOutcome.REFUSED
        return SourceReport(
            source_key=self._source.key,
            family=self._source.family,
            outcome=outcome,
            document_count=len(self._seen),
            new_document_count=sum(seen.is_new for seen in self._seen.values()),
            reject_count=self._total(lambda counts: counts.reject_count),
            dropped_entry_count=self._total(lambda counts: counts.dropped_entry_count),
            entry_count=self._total(lambda counts: counts.entry_count),
            message=f"documents: {changes}" if changes else "nothing changed",
            error=self._share_sentence() if self.is_refused else None,
        )


def visit_key(source_key: str, path: str | None, observed_at: datetime) -> str:
    """Return the key of a visit; ``path`` is None for the source as a whole."""
    return stable_key(source_key, path or "", observed_at.astimezone(UTC).isoformat())


def failed_visit(source: Source, observed_at: datetime, detail: str) -> Visit:
    """Return the visit of a source of which nothing could be had."""
    return Visit(
        visit_key=visit_key(source.key, None, observed_at),
        source_key=source.key,
        path=None,
        source_url=source.homepage_url,
        observed_at=observed_at,
        outcome=VisitOutcome.FAILED,
        document_key=None,
        detail=detail,
    )


def add_visit(spool: Spool, visit: Visit) -> None:
    """Add one visit to the rows of a load."""
    spool.add("visits", _visit_row(visit))


def _counts(read: ReadDocument) -> DocumentCounts:
    return DocumentCounts(
        entry_count=read.entry_count,
        rejected_entry_count=read.rejected_entry_count,
        reject_count=len(read.rejects),
        dropped_entry_count=sum(reject.is_dropped for reject in read.rejects),
    )


def _document_row(read: ReadDocument, first_seen_at: datetime) -> dict[str, Any]:
    document: Document = read.document
    return {
        "document_key": document.document_key,
        "source_key": document.source_key,
        "path": document.path,
        "source_url": document.source_url,
        "sha256": document.sha256,
        "byte_count": document.byte_count,
        "media_type": document.media_type,
        "content": zlib.compress(document.content, _ZLIB_LEVEL),
        "body": document.body,
        "reader_version": document.reader_version,
        "entry_count": read.entry_count,
        "rejected_entry_count": read.rejected_entry_count,
        "first_seen_at": first_seen_at,
    }


def _reject_row(reject: Reject, first_seen_at: datetime) -> dict[str, Any]:
    return {**asdict(reject), "first_seen_at": first_seen_at}


def _visit_row(visit: Visit) -> dict[str, Any]:
    return {**asdict(visit), "outcome": visit.outcome.value}
