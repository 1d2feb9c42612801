"""Pages read by workers: as they would be read here, in their order."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ingestion.documents import PublishedFile
from ingestion.page_reading import PageReader, PageReaders, Reading, Unread, read_pages
from ingestion.readers.web_pages import ReadPage
from tests.ingestion.raw_databases import KNOWN_ZONES, LABEL_RULES, PAGE_SOURCE, page

READER = PageReader(PAGE_SOURCE, LABEL_RULES, KNOWN_ZONES)
FATAL = 17


@dataclass(frozen=True, slots=True)
class DyingReader(PageReader):
    """Dies of one page, as a fault in a library written in C would have it."""

    def read(self, file: PublishedFile) -> ReadPage:
        """Read a page, or be killed."""
        if file.path == f"{FATAL}.example/":
            os.kill(os.getpid(), signal.SIGKILL)
        return PageReader.read(self, file)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.page_reading._MIN_PAGES", 20)


def pages(count: int) -> Iterator[PublishedFile]:
    for number in range(count):
        yield page(f"{number}.example/", f"Papers: March {number % 28 + 1}, 2031")


def plain(readings: list[Reading]) -> list[object]:
    return [
        (one.document, one.rejects, one.outcome, one.reading and one.reading.entries)
        for one in readings
        if isinstance(one, ReadPage)
    ]


def test_workers_read_as_one_process_does_and_keep_the_order() -> None:
    here = list(read_pages(pages(100), READER))
    elsewhere = list(read_pages(pages(100), READER, processes=2))

    assert len(here) == 100
    assert plain(elsewhere) == plain(here)


def test_few_pages_are_read_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.page_reading.ProcessPoolExecutor", None)

    assert len(list(read_pages(pages(19), READER, processes=2))) == 19


def test_a_page_that_kills_its_reader_takes_no_other_with_it() -> None:
    reader = DyingReader(PAGE_SOURCE, LABEL_RULES, KNOWN_ZONES)
    with PageReaders(reader, processes=2) as readers:
        first = list(readers.read(pages(60)))
        second = list(readers.read(pages(10)))

    fatal = first.pop(FATAL)
    assert isinstance(fatal, Unread)
    assert fatal.file.path == f"{FATAL}.example/"
    assert len(plain(first)) == 59
    assert len(plain(second)) == 10


def test_files_are_taken_up_as_their_readings_are_wanted() -> None:
    taken = 0

    def counted() -> Iterator[PublishedFile]:
        nonlocal taken
        for file in pages(2000):
            taken += 1
            yield file

    readings = read_pages(counted(), READER, processes=2)
    for _ in range(100):
        next(readings)
    readings.close()  # type: ignore[attr-defined]

    assert taken < 400
