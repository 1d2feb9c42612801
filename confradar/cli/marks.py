"""How tables in a terminal mark what matters: by a word, and by a colour beside it.

No colour says what no word says: pipes, files and NO_COLOR have none. What sources
write is made harmless first, since a terminal obeys some characters.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from confradar.kinds import ChangeType

if TYPE_CHECKING:
    from rich.text import Text

SOON = timedelta(days=14)
NEXT = timedelta(days=3)
MAX_CELL = 200

CONFLICT_STYLE = "yellow"
MOVED_STYLE = "cyan"
OVER_STYLE = "dim"

_CHANGE_STYLES = {
    ChangeType.EXTENDED: "green",
    ChangeType.ADVANCED: "bold red",
    ChangeType.WITHDRAWN: "red",
    ChangeType.CLEARED: "red",
    ChangeType.REZONED: "cyan",
}


def urgency(due_at: datetime | None, now: datetime) -> str:
    """Return the style of what is left: red below 3 days, yellow below 14."""
    if due_at is None:
        return ""
    if due_at <= now:
        return OVER_STYLE
    if due_at - now < NEXT:
        return "bold red"
    return "yellow" if due_at - now < SOON else ""


def change_style(change_type: str) -> str:
    """Return the style of a type of change."""
    known = {str(name): style for name, style in _CHANGE_STYLES.items()}
    return known.get(change_type, "")


def cell(text: str | None, style: str = "") -> "Text":
    """Return a text of a source as a cell: in one line, and harmless."""
    from rich.text import Text

    from confradar.readers.harmless import text_of

    return Text(text_of(text, MAX_CELL), style=style)


def what_cell(
    words: str,
    *,
    has_conflict: bool | None = False,
    was: str | None = None,
    is_withdrawn: bool = False,
) -> "Text":
    """Return what is due, and what there is to know about it."""
    found = cell(words, OVER_STYLE if is_withdrawn else "")
    if was:
        found.append(f", was {was}", style=MOVED_STYLE)
    if is_withdrawn:
        found.append(" (withdrawn)", style="red")
    if has_conflict:
        found.append(" !", style=f"bold {CONFLICT_STYLE}")
    return found


def first_date(
    due_at: datetime | None,
    due_local: datetime | None,
    original_due_at: datetime | None,
) -> str | None:
    """Return the day that was said first, if the date has moved since.

    It is a day of the same zone; of a move within a day it is the hour.
    """
    if due_at is None or original_due_at is None or due_at == original_due_at:
        return None
    local = due_local or due_at
    first = local - (due_at - original_due_at)
    return f"{first:%H:%M}" if first.date() == local.date() else f"{first:%Y-%m-%d}"
