"""One look at a source: every file is visited, and read if its content is new."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ingestion.documents import (
    Document,
    PublishedFile,
    Reject,
    VisitOutcome,
    stable_key,
)
from ingestion.errors import SourceUnavailableError, SourceUnchangedError
from ingestion.families.spools import Row, Spool
from ingestion.loading.errors import DuplicatePathError, ListShrunkError
from ingestion.loading.reports import LoadOutcome, SourceReport
from ingestion.loading.stored import DocumentCounts, StoredSource
from ingestion.readers.lists import ReadDocument
from ingestion.registry import Source

ReadFile = Callable[[Source, PublishedFile], ReadDocument]

# Of a visit to a list: its files may come out of one archive.
NOT_RETRIEVED: Final[Row] = MappingProxyType(
    dict.fromkeys(("http_status", "etag", "last_modified", "final_url", "media_type"))
)


# One or two entries less are a correction, however small the list: only a list that
# ends with nothing is refused for them.
MIN_LOST_ENTRIES: Final = 3


@dataclass(slots=True)
class _Seen:
    """One visit as far as it is known before all files were seen."""

    source_url: str | None
    document_key: str
    is_new: bool


class Look:
    """Visits all files of a source, once and in their order.

    ``skip_known`` goes as far as nothing is new; often that is all. Then ``fill`` adds
    the rows of the rest to a dlt spool: a document's as it is read, visits at the end,
    since only then is it known whether the source is refused.
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
        max_shrink_share: float,
    ) -> None:
        self._source = source
        self._files = iter(files)
        self._new_file: PublishedFile | None = None
        self._stored = stored
        self._observed_at = observed_at
        self._read = read
        self._max_reject_share = max_reject_share
        self._max_shrink_share = max_shrink_share
        self._seen: dict[str, _Seen] = {}
        self._counts: dict[str, DocumentCounts] = {}

    def skip_known(self) -> bool:
        """Visit files up to the first whose content is new; tell if there was none.

        Raises:
            SourceUnavailableError: the files cannot be had, or there is none.
            DuplicatePathError: two files have one path.
            ListShrunkError: too few entries are left.
        """
        for file in self._remaining():
            if self._key(file) not in self._stored.documents:
                self._new_file = file
                return False
            self._visit(file, None)
        self._refuse_shrink()
        return True

    def fill(self, spool: Spool | None) -> None:
        """Visit the remaining files and add all rows; without a spool, only count.

        Raises:
            SourceUnavailableError: the files cannot be had, or there is none.
            DuplicatePathError: two files have one path.
            ListShrunkError: too few entries are left.
        """
        for file in self._remaining():
            self._visit(file, spool)
        if spool is not None:
            self._refuse_shrink()
            for row in self.visit_rows():
                spool.add("visits", row)

    def visit_rows(self) -> Iterator[Row]:
        """Yield the row of each visit; call it after all files were visited."""
        is_refused = self.is_refused
        detail = self._share_sentence() if is_refused else None
        outcomes = {True: VisitOutcome.STORED, False: VisitOutcome.UNCHANGED}
        if is_refused:
            outcomes = dict.fromkeys(outcomes, VisitOutcome.REFUSED)
        stamp = instant_in_keys(self._observed_at)
        for path, seen in self._seen.items():
            yield {
                "visit_key": stable_key(self._source.key, path, stamp),
                "source_key": self._source.key,
                "path": path,
                "source_url": seen.source_url,
                "observed_at": self._observed_at,
                "outcome": outcomes[seen.is_new].value,
                "document_key": seen.document_key,
                "detail": detail,
                **NOT_RETRIEVED,
            }

    def _remaining(self) -> Iterator[PublishedFile]:
        if self._new_file is not None:
            yield self._new_file
        try:
            # Not `yield from`: whoever stops early would close the files behind it.
            for file in self._files:  # noqa: UP028
                yield file
        except SourceUnchangedError:
            if self._seen or not self._stored.last_look:
                raise
            self._repeat_last_look()
        if not self._seen:
            raise SourceUnavailableError(self._source.key, "has no files")

    def _key(self, file: PublishedFile) -> str:
        sha256 = hashlib.sha256(file.content).hexdigest()
        return stable_key(self._source.key, file.path, sha256)

    def _visit(self, file: PublishedFile, spool: Spool | None) -> None:
        if file.path in self._seen:
            raise DuplicatePathError(self._source.key, file.path)
        document_key = self._key(file)
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
            spool.add("rejects", reject_row(reject, self._observed_at))

    def _repeat_last_look(self) -> None:
        for path, visit in self._stored.last_look.items():
            self._counts[visit.document_key] = self._stored.documents[
                visit.document_key
            ]
            self._seen[path] = _Seen(visit.source_url, visit.document_key, is_new=False)

    def _total(self, count: Callable[[DocumentCounts], int]) -> int:
        return sum(map(count, self._counts.values()))

    def _refuse_shrink(self) -> None:
        """Raise if far fewer entries are left than the last accepted look had.

        Entries are counted over all files, so that moving or splitting one loses none,
        and those of a file that is broken now are those of the version that stands.

        Raises:
            ListShrunkError: too few entries are left.
        """
        before = self._stored.usable_entry_count
        now = sum(
            self._counts[seen.document_key].usable_entry_count
            if self._counts[seen.document_key].is_usable
            else self._stored.standing_entry_count(path)
            for path, seen in self._seen.items()
        )
        lost = before - now
        if self.is_refused or (lost < MIN_LOST_ENTRIES and now):
            return
        if lost > self._max_shrink_share * before:
            raise ListShrunkError(self._source.key, before, now, self._max_shrink_share)

    @property
    def _reject_share(self) -> float:
        entries = self._total(lambda counts: counts.entry_count)
        return self._total(lambda counts: counts.rejected_entry_count) / max(1, entries)

    @property
    def is_refused(self) -> bool:
        """Tell whether too many of the entries have rejects to believe the rest.

        While no look was accepted there are no earlier rows to protect: what can be
        used is used, and only a look of which nothing can be used is refused.
        """
        if not self._stored.has_accepted_look:
            return self._reject_share >= 1
        return self._reject_share > self._max_reject_share

    def _share_sentence(self) -> str:
        return (
            f"{self._total(lambda counts: counts.rejected_entry_count)} of "
            f"{self._total(lambda counts: counts.entry_count)} entries were rejected; "
            f"past {self._max_reject_share:.0%} the earlier rows stay"
        )

    @property
    def changes(self) -> str:
        """Return in words what is different from the newest look; empty if nothing."""
        return ", ".join(self._changes())

    def _changes(self) -> Iterator[str]:
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
        changes = self.changes
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


