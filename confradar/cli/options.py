"""Options that several commands have, and how what people type is read."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from confradar.errors import CalledWronglyError
from confradar.instants import parse_day, parse_instant, parse_span

TABLE_LIMIT = 25


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
Area = Annotated[
    str | None,
    typer.Option(metavar="AREA", help="Only this area, such as security."),
]
Rank = Annotated[
    str | None,
    typer.Option(metavar="RANK", help='Only this rank: A, "CCF A", "CORE A*".'),
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
