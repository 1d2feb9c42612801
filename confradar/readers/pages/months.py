"""The calendar: a month as a grid, and below it the same deadlines as a list."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from confradar.readers import addresses
from confradar.readers.pages.index import months_of
from confradar.readers.pages.page import Page, render
from confradar.readers.pages.rows import Day, by_day, is_dated
from confradar.readers.pages.times import iso, month_text
from confradar.readers.snapshot import Snapshot
from confradar.warehouse import CurrentDeadline

_IN_A_CELL = 5  # deadlines of a day in the grid; the list has them all


@dataclass(frozen=True, slots=True)
class GridDay:
    """A day of the grid; None where it is of another month."""

    day: date | None
    found: Day | None

    @property
    def rest(self) -> int:
        """Return how many deadlines do not fit in the cell."""
        return max(0, len(self.found.lines) - _IN_A_CELL) if self.found else 0


def month_page(snapshot: Snapshot, month: date | None = None, *, now: datetime) -> Page:
    """Return the calendar of a month, by the days as written.

    Args:
        snapshot: the build that is shown.
        month: a day of it; None is that of the build, under an address that stays.
        now: as in ``index_page``.
    """
    first = (month or snapshot.as_of.date()).replace(day=1)
    rows = [
        row
        for row in _rows(snapshot)
        if is_dated(row) and _first(row) == (first.year, first.month)
    ]
    path = addresses.MONTHS if month is None else addresses.month_page(first)
    return _page(snapshot, path, first, rows, now)


def month_pages(snapshot: Snapshot, *, now: datetime) -> Iterator[Page]:
    """Yield the calendars of all months in which something is due, and of none."""
    found: dict[tuple[int, int] | None, list[CurrentDeadline]] = {}
    for row in _rows(snapshot):
        if is_dated(row):
            found.setdefault(_first(row), []).append(row)
    for month in months_of(snapshot):
        key = (month.first.year, month.first.month)
        yield _page(snapshot, month.page, month.first, found.get(key, []), now)
    yield month_page(snapshot, now=now)
    yield undated_page(snapshot)


def undated_page(snapshot: Snapshot) -> Page:
    """Return the page of deadlines that are to be announced."""
    rows = [row for row in _rows(snapshot) if not is_dated(row)]
    return render(
        addresses.UNDATED,
        "month.html",
        current=addresses.MONTHS,
        title="To be announced",
        weeks=[],
        total=len(rows),
        days=by_day(rows, snapshot.as_of),
        in_a_cell=_IN_A_CELL,
        months=months_of(snapshot),
        before=None,
        after=None,
        this=None,
        replay=iso(snapshot.as_of) if snapshot.is_replay else "",
    )


def _rows(snapshot: Snapshot) -> list[CurrentDeadline]:
    return [one.row for one in snapshot.deadlines]


def _first(row: CurrentDeadline) -> tuple[int, int] | None:
    local = row.due_local or row.due_at
    return None if local is None else (local.year, local.month)


def _page(
    snapshot: Snapshot,
    path: str,
    first: date,
    rows: list[CurrentDeadline],
    now: datetime,
) -> Page:
    days = by_day(rows, now)
    by_date = {day.day: day for day in days}
    weeks = [
        [
            GridDay(
                day if day.month == first.month else None,
                by_date.get(day) if day.month == first.month else None,
            )
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    months = months_of(snapshot)
    earlier = [month for month in months if month.first < first]
    later = [month for month in months if month.first > first]
    return render(
        path,
        "month.html",
        current=addresses.MONTHS,
        title=month_text(first),
        weeks=weeks,
        total=len(rows),
        days=days,
        in_a_cell=_IN_A_CELL,
        months=months,
        before=earlier[-1] if earlier else None,
        after=later[0] if later else None,
        this=first,
        replay=iso(snapshot.as_of) if snapshot.is_replay else "",
    )
