"""Options that several commands have, and how what people type is read."""

from datetime import datetime
from typing import Annotated

import typer

from confradar.errors import CalledWronglyError
from confradar.instants import parse_instant

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
