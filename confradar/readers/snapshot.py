"""All that readers show of one build, read in one transaction and held in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import psycopg

from confradar.build_state import read_state
from confradar.readers.selection import Selection, Vocabulary
from confradar.warehouse import (
    Change,
    ChangeFilter,
    CurrentDeadline,
    MartsMissingError,
    changes,
    current_deadlines,
)

# What a feed goes back to: who looks once a quarter misses nothing.
FEED_SPAN = timedelta(days=92)
MAX_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class ListedDeadline:
    """A deadline with what selections look at, worked out once."""

    row: CurrentDeadline
    series_key: str
    kind: str
    area_names: tuple[str, ...]
    rank_names: tuple[str, ...]
    due_at: datetime | None
    has_moved: bool
    has_conflict: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One build of the marts.

    ``build`` names it, and is another for every build. ``as_of`` is the day from which
    its "upcoming" counts, at its start in UTC; ``is_replay`` tells that the day was
    asked for, so that readers count from it and not from their own clock. ``changes``
    are those of the last quarter, the last day first.
    """

    build: str
    as_of: datetime
    is_replay: bool
    deadlines: tuple[ListedDeadline, ...] = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)

    def now(self, clock: datetime) -> datetime:
        """Return the moment from which time left counts."""
        return self.as_of if self.is_replay else clock

    def select(self, selection: Selection) -> list[CurrentDeadline]:
        """Return all deadlines that are wanted, by their instants."""
        return [listed.row for listed in self.deadlines if selection.has(listed)]


def take_snapshot(connection: psycopg.Connection) -> Snapshot:
    """Read what readers show; ``connection`` is one of ``warehouse.reading``.

    Raises:
        MartsMissingError: nothing was built yet.
    """
    state = read_state(connection)
    if state is None:
        raise MartsMissingError(
            "the marts are not built yet",
            hint="confradar run --sample, or confradar build, builds them",
        )
    as_of = datetime.combine(state.as_of, time.min, UTC)
    listed = tuple(_listed(row) for row in current_deadlines(connection))
    return Snapshot(
        build=build_name(connection) or "",
        as_of=as_of,
        is_replay=state.is_replay,
        deadlines=listed,
        changes=tuple(
            changes(
                connection, ChangeFilter(since=as_of - FEED_SPAN, limit=MAX_CHANGES)
            )
        ),
        vocabulary=_vocabulary(listed),
    )


def build_name(connection: psycopg.Connection) -> str | None:
    """Return what names the last build; None before the first."""
    state = read_state(connection)
    if state is None:
        return None
    return f"{state.built_at.astimezone(UTC).isoformat()} {state.fingerprint}"


def _listed(row: CurrentDeadline) -> ListedDeadline:
    searched = (
        row.acronym, row.full_name, row.title, row.series_key, row.label, row.track,
        row.kind, row.place, row.country_code, row.areas,
    )  # fmt: skip
    return ListedDeadline(
        row=row,
        series_key=row.series_key,
        kind=row.kind,
        area_names=row.area_names,
        rank_names=row.rank_names,
        due_at=row.due_at,
        has_moved=row.has_moved,
        has_conflict=row.has_conflict,
        text="\n".join(filter(None, searched)).casefold(),
    )


def _vocabulary(listed: Sequence[ListedDeadline]) -> Vocabulary:
    areas = {name for one in listed for name in one.area_names}
    ranks = {name for one in listed for name in one.rank_names}
    return Vocabulary(
        areas=tuple(sorted(areas, key=str.lower)),
        ranks=tuple(sorted(ranks, key=str.lower)),
        series_keys=frozenset(one.series_key for one in listed),
    )
