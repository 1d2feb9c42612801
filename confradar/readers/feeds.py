"""All calendars and feeds of changes of one build, as files of a site."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from confradar.readers.addresses import calendar_file, changes_feed
from confradar.readers.atom import Entry, entry_of, feed_of, feed_title
from confradar.readers.calendars import Event, calendar_name, calendar_of, events_of
from confradar.readers.snapshot import ListedDeadline, Snapshot


@dataclass(slots=True)
class _Calendar:
    """A calendar that is being put together; each event is in it once."""

    name: str
    events: dict[str, Event] = field(default_factory=dict)


def files_of_feeds(
    snapshot: Snapshot, *, site_url: str | None = None, alarm: timedelta | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield each calendar and each feed of changes with its path.

    Calendars are of all deadlines, of each area, rank, area and rank, and series; feeds
    of all changes and of each area. Of what nobody has, there is none. Two names that
    have one path share a file: what is of either is in it.

    Args:
        snapshot: the build.
        site_url: where the site will be, with a slash at its end, if that is known.
        alarm: how long before each deadline to remind; not at all without it.
    """
    for path, calendar in _calendars(snapshot, site_url).items():
        yield path, calendar_of(calendar.name, calendar.events.values(), alarm=alarm)
    for path, (title, entries) in _feeds(snapshot, site_url).items():
        yield path, feed_of(path, title, entries, snapshot.as_of, site_url=site_url)


def _calendars(snapshot: Snapshot, site_url: str | None) -> dict[str, _Calendar]:
    events = events_of((listed.row for listed in snapshot.deadlines), site_url)
    calendars = {calendar_file(): _Calendar(calendar_name())}
    for listed in snapshot.deadlines:
        event = events.get(listed.row.deadline_key)
        for path, name in places_of(listed):
            calendar = calendars.setdefault(path, _Calendar(name))
            if event is not None:
                calendar.events[event.deadline_key] = event
    return calendars


def places_of(listed: ListedDeadline) -> Iterator[tuple[str, str]]:
    """Yield path and name of each calendar that a deadline belongs to."""
    yield calendar_file(), calendar_name()
    for area in listed.area_names:
        yield calendar_file(area=area), calendar_name(area=area)
        for rank in listed.rank_names:
            yield (
                calendar_file(area=area, rank=rank),
                calendar_name(area=area, rank=rank),
            )
    for rank in listed.rank_names:
        yield calendar_file(rank=rank), calendar_name(rank=rank)
    series = listed.row.acronym or listed.series_key
    yield calendar_file(series_key=listed.series_key), calendar_name(series=series)


def _feeds(
    snapshot: Snapshot, site_url: str | None
) -> dict[str, tuple[str, list[Entry]]]:
    """Return title and entries of each feed by its path.

    Every area that has deadlines has a feed, so that one can be subscribed to before
    there is a change.
    """
    entries = [entry_of(change, site_url) for change in snapshot.changes]
    feeds = {changes_feed(): (feed_title(), entries)}
    for area in snapshot.vocabulary.areas:
        feeds.setdefault(changes_feed(area), (feed_title(area), []))
    for entry in entries:
        for area in entry.area_names:
            _, so_far = feeds.setdefault(changes_feed(area), (feed_title(area), []))
            if so_far[-1:] != [entry]:  # two of its areas may have one path
                so_far.append(entry)
    return feeds
