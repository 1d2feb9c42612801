"""How dates, zones and kinds are said by all readers, and what commands say alike."""

from datetime import datetime
from typing import Protocol

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
