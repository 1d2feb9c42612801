"""All that a publish writes: pages, calendars, feeds, JSON and files of tables."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from confradar.readers.api import files_of_api
from confradar.readers.exports import write_exports
from confradar.readers.feeds import files_of_feeds
from confradar.readers.pages import page_parts
from confradar.readers.publishing import Content, Producer, Publication


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
        yield from files_of_api(connection, publication.snapshot)


def _files(publication: Publication) -> Iterator[tuple[str, Content]]:
    """Yield tables as files: a million claims are more than one wants to hold."""
    with (
        TemporaryDirectory(prefix="confradar-files-") as folder,
        publication.reading() as connection,
    ):
        # All before the first is taken away: one file is made of another.
        for path in list(write_exports(connection, Path(folder))):
            yield path, Path(folder, path)
