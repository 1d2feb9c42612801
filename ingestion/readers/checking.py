"""The one check of published lists: walks a shape and takes out what SQL cannot use.

What is usable stays, so that staging models always meet lists of mappings with a title
and a year; the rest, and what is only odd, is reported with its place as published.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ingestion.documents import Body
from ingestion.readers.records import (
    Finding,
    Limits,
    Reason,
    UnusableDocumentError,
    pointer,
)
from ingestion.shapes import EntryShape, ListShape, YearRule, squashed

Path = tuple[str | int, ...]

# Each remark carries its entry: one that is all faults is not copied any more often.
MAX_REMARKS_PER_ENTRY = 20

_BLANK = frozenset({"", "null", "~"})
_YEAR_ALONE = re.compile(r"(?:19|20|21)[0-9]{2}")
_YEAR_IN_DATE = re.compile(r"(?<![0-9])(?:19|20|21)[0-9]{2}(?![0-9])")
_YEAR_AT_END = re.compile(r"(?:19|20|21)[0-9]{2}$")
_TIME = r"(?:[T\s]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
_YEAR_FIRST = re.compile(
    r"\s*([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])" + _TIME
)
_DAY_FIRST = re.compile(r"\s*([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![0-9])" + _TIME)


@dataclass(frozen=True, slots=True)
class Checked:
    """The usable part of a body, what was found, and how many entries it is about.

    ``rejected_entry_count`` counts entries that were left out or lost a part.
    """

    body: Body
    findings: tuple[Finding, ...]
    entry_count: int
    rejected_entry_count: int


def impossible(text: str) -> str | None:
    """Say why a text that looks like a calendar date or time names none, else None.

    Templates, "TBD" and free text look like no calendar date: nothing is said of them.
    """
    if found := _YEAR_FIRST.match(text):
        year, month, day, *clock = found.groups()
    elif found := _DAY_FIRST.match(text):
        day, month, year, *clock = found.groups()
    else:
        return None
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return f"{text.strip()!r} names no day of the calendar"
    hour, minute, second = (int(digits or 0) for digits in clock)
    is_midnight = hour == 24 and not minute and not second
    if (hour > 23 and not is_midnight) or minute > 59 or second > 60:
        return f"{text.strip()!r} names no time of the day"
    return None


def check(
    body: Body,
    shape: ListShape,
    known_zones: frozenset[str],
    limits: Limits | None = None,
) -> Checked:
    """Keep what can be used of a body and report the rest; the body is not changed.

    ``known_zones`` are the labels of time zones that are known, casefolded.

    Raises:
        UnusableDocumentError: the entries are not where the shape has them, or there is
            more to find fault with than the limits have.
    """
    checker = _Checker(known_zones, (limits or Limits()).max_findings)
    usable = checker.document(body, shape)
    return Checked(
        usable,
        tuple(checker.findings),
        checker.entry_count,
        checker.rejected_entry_count,
    )


class _Checker:
    """Walks one document; collects findings, counts and the ids it has seen."""

    def __init__(self, known_zones: frozenset[str], max_findings: int) -> None:
        self.findings: list[Finding] = []
        self.entry_count = 0
        self.rejected_entry_count = 0
        self._drop_count = 0
        self._remark_count = 0  # of the entry in hand
        self._known_zones = known_zones
        self._max_findings = max_findings
        self._first_with_id: dict[str, Path] = {}

    def document(self, body: Body, shape: ListShape) -> Body:
        if shape.keys:
            if not isinstance(body, dict) or not any(key in body for key in shape.keys):
                keys = " or ".join(f"'{key}:'" for key in shape.keys)
                raise _unexpected_root(body, f"a mapping with a list under {keys}")
            return self._parts(body, dict.fromkeys(shape.keys, shape.entry), ())
        if shape.is_mapping:
            if not isinstance(body, dict):
                raise _unexpected_root(body, "a mapping from id to entry")
            checked = {
                key: self._entry(value, shape.entry, (key,))
                for key, value in body.items()
            }
            return {key: value for key, value in checked.items() if value is not None}
        if not isinstance(body, list):
            raise _unexpected_root(body, "a list of entries")
        return self._entries(body, shape.entry, ())

    def _entries(self, items: list[Body], shape: EntryShape, path: Path) -> list[Body]:
        checked = [
            self._entry(item, shape, (*path, index)) for index, item in enumerate(items)
        ]
        return [item for item in checked if item is not None]

    def _entry(self, item: Body, shape: EntryShape, path: Path) -> Body | None:
        """Return the usable part of one entry, None if it is left out."""
        drop_count = self._drop_count
        usable = self._usable(item, shape, path)
        if shape.is_counted:
            self.entry_count += 1
            self.rejected_entry_count += self._drop_count > drop_count
        elif usable is None and shape.parts:
            lost = _counted_inside(item, shape)
            self.entry_count += lost
            self.rejected_entry_count += lost
        return usable

    def _usable(self, item: Body, shape: EntryShape, path: Path) -> Body | None:
        if not isinstance(item, dict):
            detail = f"a mapping is expected here, not {_kind(item)}"
            self._drop(path, Reason.NOT_A_MAPPING, detail, item)
            return None
        if shape.titles and not any(_text(item.get(name)) for name in shape.titles):
            detail = f"no {' or '.join(shape.titles)} is written"
            self._drop(path, Reason.MISSING_TITLE, detail, item)
            return None
        if shape.year is not None:
            wrong = _wrong_year(item, shape, path)
            if wrong is not None:
                self._drop(path, *wrong, item)
                return None
        self._remark_fields(item, shape, path)
        return self._parts(item, shape.parts, path)

    def _parts(
        self, item: dict[str, Body], parts: Mapping[str, EntryShape], path: Path
    ) -> dict[str, Body]:
        """Check the lists of entries inside an entry; what is no list becomes empty."""
        changed: dict[str, Body] = {}
        for name, shape in parts.items():
            value = item.get(name)
            if isinstance(value, list):
                usable = self._entries(value, shape, (*path, name))
                if len(usable) < len(value) or any(
                    new is not old for new, old in zip(usable, value, strict=True)
                ):
                    changed[name] = usable
            elif value is not None:
                changed[name] = []
                if not (isinstance(value, str) and value.strip() in _BLANK):
                    detail = f"a list is expected here, not {_kind(value)}"
                    self._drop((*path, name), Reason.NOT_A_MAPPING, detail, value)
        return {**item, **changed} if changed else item

    def _remark_fields(
        self, item: dict[str, Body], shape: EntryShape, path: Path
    ) -> None:
        self._remark_count = 0
        if shape.id is not None and (identifier := _text(item.get(shape.id))):
            first = self._first_with_id.setdefault(identifier, path)
            if first != path:
                detail = f"the id {identifier!r} is that of {pointer(first)} too"
                self._remark((*path, shape.id), Reason.DUPLICATE_ID, detail, item)
        for name in sorted(item.keys() - shape.known):
            meant = shape.respelt.get(squashed(name))
            if meant is not None:
                detail = f"the field {name!r} is not read: {meant!r} may be meant"
                self._remark((*path, name), Reason.MISSPELT_FIELD, detail, item)
        for name in shape.zones:
            zone = _text(item.get(name))
            if zone and zone.casefold() not in self._known_zones:
                detail = f"nobody knows the zone {zone!r}"
                self._remark((*path, name), Reason.UNKNOWN_ZONE, detail, item)
        for name in shape.dates:
            value = item.get(name)
            if isinstance(value, str):
                self._remark_date(value, (*path, name), item)
            elif isinstance(value, list):
                for index, part in enumerate(value):
                    if isinstance(part, str):
                        self._remark_date(part, (*path, name, index), item)

    def _remark_date(self, text: str, path: Path, item: Body) -> None:
        detail = impossible(text)
        if detail is not None:
            self._remark(path, Reason.IMPOSSIBLE_DATE, detail, item)

    def _remark(self, path: Path, reason: Reason, detail: str, entry: Body) -> None:
        self._remark_count += 1
        if self._remark_count > MAX_REMARKS_PER_ENTRY:
            return
        self._find(Finding(pointer(path), reason, detail, entry, is_dropped=False))

    def _drop(self, path: Path, reason: Reason, detail: str, entry: Body) -> None:
        self._drop_count += 1
        self._find(Finding(pointer(path), reason, detail, entry, is_dropped=True))

    def _find(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) > self._max_findings:
            detail = f"more than {self._max_findings:,} faults: this is no such list"
            raise UnusableDocumentError(Reason.UNEXPECTED_ROOT, detail)


def _wrong_year(
    item: dict[str, Body], shape: EntryShape, path: Path
) -> tuple[Reason, str] | None:
    rule = shape.year or YearRule()
    if rule.field is not None:
        value = item.get(rule.field)
        if isinstance(value, str):
            year = _text(value)
            if _YEAR_ALONE.fullmatch(year):
                return None
            if not year:
                return Reason.MISSING_YEAR, f"the field {rule.field!r} is empty"
            return Reason.YEAR_NOT_A_NUMBER, f"{year!r} is no year"
        if value is None:
            return Reason.MISSING_YEAR, f"there is no field {rule.field!r}"
        return Reason.YEAR_NOT_A_NUMBER, f"the year is {_kind(value)}"
    written = [text for name in rule.dates if (text := _text(item.get(name)))]
    if any(_YEAR_IN_DATE.search(text) for text in written):
        return None
    if rule.is_in_id:
        names = [_text(item.get(shape.id)) if shape.id else "", str(path[-1])]
        if any(_YEAR_AT_END.search(name) for name in names):
            return None
    fields = " or ".join(rule.dates)
    if written:
        return Reason.YEAR_NOT_A_NUMBER, f"{fields}: {written[0]!r} names no year"
    return Reason.MISSING_YEAR, f"no {fields} is written"


def _counted_inside(item: Body, shape: EntryShape) -> int:
    """Return how many counted entries an entry holds, 1 if that cannot be told."""
    if not isinstance(item, dict):
        return 1
    lists = [item.get(name) for name in shape.parts]
    return max(1, sum(len(part) for part in lists if isinstance(part, list)))


def _text(value: Body | None) -> str:
    """Return a stripped scalar, "" for a blank one or none."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    return "" if text in _BLANK else text


def _kind(value: Body) -> str:
    if isinstance(value, str):
        return f"the text {value[:40]!r}" if value else "nothing"
    return "a list" if isinstance(value, list) else "a mapping"


def _unexpected_root(body: Body, expected: str) -> UnusableDocumentError:
    return UnusableDocumentError(
        Reason.UNEXPECTED_ROOT, f"{expected} is expected, not {_kind(body)}"
    )
