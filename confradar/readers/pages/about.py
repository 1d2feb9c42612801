"""The pages that tell how to read all this, and how to have it come to you."""

from dataclasses import dataclass

from confradar.readers import addresses
from confradar.readers.pages.page import Page, render
from confradar.readers.snapshot import Snapshot

_TABLES = ("deadlines", "conferences", "series", "claims", "changes")
_LISTS = ("deadlines", "changes", "series", "sources")


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar or feed: what it holds, and where it stands."""

    name: str
    path: str


def reading_page() -> Page:
    """Return the page on how to read the others."""
    return render(addresses.READING, "reading.html")


def subscribe_page(snapshot: Snapshot, *, site_url: str | None = None) -> Page:
    """Return the page of all calendars, feeds and files.

    Args:
        snapshot: the build, whose areas, ranks and series have calendars.
        site_url: where the site stands, for addresses that other programs are given;
            without it addresses are those of links.
    """
    words = snapshot.vocabulary
    return render(
        addresses.SUBSCRIBE,
        "subscribe.html",
        site=_with_slash(site_url),
        everything=Feed("All deadlines", addresses.calendar_file()),
        areas=[
            (
                area,
                addresses.calendar_file(area=area),
                addresses.changes_feed(area),
                [
                    Feed(rank, addresses.calendar_file(area=area, rank=rank))
                    for rank in ranks
                ],
            )
            for area, ranks in _ranks_by_area(snapshot)
        ],
        ranks=[Feed(rank, addresses.calendar_file(rank=rank)) for rank in words.ranks],
        series=[
            Feed(name, addresses.calendar_file(series_key=key))
            for name, key in _series(snapshot)
        ],
        tables=_TABLES,
        lists=_LISTS,
    )


def _ranks_by_area(snapshot: Snapshot) -> list[tuple[str, list[str]]]:
    """Return for each area the ranks that some deadline of it has."""
    words = snapshot.vocabulary
    found: dict[str, set[str]] = {area.lower(): set() for area in words.areas}
    for one in snapshot.deadlines:
        for area in one.area_names:
            found[area.lower()].update(rank.lower() for rank in one.rank_names)
    return [
        (area, [rank for rank in words.ranks if rank.lower() in found[area.lower()]])
        for area in words.areas
    ]


def _series(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the name and key of each series that has a deadline, by name."""
    named = {
        one.series_key: one.row.acronym or one.series_key for one in snapshot.deadlines
    }
    return sorted(
        ((name, key) for key, name in named.items()),
        key=lambda pair: (pair[0].lower(), pair[1]),
    )


def _with_slash(url: str | None) -> str | None:
    return None if url is None else url.rstrip("/") + "/"
