"""All that readers show of one build, read in one transaction and held in memory."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

import psycopg

from confradar.build_state import read_state
from confradar.readers.harmless import text_of
from confradar.readers.rows import SelectableRow
from confradar.readers.selection import Selection, Vocabulary
from confradar.warehouse import (
    Change,
    ChangeFilter,
    CurrentDeadline,
    MartsMissingError,
    changes,
    current_deadlines,
    known_areas,
    known_ranks,
    known_series,
)

# What a feed goes back to: who looks once a quarter misses nothing.
FEED_SPAN = timedelta(days=92)
# The variable passed_days_shown of dbt_project.yml, by which the mart is made.
PASSED_SPAN = timedelta(days=31)
MAX_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class ListedDeadline(SelectableRow):
    """A deadline with what selections look at, worked out once."""

    row: CurrentDeadline


class Index:
    """Which rows a selection has, told without looking at each row again.

    A set of rows is a number in which bit n stands for row n. ``Selection.has`` says
    which rows one value of one field has; that is kept, since the fields of a selection
    hold independently of each other, and so do values within a field. So thousands of
    rows are looked through in microseconds, once somebody asked for the same value.

    Args:
        rows: by their instants, those without one last.
    """

    MAX_KEPT = 10_000  # of searched words there is no end

    def __init__(self, rows: Sequence[ListedDeadline]) -> None:
        self._rows = rows
        self._instants = [row.due_at for row in rows if row.due_at is not None]
        self._everything = (1 << len(rows)) - 1
        self._kept: dict[Selection, int] = {}

    def rows_of(self, selection: Selection) -> int:
        """Return the rows that are wanted, one bit each."""
        found = self._in_period(selection.after, selection.before)
        for part in _parts_of(selection):
            anyone = 0
            for value in part:
                anyone |= self._single(value)
            found &= anyone
        return found

    def _single(self, value: Selection) -> int:
        if value not in self._kept:
            if len(self._kept) >= self.MAX_KEPT:
                self._kept.clear()
            self._kept[value] = sum(
                1 << number for number, row in enumerate(self._rows) if value.has(row)
            )
        return self._kept[value]

    def _in_period(self, after: datetime | None, before: datetime | None) -> int:
        if after is None and before is None:
            return self._everything
        start = 0 if after is None else bisect_left(self._instants, after)
        end = len(self._instants)
        if before is not None:
            end = bisect_left(self._instants, before)
        return (1 << max(start, end)) - (1 << start)


def _parts_of(selection: Selection) -> list[list[Selection]]:
    """Return selections of one value each; of every list one has to fit."""
    parts = [[Selection(words=(word,))] for word in selection.words]
    parts += [
        [Selection(areas=frozenset({area})) for area in selection.areas],
        [Selection(ranks=frozenset({rank})) for rank in selection.ranks],
        [Selection(kinds=frozenset({kind})) for kind in selection.kinds],
        [Selection(series_keys=frozenset({key})) for key in selection.series_keys],
        [Selection(is_changed=True)] if selection.is_changed else [],
        [Selection(is_in_conflict=True)] if selection.is_in_conflict else [],
    ]
    return [part for part in parts if part]


@dataclass(frozen=True)
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

    @property
    def earliest(self) -> datetime:
        """Return the moment before which nothing that passed is shown any more."""
        return self.as_of - PASSED_SPAN

    def now(self, clock: datetime) -> datetime:
        """Return the moment from which time left counts."""
        return self.as_of if self.is_replay else clock

    @cached_property
    def index(self) -> Index:
        """Return what finds the rows of a selection."""
        return Index(self.deadlines)

    def numbers(self, selection: Selection) -> list[int]:
        """Return the places in ``deadlines`` of those that are wanted, in order."""
        return _places(self.index.rows_of(selection))

    def first_numbers(self, selection: Selection, length: int) -> tuple[list[int], int]:
        """Return the first places of those that are wanted, and how many there are."""
        rows = self.index.rows_of(selection)
        return _places(rows, length), rows.bit_count()

    def select(self, selection: Selection) -> list[CurrentDeadline]:
        """Return all deadlines that are wanted, by their instants."""
        return [self.deadlines[number].row for number in self.numbers(selection)]


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
    rows = tuple(map(listed, current_deadlines(connection)))
    return Snapshot(
        build=build_name(connection) or "",
        as_of=as_of,
        is_replay=state.is_replay,
        deadlines=rows,
        changes=tuple(
            changes(
                connection, ChangeFilter(since=as_of - FEED_SPAN, limit=MAX_CHANGES)
            )
        ),
        vocabulary=vocabulary_of(rows),
    )


def whole_vocabulary(connection: psycopg.Connection) -> Vocabulary:
    """Return the names of all series, also of those without a deadline to show.

    What somebody wrote down once goes on to be understood when an edition is over.
    """
    return Vocabulary(
        areas=tuple(known_areas(connection)),
        ranks=tuple(known_ranks(connection)),
        series_keys=frozenset(known_series(connection)),
    )


def build_name(connection: psycopg.Connection) -> str | None:
    """Return what names the last build; None before the first."""
    state = read_state(connection)
    if state is None:
        return None
    return f"{state.built_at.astimezone(UTC).isoformat()} {state.fingerprint}"


def _places(bits: int, length: int | None = None) -> list[int]:
    """Return the numbers of the bits that are set, the lowest first.

    ``length`` is how many of them are wanted; all without it.
    """
    text = format(bits, "b")[::-1]
    places: list[int] = []
    place = text.find("1")
    while place >= 0 and len(places) != length:
        places.append(place)
        place = text.find("1", place + 1)
    return places


def listed(row: CurrentDeadline) -> ListedDeadline:
    """Return a deadline as it is searched: in the words that readers show of it."""
    searched = (
        row.acronym, row.full_name, row.title, row.series_key, row.label, row.track,
        row.kind, row.place, row.country_code, ", ".join(row.area_names),
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
        text="\n".join(map(text_of, filter(None, searched))).casefold(),
    )


def vocabulary_of(rows: Sequence[ListedDeadline]) -> Vocabulary:
    """Return the names that occur in some deadlines, each in one way of writing it."""
    areas = {name.lower(): name for row in rows for name in row.area_names}
    ranks = {name.lower(): name for row in rows for name in row.rank_names}
    return Vocabulary(
        areas=tuple(areas[name] for name in sorted(areas)),
        ranks=tuple(ranks[name] for name in sorted(ranks)),
        series_keys=frozenset(row.series_key for row in rows),
    )
