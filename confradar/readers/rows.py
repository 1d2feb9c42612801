"""Rows of marts as selections look at them: in the words that readers show of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from confradar.kinds import ChangeType
from confradar.readers.harmless import text_of
from confradar.warehouse import Change, Conflict, UpcomingDeadline
from confradar.warehouse.current import names_in


@dataclass(frozen=True, slots=True)
class SelectableRow:
    """What a selection looks at; ``due_at`` is what its period is about."""

    series_key: str
    kind: str
    area_names: tuple[str, ...]
    rank_names: tuple[str, ...]
    due_at: datetime | None
    has_moved: bool
    has_conflict: bool
    text: str = field(repr=False)


def of_upcoming(row: UpcomingDeadline) -> SelectableRow:
    """Return a deadline to come, as it is known or was known once."""
    return SelectableRow(
        series_key=row.series_key,
        kind=row.kind,
        area_names=names_in(row.areas),
        rank_names=names_in(row.ranks),
        due_at=row.due_at,
        has_moved=bool(row.extension_count),
        has_conflict=bool(row.has_conflict),
        text=_text(
            *(row.acronym, row.full_name, row.title, row.series_key, row.label),
            *(row.track, row.kind, row.place, row.country_code, row.areas),
        ),
    )


def of_conflict(row: Conflict) -> SelectableRow:
    """Return a deadline on which sources differ."""
    return SelectableRow(
        series_key=row.series_key,
        kind=row.kind,
        area_names=names_in(row.areas),
        rank_names=names_in(row.ranks),
        due_at=row.winning_due_at,
        has_moved=False,
        has_conflict=True,
        text=_text(row.title, row.series_key, row.track, row.kind, row.areas),
    )


def of_change(row: Change) -> SelectableRow:
    """Return a change: of the date that it leads to, else of the one that it ends."""
    return SelectableRow(
        series_key=row.series_key or "",
        kind=row.kind,
        area_names=names_in(row.areas),
        rank_names=names_in(row.ranks),
        due_at=row.new_due_at or row.old_due_at,
        has_moved=row.change_type != ChangeType.ANNOUNCED,
        has_conflict=False,
        text=_text(
            *(row.acronym, row.title, row.series_key, row.series_text),
            *(row.label_text, row.track, row.kind, row.areas),
        ),
    )


def of_sight(row: Change) -> SelectableRow:
    """Return a change whose period is about when it was seen."""
    return replace(of_change(row), due_at=row.seen_at)


def _text(*searched: str | None) -> str:
    return "\n".join(map(text_of, filter(None, searched))).casefold()
