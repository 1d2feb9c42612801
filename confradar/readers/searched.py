"""Rows that are no current deadlines, as selections look at them."""

from dataclasses import dataclass, field
from datetime import datetime

from confradar.readers.harmless import text_of
from confradar.warehouse import Change, UpcomingDeadline
from confradar.warehouse.current import names_in


@dataclass(frozen=True, slots=True)
class Searched:
    """What a selection looks at; ``due_at`` is what its period is about."""

    series_key: str
    kind: str
    area_names: tuple[str, ...]
    rank_names: tuple[str, ...]
    due_at: datetime | None
    has_moved: bool
    has_conflict: bool
    text: str = field(repr=False)


def searched_change(row: Change) -> Searched:
    """Return a change: its period is about when it was seen."""
    return Searched(
        series_key=row.series_key or "",
        kind=row.kind,
        area_names=names_in(row.areas),
        rank_names=names_in(row.ranks),
        due_at=row.seen_at,
        has_moved=row.change_type in ("extended", "advanced"),
        has_conflict=False,
        text=_text(
            row.title, row.acronym, row.series_key, row.series_text, row.label_text,
            row.track, row.kind, row.areas,
        ),
    )  # fmt: skip


def searched_upcoming(row: UpcomingDeadline) -> Searched:
    """Return a deadline as it was known on an earlier day."""
    return Searched(
        series_key=row.series_key,
        kind=row.kind,
        area_names=names_in(row.areas),
        rank_names=names_in(row.ranks),
        due_at=row.due_at,
        has_moved=bool(row.extension_count),
        has_conflict=bool(row.has_conflict),
        text=_text(
            row.acronym, row.full_name, row.title, row.series_key, row.label,
            row.track, row.kind, row.place, row.country_code, row.areas,
        ),
    )  # fmt: skip


def _text(*parts: str | None) -> str:
    return "\n".join(text_of(part) for part in parts if part).casefold()