def source_visit_row(
    source: Source, observed_at: datetime, outcome: VisitOutcome, detail: str
) -> Row:
    """Return the visit of a source of which nothing was had, or nothing taken."""
    return {
        "visit_key": stable_key(source.key, "", instant_in_keys(observed_at)),
        "source_key": source.key,
        "path": None,
        "source_url": source.homepage_url,
        "observed_at": observed_at,
        "outcome": outcome.value,
        "document_key": None,
        "detail": detail,
        **NOT_RETRIEVED,
    }


def instant_in_keys(observed_at: datetime) -> str:
    """Return an instant as it is part of the keys of visits."""
    return observed_at.astimezone(UTC).isoformat()


def _counts(read: ReadDocument) -> DocumentCounts:
    return DocumentCounts(
        entry_count=read.entry_count,
        rejected_entry_count=read.rejected_entry_count,
        reject_count=len(read.rejects),
        dropped_entry_count=len([one for one in read.rejects if one.is_dropped]),
        is_usable=read.document.body is not None,
    )


def _document_row(read: ReadDocument, first_seen_at: datetime) -> Row:
    document: Document = read.document
    return {
        "document_key": document.document_key,
        "source_key": document.source_key,
        "path": document.path,
        "source_url": document.source_url,
        "sha256": document.sha256,
        "byte_count": document.byte_count,
        "media_type": document.media_type,
        # Null for an empty file: where rows pass through dlt one by one, it takes empty
        # bytes for a text and refuses the load.
        "content": document.content or None,
        "body": document.body,
        "reader_version": document.reader_version,
        "entry_count": read.entry_count,
        "rejected_entry_count": read.rejected_entry_count,
        "first_seen_at": first_seen_at,
        "context": None,
    }


def reject_row(
    reject: Reject, first_seen_at: datetime, reader_version: int | None = None
) -> Row:
    """Return the row of a reject; only those of pages have a reader's version."""
    return {
        "reject_key": reject.reject_key,
        "source_key": reject.source_key,
        "document_key": reject.document_key,
        "path": reject.path,
        "position": reject.position,
        "reason": reject.reason,
        "detail": reject.detail,
        "entry": reject.entry,
        "is_dropped": reject.is_dropped,
        "first_seen_at": first_seen_at,
        "reader_version": reader_version,
    }
