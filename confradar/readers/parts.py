"""All that a publish writes: pages, calendars, feeds, JSON and files of tables."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import psycopg

from confradar.database import Login
from confradar.readers.api import files_of_api
from confradar.readers.exports import TABLES, Table, write_notes, write_tables
from confradar.readers.feeds import files_of_feeds
from confradar.readers.pages import page_parts
from confradar.readers.publishing import (
    Content,
    Producer,
    Publication,
    writing_to,
)
from confradar.readers.snapshot import take_snapshot
from confradar.warehouse import edition_count, reading, relatives_of

MANY_EDITIONS = 20_000  # as many pages take some ten seconds


def publication_of(
    login: Login,
    *,
    site_url: str | None = None,
    alarm: timedelta | None = None,
    has_all: bool = False,
) -> Publication:
    """Return what is published of the present build.

    Of tens of thousands of editions, those have pages of which something is shown or
    has changed lately; the page of their series tells of the others beside them. All
    are in the files of tables, and served live.

    Args:
        login: of the reader.
        site_url: where the site will stand, with a slash at its end.
        alarm: how long before a deadline calendars ring.
        has_all: give every edition a page, however many there are.

    Raises:
        ConfRadarError: the server cannot be reached, or nothing was built.
    """
    with reading(login) as connection:
        snapshot = take_snapshot(connection)
        publication = Publication(snapshot, login, site_url, alarm)
        if has_all or edition_count(connection) <= MANY_EDITIONS:
            return publication
        current, changed = [one.row for one in snapshot.deadlines], snapshot.changes
        editions = {row.conference_key for row in current}
        editions |= {row.conference_key for row in changed if row.conference_key}
        series = {row.series_key for row in current}
        series |= {row.series_key for row in changed if row.series_key}
        return replace(
            publication,
            edition_keys=sorted(editions),
            series_keys=relatives_of(connection, series),
        )


def all_parts(publication: Publication) -> list[Producer]:
    """Return the parts, those that take longest first.

    Raises:
        ConfRadarError: the marts cannot be read.
    """
    return [
        *(
            Producer(f"files of {table.name}", partial(_table, table=table))
            for table in TABLES
        ),
        Producer("notes of files", _notes),
        Producer("JSON", _json),
        Producer("calendars and feeds", _feeds),
        *page_parts(publication),
    ]


def _feeds(publication: Publication) -> Iterator[tuple[str, Content]]:
    yield from files_of_feeds(
        publication.snapshot, site_url=publication.site_url, alarm=publication.alarm
    )


def _json(publication: Publication) -> Iterator[tuple[str, Content]]:
    with publication.reading() as connection:
        yield from files_of_api(
            connection, publication.snapshot, publication.edition_keys
        )


def _table(publication: Publication, *, table: Table) -> Iterator[tuple[str, Content]]:
    return _files(
        publication,
        lambda connection, folder: write_tables(connection, folder, [table]),
    )


def _notes(publication: Publication) -> Iterator[tuple[str, Content]]:
    return _files(publication, write_notes)


def _files(
    publication: Publication,
    write: Callable[[psycopg.Connection, Path], Iterator[str]],
) -> Iterator[tuple[str, Content]]:
    """Yield what is written as files: a million claims are more than one would hold."""
    scratch = publication.scratch or Path(gettempdir())
    with (
        writing_to(scratch),
        TemporaryDirectory(prefix=".files-", dir=scratch) as folder,
        publication.reading() as connection,
    ):
        # All before the first is taken away: one file is made of another.
        for path in list(write(connection, Path(folder))):
            yield path, Path(folder, path)
