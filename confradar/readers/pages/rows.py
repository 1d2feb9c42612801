"""One deadline as a line of a page, with its marks; and which are shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from confradar.instants import time_left
from confradar.readers.addresses import conference_page
from confradar.readers.harmless import text_of
from confradar.readers.pages.times import (
    WRITTEN,
    Zone,
    day_text,
    days_text,
    in_aoe,
    in_utc,
    iso,
    local_of,
    wall_of,
    wall_text,
    written,
)
from confradar.readers.phrases import move_word
from confradar.readers.selection import Selection
from confradar.readers.snapshot import Snapshot
from confradar.warehouse import CurrentDeadline
from confradar.wording import what_in_words

_NAME = 80  # characters of a name in a line


@dataclass(frozen=True, slots=True)
class Line:
    """A deadline as a page shows it; ``day`` is None of one to be announced."""

    key: str
    page: str
    name: str
    title: str
    what: str
    day: date | None
    time: str
    zone: str
    is_zone_assumed: bool
    status: str
    instant: str
    utc: str
    aoe: str
    written: str
    left: str
    urgency: str
    was: str
    dissent: str
    label: str
    source: str
    agreement: str
    ranks: tuple[str, ...]
    areas: tuple[str, ...]
    place: str
    held: str


@dataclass(frozen=True, slots=True)
class Day:
    """The deadlines of one day."""

    day: date | None
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """Return the day in words."""
        return "To be announced" if self.day is None else day_text(self.day)

    @property
    def anchor(self) -> str:
        """Return what names the day within a page."""
        return "to-be-announced" if self.day is None else f"day-{self.day.isoformat()}"


def shown(
    snapshot: Snapshot, selection: Selection, now: datetime
) -> list[CurrentDeadline]:
    """Return the deadlines that a list begins with: what passed only where asked for.

    Whoever asks for those after a day wants all of them.
    """
    found = snapshot.select(selection)
    if selection.after is not None:
        return found
    return [row for row in found if not is_dated(row) or not has_passed(row, now)]


def has_passed(row: CurrentDeadline, now: datetime) -> bool:
    """Tell whether the instant of a deadline is over."""
    return row.due_at is not None and row.due_at < now


def is_dated(row: CurrentDeadline) -> bool:
    """Tell whether a deadline has a date, or is to be announced."""
    return row.due_at is not None and row.status != "tbd"


def by_day(
    rows: Iterable[CurrentDeadline],
    now: datetime,
    zone: Zone = WRITTEN,
    limit: int | None = None,
) -> list[Day]:
    """Return deadlines by the day on which they are due in a zone, undated ones last.

    Args:
        rows: what is shown.
        now: from which time left counts.
        zone: in which days begin and times are told.
        limit: of the deadlines in all; None for no limit.
    """
    placed = sorted(
        ((_day(row, zone), row) for row in rows),
        key=lambda pair: _order(*pair),
    )[:limit]
    return [
        Day(day, tuple(line_of(row, now, zone) for _, row in pairs))
        for day, pairs in _groups(placed)
    ]


def _groups(
    placed: Sequence[tuple[date | None, CurrentDeadline]],
) -> Iterator[tuple[date | None, Iterator[tuple[date | None, CurrentDeadline]]]]:
    return groupby(placed, key=lambda pair: pair[0])


def _day(row: CurrentDeadline, zone: Zone) -> date | None:
    return wall_of(row, zone).day if is_dated(row) else None


def _order(day: date | None, row: CurrentDeadline) -> tuple[bool, date, float, str]:
    if day is None or row.due_at is None:
        return True, date.min, 0, f"{row.name.lower()} {row.deadline_key}"
    return False, day, row.due_at.timestamp(), row.deadline_key


def line_of(row: CurrentDeadline, now: datetime, zone: Zone = WRITTEN) -> Line:
    """Return a deadline as a line of a page."""
    due_at = row.due_at if is_dated(row) else None
    wall = wall_of(row, zone)
    return Line(
        key=row.deadline_key,
        page=conference_page(row.conference_key),
        name=text_of(row.name, _NAME),
        title=text_of(row.full_name or row.title),
        what=text_of(what_in_words(row.kind, row.track, str(row.round)), _NAME),
        day=None if due_at is None else wall.day,
        time="" if due_at is None else wall.time,
        zone="" if due_at is None else text_of(wall.zone, 30),
        is_zone_assumed=due_at is not None and row.is_timezone_stated is False,
        status=row.status,
        instant="" if due_at is None else iso(due_at),
        utc="" if due_at is None else in_utc(due_at),
        aoe="" if due_at is None else in_aoe(due_at),
        written="" if due_at is None else text_of(written(row), 120),
        left="" if due_at is None else time_left(due_at, now),
        urgency="" if due_at is None else urgency(due_at, now),
        was=was_due(row),
        dissent=text_of(row.dissenting_claims, 300) if row.has_conflict else "",
        label=text_of(row.label, 120),
        source=text_of(row.source_name, _NAME),
        agreement=agreement(row.agreeing_claim_count, row.claim_count),
        ranks=tuple(text_of(name, 40) for name in row.rank_names),
        areas=tuple(text_of(name, 60) for name in row.area_names),
        place=place_text(row),
        held=days_text(row.starts_on, row.ends_on),
    )


def urgency(due_at: datetime, now: datetime) -> str:
    """Return ``soon`` within three days, ``near`` within a fortnight, else nothing."""
    if due_at < now:
        return ""
    if due_at - now < timedelta(days=3):
        return "soon"
    return "near" if due_at - now < timedelta(days=14) else ""


def was_due(row: CurrentDeadline) -> str:
    """Return how a deadline moved and from which date, as written; else nothing."""
    if not row.has_moved or row.original_due_at is None:
        return ""
    first = wall_text(local_of(row.original_due_at, row), row)
    return text_of(f"{move_word(row.original_due_at, row.due_at)} from {first}", 100)


def place_text(row: CurrentDeadline) -> str:
    """Return where an edition is: its city and country, else as written."""
    if row.attendance_mode == "online":
        return "online"
    named = (row.city, row.country_code) if row.city else (row.place,)
    return text_of(", ".join(filter(None, named)), 60)


def agreement(agreeing: int, claims: int) -> str:
    """Return how many claims say the same; nothing where there is but one."""
    return "" if claims < 2 else f"{agreeing} of {claims} claims agree"
