"""One build as it is served: what answers are made of, before anyone asks."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from confradar.database import Login
from confradar.readers.atom import Entry, entry_of
from confradar.readers.calendars import Event, event_of
from confradar.readers.documents import deadline_document, json_of
from confradar.readers.exports import write_exports
from confradar.readers.feeds import places_of
from confradar.readers.pages import DataFile, Setting, data_file, setting_of
from confradar.readers.rows import SelectableRow, of_sight
from confradar.readers.selection import Selection
from confradar.readers.snapshot import Snapshot, build_name, take_snapshot
from confradar.serving.answers import Kept, etag_of
from confradar.serving.following import Follower
from confradar.sessions import session
from confradar.warehouse import MartsMissingError, reading, source_names

SECONDS_BETWEEN_LOOKS = 2.0


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A file on the disk, and the name of its content."""

    path: Path
    etag: str


@dataclass(frozen=True)
class Live:
    """A build, with what each of its deadlines and changes looks like in each form.

    ``documents`` and ``events`` stand in the order of the snapshot's deadlines,
    ``entries`` and ``searched`` in that of its changes. ``calendars`` are those that
    are published as files: title and places of deadlines by path. Answers are kept as
    long as the build is.
    """

    snapshot: Snapshot
    setting: Setting
    data: DataFile
    documents: tuple[bytes, ...] = field(repr=False)
    events: tuple[Event | None, ...] = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)
    searched: tuple[SelectableRow, ...] = field(repr=False)
    calendars: Mapping[str, tuple[str, list[int]]] = field(repr=False)
    site_url: str | None = None
    kept: Kept = field(default_factory=Kept, repr=False)
    files: dict[str, LiveFile] = field(default_factory=dict, repr=False)
    _folder: TemporaryDirectory[str] = field(
        default_factory=lambda: TemporaryDirectory(prefix="confradar-files-"),
        repr=False,
    )

    def passed(self, clock: datetime) -> int:
        """Return how many deadlines have passed: lists change when one does."""
        return bisect_left(
            self.snapshot.deadlines,
            self.snapshot.now(clock).timestamp(),
            key=lambda one: one.due_at.timestamp() if one.due_at else float("inf"),
        )

    def events_at(self, places: Iterable[int]) -> list[Event]:
        """Return the events of the deadlines at these places that have one."""
        found = (self.events[place] for place in places)
        return [event for event in found if event is not None]

    def write_files(self, connection: psycopg.Connection) -> dict[str, LiveFile]:
        """Write all tables as files; return each by its name.

        They are gone when nobody holds the build any more.
        """
        top = Path(self._folder.name)
        paths = [top / path for path in write_exports(connection, top)]
        return {path.name: LiveFile(path, etag_of(path)) for path in paths}

    def entries_of(self, selection: Selection) -> Iterator[Entry]:
        """Yield the entries of the changes that are wanted, the last day first."""
        for entry, row in zip(self.entries, self.searched, strict=True):
            if selection.has(row):
                yield entry


def live_of(connection: psycopg.Connection, site_url: str | None) -> Live:
    """Return the build that there is; ``connection`` is one of ``warehouse.reading``.

    Raises:
        MartsMissingError: nothing was built yet.
    """
    snapshot = take_snapshot(connection)
    rows = [one.row for one in snapshot.deadlines]
    return Live(
        snapshot=snapshot,
        setting=setting_of(snapshot, source_names(connection)),
        data=data_file(snapshot),
        documents=tuple(json_of(deadline_document(row)) for row in rows),
        events=tuple(event_of(row, site_url) for row in rows),
        entries=tuple(entry_of(change, site_url) for change in snapshot.changes),
        searched=tuple(map(of_sight, snapshot.changes)),
        calendars=_calendars(snapshot),
        site_url=site_url,
    )


def _calendars(snapshot: Snapshot) -> dict[str, tuple[str, list[int]]]:
    found: dict[str, tuple[str, list[int]]] = {}
    for number, one in enumerate(snapshot.deadlines):
        for path, name in dict(places_of(one)).items():
            found.setdefault(path, (name, []))[1].append(number)
    return found


def follow_builds(reader: Login, site_url: str | None) -> Follower[Live | None]:
    """Return what holds the last build; None where nothing was built yet."""
    return Follower(
        partial(_look, reader), partial(_make, reader, site_url), SECONDS_BETWEEN_LOOKS
    )


def _look(reader: Login) -> str | None:
    with session(reader.url) as connection:
        return build_name(connection)


def _make(reader: Login, site_url: str | None) -> Live | None:
    try:
        with reading(reader) as connection:
            return live_of(connection, site_url)
    except MartsMissingError:
        return None


Clock = Callable[[], datetime]
