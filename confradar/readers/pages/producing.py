"""The pages as parts of a publish: those of the snapshot, and those of each edition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from confradar.readers.pages.about import reading_page, subscribe_page
from confradar.readers.pages.changes import changes_page
from confradar.readers.pages.conferences import Setting, conference_page
from confradar.readers.pages.data import data_file
from confradar.readers.pages.index import index_page
from confradar.readers.pages.months import month_pages
from confradar.readers.pages.page import assets
from confradar.readers.pages.series import series_page
from confradar.readers.pages.sources import sources_page
from confradar.readers.pages.times import iso
from confradar.readers.publishing import Files, Producer, Publication
from confradar.readers.snapshot import Snapshot
from confradar.warehouse import (
    edition_keys,
    editions,
    series_keys,
    series_with,
    source_names,
    source_scores,
    visit_outcomes,
)

PART = 1000  # editions or series of one part
_AT_ONCE = 250  # of them that are read and held at a time


def page_parts(publication: Publication) -> list[Producer]:
    """Return the parts that make all pages.

    Raises:
        ConfRadarError: the marts cannot be read.
    """
    with publication.reading() as connection:
        setting = setting_of(publication.snapshot, source_names(connection))
        conferences, series = publication.edition_keys, publication.series_keys
        if conferences is not None:
            setting = replace(setting, edition_keys=frozenset(conferences))
        if conferences is None:
            conferences = edition_keys(connection)
        if series is None:
            series = series_keys(connection)
    return [
        *(
            Producer("conferences", partial(_conferences, keys=keys, setting=setting))
            for keys in _parts(conferences, PART)
        ),
        *(
            Producer("series", partial(_series, keys=keys, setting=setting))
            for keys in _parts(series, PART)
        ),
        Producer("pages", _pages),
    ]


def setting_of(snapshot: Snapshot, source_names: Mapping[str, str]) -> Setting:
    """Return what pages of editions and series need to know of a build."""
    return Setting(
        source_names=source_names,
        followed_series=snapshot.vocabulary.series_keys,
        replay=iso(snapshot.as_of) if snapshot.is_replay else "",
    )


def _pages(publication: Publication) -> Files:
    """Yield what is made of the snapshot, and the page of sources."""
    snapshot = publication.snapshot
    now = snapshot.as_of  # so that the same build gives the same bytes
    yield from assets().items()
    data = data_file(snapshot)
    yield data.path, data.body
    with publication.reading() as connection:
        scores = source_scores(connection)
        outcomes = visit_outcomes(connection)
    for page in (
        index_page(snapshot, now=now, data=data),
        *month_pages(snapshot, now=now),
        changes_page(snapshot),
        sources_page(scores, outcomes),
        reading_page(),
        subscribe_page(snapshot, site_url=publication.site_url),
    ):
        yield page.path, page.body


def _conferences(
    publication: Publication, *, keys: Sequence[str], setting: Setting
) -> Files:
    with publication.reading() as connection:
        for some in _parts(keys, _AT_ONCE):
            for edition in editions(connection, some):
                page = conference_page(edition, setting)
                yield page.path, page.body


def _series(
    publication: Publication, *, keys: Sequence[str], setting: Setting
) -> Files:
    with publication.reading() as connection:
        for some in _parts(keys, _AT_ONCE):
            for series in series_with(connection, some):
                page = series_page(series, setting)
                yield page.path, page.body


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
