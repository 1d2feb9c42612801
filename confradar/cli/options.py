"""Options that several commands have, and how what people type is read."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from confradar.cli import completion
from confradar.errors import CalledWronglyError
from confradar.instants import parse_day, parse_instant, parse_span, parse_zone
from confradar.kinds import Kind

if TYPE_CHECKING:
    from confradar.readers import Selection

TABLE_LIMIT = 25
MAX_WORDS = 400  # characters of a search


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


OutputFormat = Annotated[Format, typer.Option("--format", help="How to print it.")]
Limit = Annotated[
    int | None,
    typer.Option(min=1, help=f"At most so many; {TABLE_LIMIT} in a table, else all."),
]
Areas = Annotated[
    list[str] | None,
    typer.Option(
        "--area",
        metavar="AREA",
        help="Only this area, such as security; several may be given.",
        autocompletion=completion.areas,
    ),
]
Ranks = Annotated[
    list[str] | None,
    typer.Option(
        "--rank",
        metavar="RANK",
        help='Only this rank: A, "CCF A", "CORE A*"; several may be given.',
        autocompletion=completion.ranks,
    ),
]
Kinds = Annotated[
    list[Kind] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help=f"Only this kind, where submission is the paper: {', '.join(Kind)}; "
        "several may be given.",
    ),
]
Series = Annotated[
    list[str] | None,
    typer.Option(
        "--series",
        metavar="KEY",
        help="Only this series: neurips; several may be given.",
        autocompletion=completion.series,
    ),
]
Search = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORDS",
        help="Only where all words occur: name, place, track, label, area.",
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Also in this zone: IANA, utc, local, aoe; else CONFRADAR_TIMEZONE.",
    ),
]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Observe at this time, an ISO date or timestamp (UTC without a zone).",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of tables.")
]


def instant_option(text: str | None, name: str) -> datetime | None:
    """Return the instant of an option, None when it was not given.

    Raises:
        CalledWronglyError: the text is no ISO date or timestamp.
    """
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise CalledWronglyError(
            f"{name} {text!r} is no ISO date or timestamp",
            f"for example {name} 2026-11-20, or {name} 2026-11-20T12:00:00Z",
        ) from None


def span_option(text: str | None, name: str) -> timedelta | None:
    """Return the length of time of an option, None when it was not given.

    Raises:
        CalledWronglyError: the text is no span.
    """
    try:
        return None if text is None else parse_span(text)
    except ValueError as error:
        raise CalledWronglyError(f"{name} {text!r}: {error}") from None


def moment_option(
    text: str | None, name: str, *, of_day: int = 0
) -> datetime | timedelta | None:
    """Return the moment of an option: a day, a timestamp, or a time before now.

    Of a day that is its first moment, or with ``of_day=1`` the first of the next.

    Raises:
        CalledWronglyError: the text is none of these.
    """
    if text is None:
        return None
    day = parse_day(text)
    if day is not None:
        return day[of_day]
    try:
        return parse_span(text)
    except ValueError:
        pass
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise CalledWronglyError(
            f"{name} {text!r} is no span, ISO date or timestamp",
            f"for example {name} 7d, {name} 2026-11-20 or {name} 2026-11-20T12:00:00Z",
        ) from None


def format_option(output: Format, *, as_json: bool) -> Format:
    """Return the format that ``--format`` and ``--json`` ask for together.

    Raises:
        CalledWronglyError: they contradict each other.
    """
    if as_json and output is Format.CSV:
        raise CalledWronglyError(
            "--json and --format csv contradict each other", "give one of them"
        )
    return Format.JSON if as_json else output


class Zone(NamedTuple):
    """A zone that times are shown in as well; None is the machine's own."""

    info: tzinfo | None

    @property
    def title(self) -> str:
        """Return what it is called."""
        return "local" if self.info is None else str(self.info)


def zone_option(text: str | None) -> Zone | None:
    """Return the zone of an option, None when none was given.

    Raises:
        CalledWronglyError: no zone is called so.
    """
    try:
        return None if text is None else Zone(parse_zone(text))
    except ValueError as error:
        raise CalledWronglyError(f"--timezone: {error}") from None


def selection_option(
    *,
    areas: Sequence[str] | None = None,
    ranks: Sequence[str] | None = None,
    kinds: Sequence[Kind] | None = None,
    series: Sequence[str] | None = None,
    search: Sequence[str] | None = None,
    is_changed: bool = False,
    is_in_conflict: bool = False,
) -> "Selection":
    """Return what the options ask for; names that nobody knows find nothing.

    Raises:
        CalledWronglyError: the search is longer than anybody would type.
    """
    from confradar.readers import Selection

    words = " ".join(search or ()).casefold()
    if len(words) > MAX_WORDS:
        raise CalledWronglyError(f"--search is longer than {MAX_WORDS} characters")
    return Selection(
        words=tuple(words.split()),
        areas=frozenset(map(str.lower, areas or ())),
        ranks=frozenset(map(str.lower, ranks or ())),
        kinds=frozenset(kinds or ()),
        series_keys=frozenset(map(str.lower, series or ())),
        is_changed=is_changed,
        is_in_conflict=is_in_conflict,
    )
