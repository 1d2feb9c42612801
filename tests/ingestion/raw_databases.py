"""Databases to load into, alike for tests: a SQLite file, or one on a server."""

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import dlt
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ingestion.documents import KnownPage, MissedFile, PublishedFile, Retrieval
from ingestion.loading import (
    Destination,
    SourceReport,
    ensure_raw_tables,
    ingest_page_source,
    ingest_source,
)
from ingestion.page_reading import PageReader, PageReaders
from ingestion.registry import Source, load_registry

FAMILY = "paperswithcode"
SOURCE = replace(load_registry().get("some-deadlines"), key="test-list", family=FAMILY)
PAGES = "conference_pages"
PAGE_SOURCE = load_registry().get(PAGES)
LABEL_RULES = """\
rule_key,decides,priority,label_pattern,value,note
abstract,kind,1," abstracts? ",abstract,
papers,kind,2," (papers?|submissions?) ",submission,
"""
KNOWN_ZONES = frozenset({"aoe"})
# Days are counted from here: instants of looks, never the clock's.
FIRST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)

Row = dict[str, Any]
T = TypeVar("T")


class RawDatabase(ABC):
    """An empty database, and a directory for dlt."""

    def __init__(self, pipelines_dir: Path) -> None:
        self.pipelines_dir = pipelines_dir

    @property
    @abstractmethod
    def destination(self) -> Destination:
        """Return what is handed to the loading functions."""

    @abstractmethod
    def _rows(self, family: str, table: str) -> list[Row]:
        """Return all rows of a raw table."""

    def rows(self, table: str, family: str = FAMILY) -> list[Row]:
        """Return the rows of a raw table without dlt's columns, in a stable order."""
        rows = [
            {name: cell for name, cell in row.items() if not name.startswith("_dlt")}
            for row in self._rows(family, table)
        ]
        return sorted(rows, key=lambda row: json.dumps(row, default=str))

    def tables(self) -> dict[str, list[Row]]:
        """Return everything that was loaded for the family of the tests."""
        return {name: self.rows(name) for name in ("documents", "visits", "rejects")}

    def load(
        self,
        files: Iterable[PublishedFile],
        day: int = 0,
        source: Source = SOURCE,
        **options: Any,  # noqa: ANN401 - handed on
    ) -> SourceReport:
        """Load files as a source that was looked at on some day."""
        return ingest_source(
            source,
            files,
            destination=self.destination,
            known_zones=KNOWN_ZONES,
            observed_at=FIRST_DAY + timedelta(days=day),
            pipelines_dir=self.pipelines_dir,
            **options,
        )

    def load_pages(
        self,
        pages: Iterable[PublishedFile | MissedFile],
        day: int = 0,
        known: dict[str, KnownPage] | None = None,
        reader: PageReader | None = None,
        **options: Any,  # noqa: ANN401 - handed on
    ) -> SourceReport:
        """Load pages as they were visited on some day; ``known`` is told what was."""

        def visits(
            stored: Mapping[str, KnownPage],
        ) -> Iterable[PublishedFile | MissedFile]:
            if known is not None:
                known.update(stored)
            return pages

        ensure_raw_tables([PAGES], self.destination, pipelines_dir=self.pipelines_dir)
        reader = reader or PageReader(PAGE_SOURCE, LABEL_RULES, KNOWN_ZONES)
        with PageReaders(reader) as readers:
            return ingest_page_source(
                PAGE_SOURCE,
                visits,
                destination=self.destination,
                readers=readers,
                observed_at=FIRST_DAY + timedelta(days=day),
                pipelines_dir=self.pipelines_dir,
                **options,
            )


class SqliteDatabase(RawDatabase):
    """Needs no server. dlt keeps every dataset in a file of its own."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "pipelines")
        self._file = directory / "raw.db"

    @property
    def destination(self) -> Destination:
        """Return dlt's destination for any database that SQLAlchemy knows."""
        return dlt.destinations.sqlalchemy(f"sqlite:///{self._file}")

    def _rows(self, family: str, table: str) -> list[Row]:
        file = self._file.with_name(f"raw__raw_{family}.db")
        with closing(sqlite3.connect(file)) as connection:
            connection.row_factory = sqlite3.Row
            query = f'select * from "{table}"'  # noqa: S608 - names of the tests' own
            rows = [dict(row) for row in connection.execute(query)]
        for row in rows:
            for name in ("body", "entry", "areas", "context"):
                if row.get(name) is not None:
                    row[name] = json.loads(row[name])
        return rows


class PostgresDatabase(RawDatabase):
    """A database of its own on a server."""

    def __init__(self, url: str, directory: Path) -> None:
        super().__init__(directory / "pipelines")
        self.url = url

    @property
    def destination(self) -> Destination:
        """Return the URL."""
        return self.url

    def _rows(self, family: str, table: str) -> list[Row]:
        query = sql.SQL("select * from {}").format(
            sql.Identifier(f"raw_{family}", table)
        )
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            connection.execute("set timezone to 'UTC'")
            return connection.execute(query).fetchall()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of any query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


def entry(title: str, year: int = 2026, **fields: str) -> str:
    """Return one entry of a list in the paperswithcode shape, as YAML."""
    lines = [f"- title: {title}", f"  year: {year}", f"  id: {title.lower()}{year}"]
    lines += [f"  {name}: '{value}'" for name, value in fields.items()]
    return "\n".join([*lines, ""])


def published(path: str, *entries: str) -> PublishedFile:
    """Return a file with these entries."""
    content = "".join(entries).encode()
    return PublishedFile(path, content, f"https://lists.test/{path}")


def numbered(count: int, version: str = "") -> Sequence[PublishedFile]:
    """Return files with one entry each; their contents depend on the version."""
    return [
        published(f"{number:03}.yml", entry(f"Conf{number}{version}"))
        for number in range(count)
    ]


def page(
    name: str, *lines: str, etag: str | None = None, **context: str
) -> PublishedFile:
    """Return a page of a conference with a line for each text, fetched just now."""
    shown = "".join(f"<p>{line}</p>" for line in lines)
    content = f"<html><head><title>Lantern 2031</title></head><body>{shown}"
    url = f"https://{name}"
    retrieval = Retrieval(url, 200, etag, None, "text/html; charset=utf-8")
    return PublishedFile(name, content.encode(), url, context, retrieval)


def then(files: Iterable[T], error: BaseException) -> Iterator[T]:
    """Yield files and then fail, as an origin that is interrupted does."""
    yield from files
    raise error
