"""The page of what sources changed in the last quarter, the last day first."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from confradar.readers import addresses
from confradar.readers.harmless import text_of
from confradar.readers.pages.page import Page, render
from confradar.readers.pages.times import day_text
from confradar.readers.snapshot import MAX_CHANGES, Snapshot
from confradar.warehouse import Change
from confradar.wording import due_in_words, what_in_words

_SHOWN = 500
_ANNOUNCED = 100  # of those in the page; a first load announces thousands


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change, as a page shows it."""

    key: str
    name: str
    page: str | None
    what: str
    change: str
    old: str
    new: str
    moved: str
    is_late: bool
    source_key: str
    url: str | None


def changes_page(snapshot: Snapshot) -> Page:
    """Return the page of changes: what moved, and a part of what was announced."""
    moved = [one for one in snapshot.changes if one.change_type != "announced"]
    announced = [one for one in snapshot.changes if one.change_type == "announced"]
    kept = {one.change_key for one in (*moved[:_SHOWN], *announced[:_ANNOUNCED])}
    days = groupby(
        (one for one in snapshot.changes if one.change_key in kept),
        key=lambda change: change.seen_at.date(),
    )
    return render(
        addresses.CHANGES_PAGE,
        "changes.html",
        days=[
            (day_text(day), [change_line(one) for one in some]) for day, some in days
        ],
        left_out=len(snapshot.changes) - len(kept),
        is_full=len(snapshot.changes) >= MAX_CHANGES,
        areas=snapshot.vocabulary.areas,
    )


def change_line(change: Change) -> ChangeLine:
    """Return a change as a line of a page."""
    name = change.acronym or change.title or change.series_text
    if change.acronym and change.year:
        name = f"{change.acronym} {change.year}"
    return ChangeLine(
        key=change.change_key,
        name=text_of(name, 80),
        page=addresses.conference_page(change.conference_key)
        if change.conference_key
        else None,
        what=text_of(what_in_words(change.kind, change.track, change.round), 80),
        change=change.change_type,
        old=_due(change, is_new=False),
        new=_due(change, is_new=True),
        moved=moved_text(change.days_moved),
        is_late=change.was_already_past and change.change_type == "extended",
        source_key=change.source_key,
        url=change.source_url,
    )


def moved_text(days: Decimal | None) -> str:
    """Return by how much a date moved: ``10 days later``; nothing if it did not."""
    if not days:
        return ""
    size = abs(float(days))
    if size >= 1.95:
        text = f"{size:.0f} days"
    else:
        hours = size * 24
        text = f"{hours:.0f} hours" if hours >= 1.5 else f"{hours * 60:.0f} minutes"
    return f"{text} {'later' if days > 0 else 'earlier'}"


def _due(change: Change, *, is_new: bool) -> str:
    local = change.new_due_local if is_new else change.old_due_local
    text = change.new_due_text if is_new else change.old_due_text
    zone = change.new_timezone_text if is_new else change.old_timezone_text
    told = text if local is None else due_in_words(local, change.due_precision)
    return text_of(" ".join(filter(None, (told, zone if told else ""))), 80)
