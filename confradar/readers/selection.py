"""Which deadlines are wanted: one set of words for pages, calendars, feeds and API."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from confradar.errors import CalledWronglyError
from confradar.instants import parse_instant
from confradar.kinds import Kind

MAX_VALUES = 20  # of one parameter
MAX_LENGTH = 100  # of one value, in characters
_COMPARED = 300  # names with which one that is not known is compared
PARAMETERS = (
    "search",
    "area",
    "rank",
    "kind",
    "series",
    "after",
    "before",
    "changed",
    "conflict",
)


class BadQueryError(CalledWronglyError):
    """A parameter that cannot be understood; ``parameter`` names it."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class Selectable(Protocol):
    """What a selection looks at: a deadline, or another row with the same columns."""

    @property
    def series_key(self) -> str:
        """Return the key of the series."""

    @property
    def kind(self) -> str:
        """Return the kind of deadline."""

    @property
    def area_names(self) -> tuple[str, ...]:
        """Return the areas of the series."""

    @property
    def rank_names(self) -> tuple[str, ...]:
        """Return the ranks of the series, each with its system."""

    @property
    def due_at(self) -> datetime | None:
        """Return the instant at which it is due."""

    @property
    def has_moved(self) -> bool:
        """Tell whether there was another date before."""

    @property
    def has_conflict(self) -> bool:
        """Tell whether sources contradict each other."""

    @property
    def text(self) -> str:
        """Return all that is searched, in lower case."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a build knows, as they are written."""

    areas: tuple[str, ...] = ()
    ranks: tuple[str, ...] = ()
    series_keys: frozenset[str] = frozenset()

    @property
    def systems(self) -> tuple[str, ...]:
        """Return the ranking systems: ``CORE``."""
        return tuple(dict.fromkeys(system_of(rank) for rank in self.ranks))


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted; nothing in a field asks for all.

    Of several values in a field one has to fit, and every field has to. A rank is
    named with its system (``CORE A*``), by the class alone (``A*``) or by the system
    alone (``CORE``). All words of a search have to occur. Names are in lower case.
    """

    words: tuple[str, ...] = ()
    areas: frozenset[str] = frozenset()
    ranks: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    series_keys: frozenset[str] = frozenset()
    after: datetime | None = None
    before: datetime | None = None
    is_changed: bool = False
    is_in_conflict: bool = False

    def has(self, row: Selectable) -> bool:
        """Tell whether a row is wanted; one without an instant is in no period."""
        return (
            (not self.kinds or row.kind in self.kinds)
            and (not self.is_changed or row.has_moved)
            and (not self.is_in_conflict or row.has_conflict)
            and (not self.series_keys or row.series_key in self.series_keys)
            and self._is_in_period(row.due_at)
            and (not self.areas or _has_area(row.area_names, self.areas))
            and (not self.ranks or has_rank(row.rank_names, self.ranks))
            and (not self.words or all(word in row.text for word in self.words))
        )

    def since(self, moment: datetime) -> "Selection":
        """Return the same, from a moment on."""
        return replace(self, after=moment)

    def _is_in_period(self, due_at: datetime | None) -> bool:
        if self.after is None and self.before is None:
            return True
        return (
            due_at is not None
            and (self.after is None or due_at >= self.after)
            and (self.before is None or due_at < self.before)
        )


def selection_of(
    query: Mapping[str, Sequence[str]], vocabulary: Vocabulary
) -> Selection:
    """Return what a query asks for.

    Args:
        query: the values of each parameter; those of other parameters than PARAMETERS
            are for the caller to understand or refuse.
        vocabulary: the names that are known: another area, rank or series is refused,
            since nobody can tell it from one that has nothing to show.

    Raises:
        BadQueryError: a value cannot be understood.
    """
    for parameter, values in query.items():
        check_size(parameter, values)
    systems = vocabulary.systems
    classes = [class_of(rank) for rank in vocabulary.ranks]
    return Selection(
        words=tuple(" ".join(query.get("search", ())).casefold().split()),
        areas=_names(query, "area", vocabulary.areas),
        ranks=_names(query, "rank", (*vocabulary.ranks, *systems, *classes)),
        kinds=_names(query, "kind", [kind.value for kind in Kind]),
        series_keys=_names(query, "series", vocabulary.series_keys),
        after=_instant(query, "after"),
        before=_instant(query, "before"),
        is_changed=_flag(query, "changed"),
        is_in_conflict=_flag(query, "conflict"),
    )


def check_size(parameter: str, values: Sequence[str]) -> None:
    """Refuse more than a person would ask.

    Raises:
        BadQueryError: there are too many values, or one is too long or not printable.
    """
    if len(values) > MAX_VALUES:
        raise BadQueryError(parameter, f"more than {MAX_VALUES} values")
    for value in values:
        if len(value) > MAX_LENGTH:
            raise BadQueryError(parameter, f"longer than {MAX_LENGTH} characters")
        if not value.isprintable():
            raise BadQueryError(parameter, "has characters that cannot be printed")


def one_value(query: Mapping[str, Sequence[str]], parameter: str) -> str | None:
    """Return the only value of a parameter; None if it has none, or an empty one.

    Raises:
        BadQueryError: it has several.
    """
    values = [value for value in query.get(parameter, ()) if value.strip()]
    if len(values) > 1:
        raise BadQueryError(parameter, "is given twice")
    return values[0].strip() if values else None


def system_of(rank: str) -> str:
    """Return the system of a rank: ``CORE`` of ``CORE A*``."""
    return rank.rpartition(" ")[0]


def class_of(rank: str) -> str:
    """Return the class of a rank within its system: ``A*`` of ``CORE A*``."""
    return rank.rpartition(" ")[2]


def has_rank(ranks: Iterable[str], wanted: Collection[str]) -> bool:
    """Tell whether one of the ranks is wanted, by whatever name."""
    return any(
        rank in wanted or class_of(rank) in wanted or system_of(rank) in wanted
        for rank in map(str.lower, ranks)
    )


def _has_area(areas: Iterable[str], wanted: Collection[str]) -> bool:
    return any(area.lower() in wanted for area in areas)


def _names(
    query: Mapping[str, Sequence[str]], parameter: str, known: Iterable[str]
) -> frozenset[str]:
    wanted = [value.strip().lower() for value in query.get(parameter, ())]
    wanted = [value for value in wanted if value]
    if not wanted:  # as most often: there are thousands of series
        return frozenset()
    names = {name.lower(): name for name in known}
    for value in wanted:
        if value not in names:
            alike = [name for name in names if name[0] == value[0]][:_COMPARED]
            similar = difflib.get_close_matches(value, alike, n=3, cutoff=0.6)
            hint = ", ".join(names[name] for name in similar)
            raise BadQueryError(
                parameter,
                f"{value!r} is not known" + (f"; did you mean {hint}?" if hint else ""),
            )
    return frozenset(wanted)


def _instant(query: Mapping[str, Sequence[str]], parameter: str) -> datetime | None:
    text = one_value(query, parameter)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise BadQueryError(
            parameter, f"{text!r} is no date: give 2026-11-20 or 2026-11-20T23:59Z"
        ) from None


def _flag(query: Mapping[str, Sequence[str]], parameter: str) -> bool:
    match (one_value(query, parameter) or "").lower():
        case "" | "0" | "no" | "false":
            return False
        case "1" | "yes" | "true" | "on":
            return True
        case other:
            raise BadQueryError(parameter, f"{other!r} is neither 1 nor 0")
