"""How dates, zones and kinds are said by all readers, and what commands say alike."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from confradar.kinds import ChangeType

WAITING = "another run is at work on this database: waiting for it"

_BRIEF = 12


class Zoned(Protocol):
    """Whatever was published with a zone, or without one."""

    @property
    def timezone_text(self) -> str | None:
        """Return the zone as written."""

    @property
    def timezone_name(self) -> str | None:
        """Return the zone as understood."""

    @property
    def is_timezone_stated(self) -> bool | None:
        """Return whether the source wrote it, or only documents a default."""


class Moved(Protocol):
    """A change of what a source says."""

    @property
    def change_type(self) -> str:
        """Return what happened."""

    @property
    def days_moved(self) -> Decimal | None:
        """Return the days from the old instant to the new one."""

    @property
    def was_already_past(self) -> bool:
        """Tell whether the old instant had passed when the change was seen."""


def due_in_words(due: datetime, precision: str | None) -> str:
    """Return a wall time as exactly as it was published: a bare day has no hour."""
    if precision == "month":
        return due.strftime("%Y-%m")
    if precision == "day":
        return due.strftime("%Y-%m-%d")
    return due.strftime("%Y-%m-%d %H:%M")


def zone_in_words(row: Zoned) -> str:
    """Return the zone as written; in brackets where the source left it unsaid."""
    text = row.timezone_text or row.timezone_name or ""
    return f"({text})" if text and row.is_timezone_stated is False else text


def zone_in_brief(row: Zoned) -> str:
    """Return the zone for a narrow column: as understood where it was spelt out."""
    text = row.timezone_text or ""
    if len(text) > _BRIEF and row.timezone_name:
        text = row.timezone_name
    text = text or row.timezone_name or ""
    return f"({text})" if text and row.is_timezone_stated is False else text


def zone_in_little(row: Zoned) -> str:
    """Return the zone for a narrow table: of an IANA name the city alone.

    Names as ``Etc/GMT+5`` stay whole: their sign says the opposite of ``GMT+5``.
    """
    brief = zone_in_brief(row)
    area, _, city = brief.strip("()").rpartition("/")
    if not area or area.startswith("Etc"):
        return brief
    return f"({city})" if brief.startswith("(") else city


def what_in_words(
    kind: str,
    track: str | None,
    round_name: str | None,
    has_conflict: bool | None = False,
) -> str:
    """Return kind, track and round in one cell, the usual track and round unsaid."""
    words = [kind.replace("_", " ")]
    if track and track != "main":
        words.append(track.replace("_", " "))
    if round_name and round_name != "1":
        words.append(f"round {round_name}" if round_name.isdigit() else round_name)
    return ", ".join(words) + (" !" if has_conflict else "")


def change_in_words(row: Moved) -> str:
    """Return what happened and by how much: ``extended 7d``; late if it was."""
    words = row.change_type
    if row.days_moved:
        words += f" {_length_in_words(abs(row.days_moved))}"
    return f"{words}, late" if is_late(row) else words


def is_late(row: Moved) -> bool:
    """Tell a move that came too late from a date that was dropped when it was over."""
    return row.was_already_past and row.change_type != ChangeType.WITHDRAWN


def _length_in_words(days: Decimal) -> str:
    if days >= 1:
        return f"{round(days)}d"
    minutes = max(1, round(days * 24 * 60))
    return f"{round(minutes / 60)}h" if minutes >= 60 else f"{minutes}m"
