"""Calendars of deadlines: RFC 5545, with the names and intervals of RFC 7986.

What a subscriber sees is updated in place: an event keeps its UID as long as there is
its deadline, and its SEQUENCE rises with what was seen to happen to it. No clock is
read, so that the same marts give the same bytes.

Each event is written once, by icalendar, and calendars are put together of bytes:
there are hundreds of them, and most events are in several.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import cache
from urllib.parse import quote

import icalendar

from confradar.readers.addresses import conference_page, link
from confradar.readers.harmless import text_of, url_of
from confradar.readers.phrases import (
    as_written,
    instant_in_words,
    move_of,
    name_of,
    what_of,
)
from confradar.warehouse import CurrentDeadline

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//ConfRadar//Deadlines//EN"
REFRESH = timedelta(hours=6)  # how long subscribers are asked to wait

_END = b"END:VEVENT\r\n"
_NAME = "name-of-calendar"
_MAX_LINE = 74  # octets before a line is folded
_MAX_UID = 200  # characters; RFC 7986 asks for less than 255 octets


@dataclass(frozen=True, slots=True)
class Event:
    """One deadline as it stands in every calendar.

    ``component`` is the whole VEVENT. ``alarm_text`` is the line of an alarm that names
    it; None of what is withdrawn, of which nobody wants to be reminded.
    """

    deadline_key: str
    component: bytes = field(repr=False)
    alarm_text: bytes | None = field(repr=False)


def event_of(row: CurrentDeadline, site_url: str | None = None) -> Event | None:
    """Return the event of a deadline; None if it has no date, or none yet.

    ``site_url`` is where the pages are, with a slash at its end; without it the event
    leads to its source alone.
    """
    if row.status == "tbd" or row.due_at is None:
        return None
    is_withdrawn = row.status == "withdrawn"
    revised_at = row.revised_at.astimezone(UTC)
    event = icalendar.Event()
    event.add("uid", uid_of(row.deadline_key))
    event.add("dtstamp", revised_at)
    event.add("last-modified", revised_at)
    event.add("sequence", row.revision_count)
    # A moment has no length: RFC 5545 ends an event without DTEND where it starts
    # (3.6.1), and forbids a DTEND that is equal to DTSTART (3.8.2.4). Google, Apple and
    # Outlook then show one short entry at the very minute, and count alarms from it; an
    # hour that ends at the deadline would be read as a deadline an hour earlier.
    event.add("dtstart", row.due_at.astimezone(UTC))
    event.add("summary", summary_of(row))
    event.add("description", _description_of(row, site_url))
    event.add("status", "CANCELLED" if is_withdrawn else "CONFIRMED")
    # Nobody is busy at a deadline: it must not keep others from inviting.
    event.add("transp", "TRANSPARENT")
    event.add("categories", _categories_of(row))
    if place := text_of(row.place, 200):
        event.add("location", place)
    if url := url_of(row.homepage_url) or url_of(row.source_url):
        event.add("url", url)
    return Event(
        deadline_key=row.deadline_key,
        component=_written(event),
        alarm_text=None if is_withdrawn else _alarm_text(summary_of(row)),
    )


def events_of(
    rows: Iterable[CurrentDeadline], site_url: str | None = None
) -> dict[str, Event]:
    """Return the event of each deadline that has one, by its key, in the given order.

    It takes a third of a millisecond each: keep them as long as the build is the same.
    """
    events = (event_of(row, site_url) for row in rows)
    return {event.deadline_key: event for event in events if event is not None}


def calendar_of(
    name: str, events: Iterable[Event], *, alarm: timedelta | None = None
) -> bytes:
    """Return a calendar of events, which is fast: their bytes are joined.

    Args:
        name: what the calendar is called where it is subscribed to.
        events: what is in it, each once.
        alarm: how long before each deadline to remind; not at all without it.
    """
    head, foot = _frame(name)
    if alarm is None:
        return b"".join((head, *(event.component for event in events), foot))
    before, after = _alarm_frame(alarm)
    parts = [head]
    for event in events:
        if event.alarm_text is None:
            parts.append(event.component)
        else:
            parts += (
                event.component.removesuffix(_END),
                before,
                event.alarm_text,
                after,
                _END,
            )
    parts.append(foot)
    return b"".join(parts)


def calendar_name(
    *, area: str | None = None, rank: str | None = None, series: str | None = None
) -> str:
    """Return what a calendar of some of the deadlines is called."""
    parts = [text_of(part, 100) for part in (series, area, rank) if part]
    # Not by commas: some programs show how those are escaped.
    return f"ConfRadar: {' · '.join(parts)}" if parts else "ConfRadar: all deadlines"


def uid_of(deadline_key: str) -> str:
    """Return the UID of a deadline, another for every key.

    A key that is too long for a UID is named by its digest.
    """
    name = quote(deadline_key, safe="/")
    if len(name) > _MAX_UID:
        name = hashlib.sha256(deadline_key.encode()).hexdigest()
    return f"{name}@confradar"


def summary_of(row: CurrentDeadline) -> str:
    """Return the title of an event: ``NeurIPS 2027: abstract (extended)``."""
    mark = "withdrawn" if row.status == "withdrawn" else move_of(row)
    return f"{name_of(row)}: {what_of(row)}" + (f" ({mark})" if mark else "")


def _description_of(row: CurrentDeadline, site_url: str | None) -> str:
    return "\n".join(filter(None, _lines_of(row, site_url)))


def _lines_of(row: CurrentDeadline, site_url: str | None) -> Iterable[str | None]:
    source = text_of(row.source_name, 100)
    label = text_of(row.label, 100)
    yield f"{label}: {as_written(row)}" if label else as_written(row)
    if row.is_timezone_stated is False:
        zone = text_of(row.timezone_name, 60)
        yield f"No zone is stated: {zone} is the default that {source} documents."
    if row.status == "withdrawn":
        yield f"{source} has withdrawn it."
    if (move := move_of(row)) and (first := row.original_due_at) is not None:
        yield f"It was {move}: the first date was {instant_in_words(first)}."
    if row.has_conflict and (others := text_of(row.dissenting_claims)):
        yield f"Contradicted: {others}"
    if evidence := text_of(row.evidence):
        yield f"{source}: “{evidence}”"
    else:
        yield source
    yield url_of(row.source_url)
    if site_url is not None:
        yield link(conference_page(row.conference_key), site_url)


def _categories_of(row: CurrentDeadline) -> list[str]:
    kind = row.kind.replace("_", " ")
    names = (*row.area_names, *row.rank_names, kind)
    return list(dict.fromkeys(filter(None, (text_of(name, 100) for name in names))))


def _written(component: icalendar.Component) -> bytes:
    """Return a component as it writes itself, in half the time.

    icalendar folds lines by looking at each character, which for thousands of events
    takes as long as all the rest.
    """
    lines = filter(None, component.content_lines())
    return b"".join(folded(line) + b"\r\n" for line in lines)


def folded(line: str) -> bytes:
    """Return a line as RFC 5545 wants it, and as icalendar folds it.

    No character is split, and no escaped one from what marks it.
    """
    whole = line.encode()
    parts, start = [], 0
    while len(whole) - start > _MAX_LINE:
        end = start + _MAX_LINE
        while whole[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        if end - start > 1 and whole[end - 1] in b"\\^":
            end -= 1
        parts.append(whole[start:end])
        start = end
    return b"\r\n ".join((*parts, whole[start:]))


def _frame(name: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the events of a calendar."""
    # icalendar leaves these two as they are, though they are texts like all others.
    written: str = icalendar.vText(name).to_ical().decode()
    lines = (line.replace(_NAME, written) for line in _frame_lines())
    return b"".join(folded(line) + b"\r\n" for line in lines), b"END:VCALENDAR\r\n"


@cache  # each series has a calendar, and they differ in their names alone
def _frame_lines() -> list[str]:
    """Return the lines before the events of a calendar whose name is to be put in."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("name", _NAME)
    calendar.add("x-wr-calname", _NAME)  # NAME, to those that came before RFC 7986
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    return [str(line) for line in calendar.content_lines() if line][:-1]


def _alarm_frame(span: timedelta) -> tuple[bytes, bytes]:
    """Return what stands before and after the text of an alarm."""
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -span)
    end = b"END:VALARM\r\n"
    return alarm.to_ical().removesuffix(end), end


def _alarm_text(summary: str) -> bytes:
    written: str = icalendar.vText(summary).to_ical().decode()
    return folded(f"DESCRIPTION:{written}") + b"\r\n"
