"""How long loading takes, beside a plain COPY of the same bytes, and when repeated.

The COPY is the fastest there is: psycopg, one table, the values at hand. Loading also
hashes, writes a visit for each document, and passes through dlt.
"""

import hashlib
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from confradar.database import EmbeddedServer
from ingestion.documents import Document, PublishedFile, stable_key
from ingestion.loading import (
    LoadOutcome,
    ensure_raw_tables,
    ingest,
    ingest_page_source,
    ingest_source,
)
from ingestion.origins import FolderOrigin
from ingestion.page_reading import PageReaders
from ingestion.readers.lists import ReadDocument, read_list
from ingestion.readers.pages.records import PageEntry, PageReading, Phrase
from ingestion.readers.web_pages import ReadPage
from ingestion.registry import Source, load_registry

PAGE_BYTES = 30_000
# What a page of that size shows, as the median of real ones does.
PAGE_TEXT = "All deadlines are 23:59 AoE. " * 170
PHRASES = tuple(
    Phrase(kind, kind, "March 3, 2031", "2031-03-03", PAGE_TEXT[:120], 0, 120)
    for kind in ("abstract", "submission", "notification", "camera_ready", "other")
)
DAY = datetime(2026, 11, 1, tzinfo=UTC)
ZONES = frozenset({"aoe", "utc-12", "utc+8"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio, and what it is to be."""

    name: str
    ratio: float
    wanted: str


def measure(documents: int, rounds: int, lists: Path | None) -> list[Figure]:
    """Return the ratios of the best round; seconds are printed as they come."""
    files = made_up_files(documents)
    peak = 0.0
    size = sum(len(file.content) for file in files) / 1e6
    print(f"{documents} documents of {size:.1f} MB, {rounds} rounds")
    best: dict[str, float] = {}
    with database_server() as server_url:
        for number in range(rounds):
            times = whole_runs(server_url, files)
            peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            times |= loading_alone(server_url, files)
            times |= pages_alone(server_url, documents)
            if lists is not None:
                times |= real_lists(server_url, lists)
            told = ", ".join(f"{name} {value:.2f} s" for name, value in times.items())
            print(f"round {number + 1}: {told}")
            best = {name: min(best.get(name, t), t) for name, t in times.items()}
    print(f"peak memory {peak:.0f} MB, of which the files are {size:.0f} MB\n")

    figures = [
        Figure("load what was read / COPY", best["loading"] / best["COPY"], "<= 3"),
        Figure(
            "load pages of 30 KB that were read / COPY",
            best["pages"] / best["COPY of pages"],
            "<= 2",
        ),
        Figure("read and load / COPY", best["first run"] / best["COPY"], ""),
        Figure(
            "run in which nothing changed / first run",
            best["unchanged run"] / best["first run"],
            "<= 0.25",
        ),
        Figure(
            "run in which nothing changed / load what was read",
            best["unchanged run"] / best["loading"],
            "",
        ),
    ]
    if lists is not None:
        ratio = best["lists unchanged"] / best["lists first"]
        figures.append(Figure("all lists: unchanged / first run", ratio, "<= 0.25"))
    return figures


def whole_runs(server_url: str, files: Sequence[PublishedFile]) -> dict[str, float]:
    """Read and load files, and once more; return the seconds of both runs."""
    read = partial(read_list, known_zones=ZONES)
    with loader(server_url, files) as load:
        return {"first run": load(0, read), "unchanged run": load(1, read)}


def loading_alone(server_url: str, files: Sequence[PublishedFile]) -> dict[str, float]:
    """Load what was read before, and copy the same values; return the seconds."""
    source = load_registry().get("ccfddl")
    documents = {
        file.path: read_list(source, file, known_zones=ZONES) for file in files
    }
    with loader(server_url, files) as load:
        seconds = load(0, lambda _, file: documents[file.path])
        documents.clear()
        return {"loading": seconds, "COPY": plain_copy(load.url, "ccfddl")}


class Loader:
    """Loads the same files into one database, day after day."""

    def __init__(
        self, url: str, files: Sequence[PublishedFile], directory: Path
    ) -> None:
        self.url = url
        self._files = files
        self._directory = directory

    def __call__(
        self, day: int, read: Callable[[Source, PublishedFile], ReadDocument]
    ) -> float:
        """Load the files as of a day; return the seconds it took.

        Raises:
            RuntimeError: the outcome is not the one that is measured.
        """
        began = time.perf_counter()
        report = ingest_source(
            load_registry().get("ccfddl"),
            iter(self._files),
            destination=self.url,
            observed_at=DAY + timedelta(days=day),
            pipelines_dir=self._directory,
            read=read,
        )
        seconds = time.perf_counter() - began
        wanted = LoadOutcome.UNCHANGED if day else LoadOutcome.LOADED
        if report.outcome is not wanted:
            raise RuntimeError(f"expected {wanted}, got {report}")
        return seconds


@contextmanager
def loader(server_url: str, files: Sequence[PublishedFile]) -> Iterator[Loader]:
    """Yield a loader into a database that is empty."""
    with database(server_url) as url, tempfile.TemporaryDirectory() as directory:
        yield Loader(url, files, Path(directory))


def plain_copy(url: str, family: str) -> float:
    """Copy the loaded values into a table of the same columns; return the seconds."""
    with psycopg.connect(url) as connection:
        documents = sql.Identifier(f"raw_{family}", "documents")
        connection.execute(
            sql.SQL(
                "create table public.copied"
                " (like {} including storage including defaults)"
            ).format(documents)
        )
        columns = [
            row[0]
            for row in connection.execute(
                "select attname from pg_attribute"
                " where attrelid = 'copied'::regclass and attnum > 0 order by attnum"
            )
        ]
        # As text, but for the bytes: no value is parsed or built while it is copied.
        casts = {"content": "content", "byte_count": "byte_count"}
        selected = [casts.get(column, f"{column}::text") for column in columns]
        rows: list[tuple[Any, ...]] = connection.execute(
            sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(map(sql.SQL, selected)), documents
            )
        ).fetchall()
        connection.commit()
        began = time.perf_counter()
        copy_sql = "copy public.copied from stdin"
        with connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return time.perf_counter() - began


class ReadBefore(PageReaders):
    """Hands over readings that are ready: what is measured is loading alone."""

    def __init__(self) -> None:
        self._source = load_registry().get("conference_pages")

    def read(self, files: Iterable[PublishedFile]) -> Iterator[ReadPage]:
        """Yield a page's document and a reading with five phrases, made of the path."""
        for file in files:
            sha256 = hashlib.sha256(file.content).hexdigest()
            document = Document(
                document_key=stable_key(self._source.key, file.path, sha256),
                source_key=self._source.key,
                path=file.path,
                source_url=file.source_url,
                sha256=sha256,
                byte_count=len(file.content),
                media_type="text/html",
                content=file.content,
                body={"title": file.path},
                reader_version="conference_pages-1",
            )
            entry = PageEntry("", PHRASES, series_text=file.path, year_text="2031")
            reading = PageReading(file.path, PAGE_TEXT, (entry,))
            yield ReadPage(document, (), None, reading, 1)


def pages_alone(server_url: str, count: int) -> dict[str, float]:
    """Load pages of 30 KB that were read before, and copy the same documents."""
    source = load_registry().get("conference_pages")
    with database(server_url) as url, tempfile.TemporaryDirectory() as directory:
        ensure_raw_tables([source.family], url, pipelines_dir=Path(directory))
        began = time.perf_counter()
        report = ingest_page_source(
            source,
            lambda _: made_up_pages(count),
            destination=url,
            readers=ReadBefore(),
            observed_at=DAY,
            pipelines_dir=Path(directory),
        )
        seconds = time.perf_counter() - began
        if report.new_document_count != count:
            raise RuntimeError(f"expected {count} new pages, got {report}")
        return {"pages": seconds, "COPY of pages": plain_copy(url, source.family)}


def made_up_pages(count: int) -> Iterator[PublishedFile]:
    """Yield pages of 30 KB with a number in each; memory holds one at a time."""
    dice = random.Random(1)  # noqa: S311 - the same pages each time
    letters = "abcdefghijklmnopqrstuvwxyz    "
    texts = ["".join(dice.choices(letters, k=PAGE_BYTES)).encode() for _ in range(20)]
    for number in range(count):
        content = b"<html><body><h1>Number %d</h1><p>" % number + texts[number % 20]
        path = f"conference{number}.example/dates.html"
        yield PublishedFile(path, content, f"https://{path}")


def real_lists(server_url: str, lists: Path) -> dict[str, float]:
    """Load all registered lists twice; return the seconds of both runs."""
    registry = load_registry()
    with database(server_url) as url, tempfile.TemporaryDirectory() as directory:

        def load(day: int) -> float:
            began = time.perf_counter()
            ingest(
                registry.lists,
                FolderOrigin(lists),
                destination=url,
                known_zones=ZONES,
                observed_at=DAY + timedelta(days=day),
                pipelines_dir=Path(directory),
                registry=registry,
            )
            return time.perf_counter() - began

        return {"lists first": load(0), "lists unchanged": load(1)}


def made_up_files(count: int) -> list[PublishedFile]:
    """Return series files in the CCFDDL shape: two to eight editions each."""
    dice = random.Random(1)  # noqa: S311 - the same files each time
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(dice.choices(letters, k=dice.randint(3, 10))) for _ in range(3000)]

    def text(length: int) -> str:
        return " ".join(dice.choices(words, k=length))

    def series(number: int) -> Iterator[str]:
        yield f"- title: {text(1).upper()}{number}\n  description: {text(8)}\n"
        yield "  sub: AI\n  rank:\n    ccf: A\n    core: A*\n"
        yield f"  dblp: {text(1)}\n  confs:\n"
        for year in range(2019, 2021 + dice.randint(0, 6)):
            yield f"    - year: {year}\n      id: conf{number}x{year}\n"
            yield f"      link: https://{text(1)}.test/{year}\n      timeline:\n"
            for month in range(1, dice.randint(2, 4)):
                yield f"        - abstract_deadline: '{year}-0{month}-11 23:59:59'\n"
                yield f"          deadline: '{year}-0{month}-21 23:59:59'\n"
                yield f"          comment: {text(5)}\n"
            zone = dice.choice(["AoE", "UTC-12", "UTC+8"])
            yield f"      timezone: {zone}\n      date: June 3-7, {year}\n"
            yield f"      place: {text(3)}\n"

    return [
        PublishedFile(f"conference/x/{number}.yml", "".join(series(number)).encode())
        for number in range(count)
    ]


@contextmanager
def database_server() -> Iterator[str]:
    """Run an embedded server that leaves nothing behind; yield its URL."""
    top = Path(tempfile.mkdtemp(prefix="confradar-bench-"))
    top.chmod(0o755)  # under root, the server's own account has to get in
    server = EmbeddedServer(top / ".confradar")
    try:
        yield server.ensure_running()
    finally:
        server.stop()
        shutil.rmtree(top, ignore_errors=True)


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """Create an empty database for a while; yield its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database bench")
        yield urlunsplit(urlsplit(server_url)._replace(path="/bench"))
        connection.execute("drop database bench with (force)")
