"""What calendars, feeds and files of JSON say of a deadline, in the same words.

All of it is harmless text: what a source wrote goes through ``text_of`` here.
"""

from datetime import UTC, datetime

from confradar.readers.harmless import text_of
from confradar.warehouse import Change, CurrentDeadline
from confradar.wording import due_in_words, what_in_words, zone_in_words


def name_of(row: CurrentDeadline) -> str:
    """Return what people call the edition: ``NeurIPS 2027``."""
    return text_of(row.name, 100)


def what_of(row: CurrentDeadline | Change) -> str:
    """Return what is due: ``submission, workshop, round 2``."""
    round_name = None if row.round is None else str(row.round)
    return text_of(what_in_words(row.kind, row.track, round_name), 100)


def move_of(row: CurrentDeadline) -> str | None:
    """Return how a deadline moved since it was first given; None if it did not."""
    if not row.has_moved:
        return None
    return move_word(row.original_due_at, row.due_at)


def move_word(old: datetime | None, new: datetime | None) -> str:
    """Return how a date moved: ``extended`` only where the new one is later."""
    if old is None or new is None or old == new:
        return "moved"
    return "extended" if new > old else "brought forward"


def as_written(row: CurrentDeadline) -> str | None:
    """Return the wall time and zone that were published; None if none was."""
    if row.due_local is None:
        return None
    due = due_in_words(row.due_local, row.due_precision)
    return f"{due} {text_of(zone_in_words(row), 60)}".strip()


def instant_in_words(instant: datetime) -> str:
    """Return an instant in UTC, to the minute: ``2026-11-20 11:59 UTC``."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def instant_text(instant: datetime) -> str:
    """Return an instant as RFC 3339 writes it: ``2026-11-20T11:59:59Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
