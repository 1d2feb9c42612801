"""The homepages from which official pages are looked for.

Picked by hand: the file that ships, and the one that CONFRADAR_TARGETS names. Named by
the lists: the homepages of editions to come in the marts of the last build.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from confradar.database import Login
from confradar.warehouse import MartsMissingError, reading

if TYPE_CHECKING:
    from ingestion.web.targets import Target

# What is over comes last: a run may not come to the end of them.
_HOMEPAGES = """
select
    dim_conferences.homepage_url,
    dim_series.acronym,
    dim_conferences.year
from marts.dim_conferences
inner join marts.dim_series
    on dim_conferences.series_key = dim_series.series_key
where
    dim_conferences.homepage_url is not null
    and (
        dim_conferences.year >= extract(year from %(today)s::date)
        or dim_conferences.starts_on > %(today)s
    )
order by
    coalesce(dim_conferences.ends_on, dim_conferences.starts_on, %(today)s) < %(today)s,
    coalesce(
        dim_conferences.starts_on, make_date(dim_conferences.year::integer, 12, 31)
    ),
    dim_conferences.conference_key
"""


def all_targets(login: Login, own: Path | None, today: date) -> "tuple[Target, ...]":
    """Return every homepage once: those picked by hand, then those that lists name.

    Args:
        login: of a reader of the marts, which need not be built yet.
        own: a file of one's own targets.
        today: from which editions are to come.

    Raises:
        TargetsError: a file of targets is wrong.
        ConfRadarError: the database cannot be read.
    """
    from ingestion.web.addresses import page_path
    from ingestion.web.targets import read_targets

    found: dict[str, Target] = {}
    for target in (
        *(read_targets(own) if own else ()),
        *read_targets(),
        *_of_marts(login, today),
    ):
        found.setdefault(page_path(target.url), target)
    return tuple(found.values())


def _of_marts(login: Login, today: date) -> "Iterator[Target]":
    from ingestion.web.addresses import AddressError, normalised
    from ingestion.web.targets import Target

    try:
        with reading(login) as connection:
            rows = _homepages(connection, today)
    except MartsMissingError:
        return  # nothing was built yet
    for homepage_url, acronym, year in rows:
        try:
            address = normalised(homepage_url)
        except AddressError:
            continue  # what a list calls a homepage need not be an address
        yield Target(url=address, series=acronym, year=str(year))


def _homepages(
    connection: psycopg.Connection, today: date
) -> list[tuple[str, str | None, int]]:
    return connection.execute(_HOMEPAGES, {"today": today}).fetchall()
