"""How pages write days and instants, and in which zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from confradar.instants import AOE, parse_zone
from confradar.readers.selection import BadQueryError
from confradar.wording import Zoned, zone_in_brief

ZONE_PARAMETER = "tz"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
_FIXED = re.compile(r"UTC([+-])(\d{1,2})(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Zone:
    """In which zone due times are shown.

    ``name`` is the value of the parameter: ``written`` shows each in its own,
    ``local`` in that of who reads, which only their browser knows.
    """

    name: str = "written"
    zone: tzinfo | None = None

    @property
    def label(self) -> str:
        """Return what stands behind a time; nothing where each has its own."""
        return {"aoe": "AoE", "utc": "UTC"}.get(self.name, "")


WRITTEN = Zone()
LOCAL = Zone("local")


def zone_of(text: str | None) -> Zone:
    """Return the zone that ``written``, ``aoe``, ``local``, ``utc`` or IANA names.

    Raises:
        BadQueryError: no zone has this name.
    """
    wanted = (text or "").strip()
    match wanted.casefold():
        case "" | "written":
            return WRITTEN
        case "local" | "mine":
            return LOCAL
        case "aoe" | "utc" as fixed:
            return Zone(fixed, AOE if fixed == "aoe" else UTC)
    try:
        return Zone(wanted, parse_zone(wanted))
    except ValueError as error:
        raise BadQueryError(ZONE_PARAMETER, str(error)) from None


class Dated(Zoned, Protocol):
    """Whatever is due at an instant, as written somewhere."""

    @property
    def due_at(self) -> datetime | None:
        """Return the instant."""

    @property
    def due_local(self) -> datetime | None:
        """Return the wall time as written."""

    @property
    def due_precision(self) -> str | None:
        """Return how exactly it was written."""


@dataclass(frozen=True, slots=True)
class Wall:
    """A due time as shown: its day, the time of the day, and the zone of both."""

    day: date | None
    time: str
    zone: str


def wall_of(row: Dated, zone: Zone = WRITTEN) -> Wall:
    """Return when something is due, in a zone; a day alone is due at its end."""
    if row.due_at is None:
        return Wall(None, "", "")
    if zone.zone is not None:
        there = row.due_at.astimezone(zone.zone)
        return Wall(there.date(), clock(there), zone.label)
    local = row.due_local or row.due_at
    if row.due_precision == "month":
        return Wall(local.date(), "in the month", "")
    text = "end of day" if row.due_precision == "day" else clock(local)
    return Wall(local.date(), text, _place_of(zone_in_brief(row).strip("()")))


def _place_of(zone: str) -> str:
    """Return a long name of a zone in brief: ``Los Angeles``."""
    return zone.rpartition("/")[2].replace("_", " ") if len(zone) > 12 else zone


def written(row: Dated) -> str:
    """Return when something is due as it was written: ``Fri 15 Jan 2027 23:59 AoE``."""
    if row.due_at is None:
        return ""
    return wall_text(row.due_local or row.due_at, row)


def wall_text(local: datetime, row: Dated) -> str:
    """Return a wall time in the words, with the zone and as exactly as a row has it."""
    return _wall_text(local, row.due_precision, zone_in_brief(row))


@lru_cache(maxsize=16_384)  # most sources say the same
def _wall_text(local: datetime, precision: str | None, zone: str) -> str:
    if precision == "month":
        return short_month(local)
    if precision == "day":
        return f"{day_text(local)} {zone}".rstrip()
    return f"{day_text(local)} {clock(local)} {zone}".rstrip()


def day_text(day: date) -> str:
    """Return a day in words: ``Fri 15 Jan 2027``."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    """Return a day without its weekday: ``15 Jan 2027``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_text(day: date) -> str:
    """Return a month in words: ``January 2027``."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def short_month(day: date) -> str:
    """Return a month in brief: ``Jan 2027``."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def days_text(starts_on: date | None, ends_on: date | None) -> str:
    """Return the days of a conference as one span; nothing if they are unknown."""
    if starts_on is None:
        return ""
    if ends_on is None or ends_on <= starts_on:
        return short_day(starts_on)
    if (starts_on.year, starts_on.month) == (ends_on.year, ends_on.month):
        return f"{starts_on.day}–{short_day(ends_on)}"  # noqa: RUF001
    start = short_day(starts_on)
    if starts_on.year == ends_on.year:
        start = start.rpartition(" ")[0]
    return f"{start} – {short_day(ends_on)}"  # noqa: RUF001


def clock(moment: datetime) -> str:
    """Return the time of a day: ``09:05``."""
    return f"{moment.hour:02}:{moment.minute:02}"


def in_utc(instant: datetime) -> str:
    """Return an instant in UTC: ``2027-01-16 11:59 UTC``."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_aoe(instant: datetime) -> str:
    """Return an instant in AoE: ``2027-01-15 23:59 AoE``."""
    return f"{instant.astimezone(AOE):%Y-%m-%d %H:%M} AoE"


def iso(instant: datetime) -> str:
    """Return an instant as machines read it: ``2027-01-16T11:59:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_of(instant: datetime, row: Dated) -> datetime:
    """Return the wall time of an instant in the zone in which a row is due.

    Where the marts name none that is known here, it is as far from UTC as the due time.
    """
    zone = _zone(row.timezone_name)
    if zone is not None:
        return instant.astimezone(zone)
    if row.due_at is None or row.due_local is None:
        return instant
    offset = row.due_local.replace(tzinfo=UTC) - row.due_at
    return instant.astimezone(UTC) + offset


@cache
def _zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    if name == "AoE":
        return AOE
    if found := _FIXED.fullmatch(name):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if offset >= timedelta(days=1):
            return None
        return timezone(offset if found[1] == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
