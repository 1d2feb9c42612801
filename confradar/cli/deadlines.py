"""``confradar deadlines``: what is due next, from the marts."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli.options import (
    TABLE_LIMIT,
    Area,
    AsJson,
    Format,
    Limit,
    OutputFormat,
    Rank,
    format_option,
    instant_option,
    span_option,
)
from confradar.errors import CalledWronglyError
from confradar.instants import parse_day, parse_zone
from confradar.kinds import Kind
from confradar.wording import due_in_words, what_in_words, zone_in_brief

if TYPE_CHECKING:
    from rich.table import Table

    from confradar.warehouse import UpcomingDeadline

    Deadlines: TypeAlias = Sequence[UpcomingDeadline]


def deadlines(
    area: Area = None,
    rank: Rank = None,
    kind: Annotated[
        Kind | None, typer.Option(help="Only this kind; submission is the paper.")
    ] = None,
    within: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Only the next 60d, 12h or 8w.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="As known then: an ISO timestamp, or a day (UTC): what was still to "
            "come when it began, by all that was seen until it ended.",
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Also in this zone: IANA, utc, local, aoe."),
    ] = None,
    output: OutputFormat = Format.TABLE,
    as_json: AsJson = False,
    limit: Limit = None,
) -> None:
    """List the next deadlines: when, how long that is from now, and for what."""
    from confradar.build_state import reference_time
    from confradar.database import logins_of
    from confradar.settings import load_settings, now
    from confradar.warehouse import (
        DeadlineFilter,
        known_areas,
        reading,
        upcoming_deadlines,
    )

    output = format_option(output, as_json=as_json)
    span = span_option(within, "--within")
    after_then, known_at = _moments(as_of)
    zone, has_zone = _zone(timezone)
    if limit is None and output is Format.TABLE:
        limit = TABLE_LIMIT
    with reading(logins_of(load_settings()).reader) as connection:
        after = after_then or reference_time(connection, now())
        found = upcoming_deadlines(
            connection,
            DeadlineFilter(
                after=after,
                known_at=known_at,
                until=None if span is None else after + span,
                area=area,
                rank=rank,
                kind=kind,
                limit=None if limit is None else limit + 1,
            ),
        )
        areas = known_areas(connection) if area and not found else []
    shown = found[:limit]
    match output:
        case Format.JSON:
            print_deadlines_json(shown, after)
        case Format.CSV:
            _print_csv(shown)
        case Format.TABLE:
            known = None if as_of is None else f"as known on {as_of.strip()} (UTC)"
            print_deadlines(shown, after, zone, has_zone=has_zone, known=known)
            if areas:
                typer.echo(f"areas that are known: {', '.join(areas)}", err=True)
            if len(found) > len(shown):
                typer.echo(f"more follow: --limit shows them (now {limit})", err=True)


def _moments(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Return from when on deadlines are to come, and when they were known.

    A day is known as a whole, with what was seen on it.
    """
    day = None if text is None else parse_day(text)
    if day is not None:
        start, end = day
        return start, end - timedelta(microseconds=1)
    moment = instant_option(text, "--as-of")
    return moment, moment


def _zone(text: str | None) -> tuple[tzinfo | None, bool]:
    try:
        return (None, False) if text is None else (parse_zone(text), True)
    except ValueError as error:
        raise CalledWronglyError(f"--timezone: {error}") from None


def print_deadlines(
    found: "Deadlines",
    after: datetime,
    zone: tzinfo | None = None,
    *,
    has_zone: bool = False,
    known: str | None = None,
) -> None:
    """Print a table of deadlines, wider where the terminal is.

    Due times are in the zone as written; with ``has_zone`` also in ``zone``, where None
    is the machine's own. ``known`` says as of when they were known, if not now.
    """
    from confradar.cli.output import results

    console = results()
    when = after.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if not found:
        console.print(f"No deadline that was asked for is due after {when}.")
        return
    console.print(f"Next deadlines, {known or f'as of {when}'}", style="bold")
    console.print(_table(found, after, zone, has_zone, console.width))
    if any(row.is_timezone_stated is False for row in found):
        console.print(
            "(zone): not stated, the default that the source documents", style="dim"
        )
    if any(row.has_conflict for row in found):
        console.print(
            "! sources differ: confradar show CONFERENCE tells who says what",
            style="dim",
        )


def _table(
    found: "Deadlines",
    after: datetime,
    zone: tzinfo | None,
    has_zone: bool,
    width: int,
) -> "Table":
    from confradar.cli.output import plain_table
    from confradar.instants import time_left

    is_wide = width >= 120
    table = plain_table()
    table.add_column("due", no_wrap=True)
    table.add_column("zone", no_wrap=True)
    if has_zone:
        table.add_column(_zone_title(zone), no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("conference", overflow="fold", style="bold")
    table.add_column("deadline", overflow="fold")
    if is_wide:
        table.add_column("ranks", overflow="fold")
        table.add_column("place", overflow="fold")
        table.add_column("source", overflow="fold")
    for row in found:
        local = due_in_words(row.due_local or row.due_at, row.due_precision)
        cells = [local, zone_in_brief(row)]
        if has_zone:
            cells.append(row.due_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
        cells += [
            time_left(row.due_at, after),
            f"{row.acronym or row.series_key} {row.year}",
            what_in_words(row.kind, row.track, row.round, row.has_conflict),
        ]
        if is_wide:
            cells += [row.ranks or "", _place(row), row.source_name or row.source_key]
        table.add_row(*cells)
    return table


def _zone_title(zone: tzinfo | None) -> str:
    return "local" if zone is None else str(zone)


def _place(row: "UpcomingDeadline") -> str:
    parts = (row.city or row.place, row.country_code)
    start = row.starts_on.isoformat() if row.starts_on else ""
    return " ".join(part for part in (*parts, start) if part)


def print_deadlines_json(found: "Deadlines", after: datetime) -> None:
    """Print the deadlines with every column that the marts have for them."""
    from confradar.cli.output import print_json

    print_json({"as_of": after, "deadlines": [asdict(row) for row in found]})


def _print_csv(found: "Deadlines") -> None:
    from confradar.cli.output import print_csv
    from confradar.warehouse import UpcomingDeadline

    names = [column.name for column in fields(UpcomingDeadline)]
    print_csv(names, map(asdict, found))
