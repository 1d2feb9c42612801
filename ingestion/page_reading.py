"""Pages read one after the other, or in several processes, in the order they come in.

Reading is what takes the time where pages lie on a disk; a worker is sent bytes and
sends records back. One that dies takes the page that it died of with it, and no other.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import TracebackType
from typing import Final, Self, TypeAlias

from ingestion.documents import PublishedFile
from ingestion.readers.pages.vocabulary import Vocabulary, parse_vocabulary
from ingestion.readers.records import Limits
from ingestion.readers.web_pages import ReadPage, read_page
from ingestion.registry import Source

# Sent together, so that what a message costs is shared.
_GROUP_PAGES: Final = 16
_GROUPS_AHEAD: Final = 4  # of each worker
# A worker has to be started first, which takes as long as reading a few hundred pages.
_MIN_PAGES: Final = 200

DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class PageReader:
    """All that it takes to read pages of one source; another process can be sent it.

    ``label_rules`` is the text of the vocabulary, ``known_zones`` are the labels of
    time zones that are known, casefolded.
    """

    source: Source
    label_rules: str
    known_zones: frozenset[str]
    limits: Limits = DEFAULT_LIMITS

    def read(self, file: PublishedFile) -> ReadPage:
        """Read one page.

        Raises:
            VocabularyError: the rules cannot be used.
        """
        return read_page(
            self.source,
            file,
            vocabulary=_vocabulary(self.label_rules),
            known_zones=self.known_zones,
            limits=self.limits,
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """A page whose reading ended the process that read it."""

    file: PublishedFile
    detail: str = "reading it ended the process that read it"


Reading: TypeAlias = ReadPage | Unread


class PageReaders:
    """Reads many pages, with workers if there are enough; a context manager."""

    def __init__(self, reader: PageReader, processes: int = 1) -> None:
        """Start nothing yet."""
        self._reader = reader
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def read(self, files: Iterable[PublishedFile]) -> Iterator[Reading]:
        """Yield what each file is read into, in their order; few are held at once."""
        remaining = iter(files)
        if self._processes > 1:
            first = list(islice(remaining, _MIN_PAGES))
            if self._pool is not None or len(first) == _MIN_PAGES:
                yield from self._read_elsewhere(first, remaining)
                return
            remaining = iter(first)
        yield from map(self._reader.read, remaining)

    def _read_elsewhere(
        self, first: Sequence[PublishedFile], others: Iterator[PublishedFile]
    ) -> Iterator[Reading]:
        pending: deque[tuple[list[PublishedFile], Future[list[ReadPage]]]] = deque()
        for group in _groups(first, others):
            pending.append((group, self._submit(group)))
            if len(pending) >= _GROUPS_AHEAD * self._processes:
                yield from self._results(pending)
        while pending:
            yield from self._results(pending)

    def _submit(self, group: Sequence[PublishedFile]) -> Future[list[ReadPage]]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes,
                multiprocessing.get_context("spawn"),
                initializer=_begin_worker,
                initargs=(self._reader,),
            )
        try:
            return self._pool.submit(_read_group, group)
        except BrokenProcessPool as error:
            broken: Future[list[ReadPage]] = Future()
            broken.set_exception(error)
            return broken

    def _results(
        self, pending: deque[tuple[list[PublishedFile], Future[list[ReadPage]]]]
    ) -> Iterator[Reading]:
        """Yield the results of the oldest group, or of all if a worker died."""
        group, future = pending.popleft()
        try:
            read = future.result()
        except BrokenProcessPool:
            unread = [*group, *(file for files, _ in pending for file in files)]
            pending.clear()
            yield from map(self._read_alone, unread)
            return
        for file, page in zip(group, read, strict=True):
            yield replace(page, document=replace(page.document, content=file.content))

    def _read_alone(self, file: PublishedFile) -> Reading:
        """Read a page again that may be what a worker died of."""
        for _ in range(2):  # the first pool is broken already
            try:
                (page,) = self._submit([file]).result()
            except BrokenProcessPool:
                self._stop()
                continue
            return replace(page, document=replace(page.document, content=file.content))
        return Unread(file)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def read_pages(
    files: Iterable[PublishedFile], reader: PageReader, *, processes: int = 1
) -> Iterator[Reading]:
    """Yield what each file is read into, in their order.

    Memory does not grow with the number of files. Close the iterator, or exhaust it,
    to end the workers.
    """
    with PageReaders(reader, processes) as readers:
        yield from readers.read(files)


def _groups(
    first: Sequence[PublishedFile], others: Iterator[PublishedFile]
) -> Iterator[list[PublishedFile]]:
    for start in range(0, len(first), _GROUP_PAGES):
        yield list(first[start : start + _GROUP_PAGES])
    while group := list(islice(others, _GROUP_PAGES)):
        yield group


@lru_cache(maxsize=4)
def _vocabulary(label_rules: str) -> Vocabulary:
    return parse_vocabulary(label_rules)


_worker_readers: list[PageReader] = []


def _begin_worker(reader: PageReader) -> None:
    """Prepare a worker: Ctrl-C is its parent's business, whose end is its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker_readers[:] = [reader]


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_group(files: Sequence[PublishedFile]) -> list[ReadPage]:
    """Read pages in a worker; what the other side has, or needs not, is left out."""
    (reader,) = _worker_readers
    return [_light(reader.read(file)) for file in files]


def _light(page: ReadPage) -> ReadPage:
    reading = page.reading and replace(page.reading, links=())
    return replace(page, document=replace(page.document, content=b""), reading=reading)
