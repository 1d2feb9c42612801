"""Instants and spans as people type and read them; no clock is read here."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AOE = timezone(timedelta(hours=-12), "AoE")

_SPAN = re.compile(r"(\d{1,4})\s*(hours?|days?|weeks?|h|d|w)", re.IGNORECASE | re.ASCII)
_SPAN_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def parse_instant(text: str) -> datetime:
    """Return the instant that an ISO date or timestamp names, in UTC.

    A date alone is its first moment; a timestamp without a zone is UTC.

    Raises:
        ValueError: the text is neither.
    """
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)


def parse_day(text: str) -> tuple[datetime, datetime] | None:
    """Return the first moment of a day in UTC and that of the next; None if no day."""
    try:
        day = date.fromisoformat(text.strip())
        start = datetime.combine(day, time.min, UTC)
        return start, start + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def parse_span(text: str) -> timedelta:
    """Return the length of ``60d``, ``12h`` or ``8 weeks``.

    Raises:
        ValueError: the text is no whole number of hours, days or weeks.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError("a span is a number and a unit: 12h, 60d, 8w")
    return int(match[1]) * _SPAN_UNITS[match[2][0].lower()]


def parse_zone(text: str) -> tzinfo | None:
    """Return the zone that an IANA name, ``utc``, ``aoe`` or ``local`` means.

    None is the machine's own zone, which ``astimezone`` knows by itself.

    Raises:
        ValueError: no zone has this name.
    """
    wanted = text.strip()
    match wanted.casefold():
        case "local":
            return None
        case "utc":
            return UTC
        case "aoe":
            return AOE
    try:
        return ZoneInfo(wanted)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no time zone is called {wanted!r}: "
            "give an IANA name such as Europe/Vienna, or utc, local or aoe"
        ) from None


def time_left(due: datetime, now: datetime) -> str:
    """Return what is left until ``due``, in the two units that matter: ``3d 4h``."""
    minutes = int((due - now).total_seconds() // 60)
    if minutes < 0:
        return "passed"
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    if days >= 14:  # two weeks ahead nobody counts hours
        return f"{days}d"
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes:02}m"
