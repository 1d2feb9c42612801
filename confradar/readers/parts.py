"""All that a publish writes: pages, calendars, feeds, JSON and files of tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from confradar.database import Login
from confradar.readers.api import files_of_api
from confradar.readers.exports import write_exports
from confradar.readers.feeds import files_of_feeds
from confradar.readers.pages import page_parts
from confradar.readers.publishing import Content, Producer, Publication
from confradar.readers.snapshot import take_snapshot
from confradar.warehouse import edition_keys, reading, relatives_of

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
        if has_all or len(edition_keys(connection)) <= MANY_EDITIONS:
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
        Producer("files", _files),
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


def _files(publication: Publication) -> Iterator[tuple[str, Content]]:
    """Yield tables as files: a million claims are more than one wants to hold."""
    with (
        TemporaryDirectory(prefix="confradar-files-") as folder,
        publication.reading() as connection,
    ):
        # All before the first is taken away: one file is made of another.
        for path in list(write_exports(connection, Path(folder))):
            yield path, Path(folder, path)
