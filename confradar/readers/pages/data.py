"""All current deadlines as one small JSON file, which the script of the page filters.

Columns in place of rows, names once and instants as differences: 5,000 deadlines are
about a hundred kilobytes when compressed. Texts are harmless and are what is searched.
"""

import json
from dataclasses import dataclass
from datetime import UTC
from functools import cache

from confradar.readers.addresses import conference_page
from confradar.readers.harmless import text_of
from confradar.readers.pages.page import digest
from confradar.readers.pages.rows import Line, line_of
from confradar.readers.pages.times import days_text, iso
from confradar.readers.snapshot import Snapshot
from confradar.warehouse import CurrentDeadline


class _Names:
    """Numbers names in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def number(self, name: object) -> int:
        """Return the number of a name."""
        return self._numbers.setdefault(name, len(self._numbers))

    def all(self) -> list[object]:
        """Return the names, each at its number."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class DataFile:
    """The file, and where it stands: another content has another path."""

    path: str
    body: bytes


def data_file(snapshot: Snapshot) -> DataFile:
    """Return the deadlines of a snapshot as the script of the page reads them."""
    body = json.dumps(
        _document(snapshot), ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "replace")
    return DataFile(f"data/deadlines.{digest(body)}.json", body)


def _document(snapshot: Snapshot) -> dict[str, object]:
    kinds, tracks, labels, sources = _Names(), _Names(), _Names(), _Names()
    zones, areas, ranks = _Names(), _Names(), _Names()
    series, conferences = _Names(), _Names()
    columns: dict[str, list[object]] = {
        name: []
        for name in (
            "conference", "kind", "track", "round", "what", "label", "due", "offset",
            "precision", "status", "zone", "source", "claims", "agreeing",
        )
    }  # fmt: skip
    whats = _Names()
    was: dict[int, str] = {}
    dissent: dict[int, str] = {}
    keys: dict[int, str] = {}
    last = 0
    for number, listed in enumerate(snapshot.deadlines):
        row = listed.row
        line = line_of(row, snapshot.as_of)
        series_number = series.number(
            (
                row.series_key,
                text_of(row.acronym),
                text_of(row.full_name),
                tuple(areas.number(name) for name in line.areas),
                tuple(ranks.number(name) for name in line.ranks),
            )
        )
        columns["conference"].append(
            conferences.number(_conference(row, line, series_number))
        )
        columns["kind"].append(kinds.number(row.kind))
        columns["track"].append(tracks.number(text_of(row.track)))
        columns["round"].append(row.round)
        columns["what"].append(whats.number(line.what))
        columns["label"].append(labels.number(text_of(row.label)))
        due = _seconds(row)
        columns["due"].append(None if due is None else due - last)
        last = last if due is None else due
        columns["offset"].append(_offset(row))
        columns["precision"].append(_PRECISIONS.get(row.due_precision or "", 0))
        columns["status"].append(_STATUSES.get(row.status, 0))
        columns["zone"].append(zones.number((line.zone, line.is_zone_assumed)))
        columns["source"].append(sources.number(line.source))
        columns["claims"].append(row.claim_count)
        columns["agreeing"].append(row.agreeing_claim_count)
        if row.has_moved:
            was[number] = line.was
        if row.has_conflict:
            dissent[number] = line.dissent
        usual = f"{row.conference_key}/{row.track}/{row.kind}/{row.round}"
        if row.deadline_key != usual:
            keys[number] = row.deadline_key
    return {
        "as_of": iso(snapshot.as_of),
        "is_replay": snapshot.is_replay,
        "areas": areas.all(),
        "ranks": ranks.all(),
        "kinds": kinds.all(),
        "tracks": tracks.all(),
        "whats": whats.all(),
        "labels": labels.all(),
        "sources": sources.all(),
        "zones": zones.all(),
        "series": series.all(),
        "conferences": conferences.all(),
        "deadlines": columns,
        "was": was,
        "dissent": dissent,
        "keys": keys,
        "folds": odd_folds(),
    }


_PRECISIONS = {"day": 1, "month": 2}
_STATUSES = {"tbd": 1, "withdrawn": 2}


def _conference(
    row: CurrentDeadline, line: Line, series_number: int
) -> tuple[object, ...]:
    """Return what is said of an edition; an empty text is the usual one."""
    place = text_of(row.place)
    title = text_of(row.title)
    page = conference_page(row.conference_key)
    return (
        series_number,
        row.conference_key,
        row.year,
        "" if page == f"conference/{row.conference_key}.html" else page,
        "" if title == line.name else title,
        place,
        text_of(row.country_code),
        line.place,
        days_text(row.starts_on, row.ends_on),
    )


def _seconds(row: CurrentDeadline) -> int | None:
    return None if row.due_at is None else int(row.due_at.timestamp())


def _offset(row: CurrentDeadline) -> int:
    """Return the minutes from UTC to the wall time as written."""
    if row.due_at is None or row.due_local is None:
        return 0
    return round((row.due_local.replace(tzinfo=UTC) - row.due_at).total_seconds() / 60)


@cache
def odd_folds() -> dict[str, str]:
    """Return the letters that fold otherwise than upper case and then lower case does.

    A search ignores case as ``str.casefold`` does; browsers have no such function.
    """
    return {
        letter: letter.casefold()
        for letter in map(chr, range(0x80, 0x1F000))
        if not 0xD800 <= ord(letter) < 0xE000
        and letter.casefold() != _upper_and_lower(letter)
    }


def _upper_and_lower(letter: str) -> str:
    return "".join(upper.lower() for upper in letter.upper())
