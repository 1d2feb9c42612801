"""``confradar deadlines``: what is due next, from the marts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli.options import (
    TABLE_LIMIT,
    Areas,
    AsJson,
    Format,
    Kinds,
    Limit,
    OutputFormat,
    Ranks,
    Search,
    Series,
    Timezone,
    Zone,
    format_option,
    instant_option,
    selection_option,
    span_option,
    zone_option,
)
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.instants import parse_day
from confradar.wording import (
    due_in_words,
    what_in_words,
    zone_in_brief,
    zone_in_little,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from confradar.readers import Selection
    from confradar.settings import Settings
    from confradar.warehouse import UpcomingDeadline

    Deadlines: TypeAlias = Sequence[UpcomingDeadline]

REDRAWN = 60  # seconds between two looks of --watch
_LINES_AROUND = 6  # of a terminal, that are no row of the table
_WIDE = 120  # columns from which on ranks, place and source are shown, too
_NARROW = 100  # columns below which there is room for one time of a deadline alone


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which deadlines are asked for.

    ``known_at`` asks for what was known then, and ``after`` for what was to come from
    then on; None is now. ``known`` says so.
    """

    selection: "Selection"
    after: datetime | None
    known_at: datetime | None
    known: str | None
    span: timedelta | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found, and from when on it was looked for."""

    rows: "Deadlines"
    after: datetime
    has_more: bool
    areas: Sequence[str] = ()


def deadlines(
    areas: Areas = None,
    ranks: Ranks = None,
    kinds: Kinds = None,
    series: Series = None,
    search: Search = None,
    is_changed: Annotated[
        bool, typer.Option("--changed", help="Only dates that have moved.")
    ] = False,
    is_in_conflict: Annotated[
        bool, typer.Option("--conflict", help="Only dates on which sources differ.")
    ] = False,
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
    timezone: Timezone = None,
    output: OutputFormat = Format.TABLE,
    as_json: AsJson = False,
    limit: Limit = None,
    is_watched: Annotated[
        bool,
        typer.Option(
            "--watch",
            help=f"Go on, and look again every SECONDS; {REDRAWN} if none are given.",
        ),
    ] = False,
    seconds: Annotated[
        int | None,
        typer.Argument(
            metavar="SECONDS",
            min=1,
            max=86_400,
            help="Of --watch, from one look to the next.",
        ),
    ] = None,
) -> None:
    """List the next deadlines: when, how long that is from now, and for what."""
    from confradar.cli.output import results
    from confradar.settings import load_settings

    output = format_option(output, as_json=as_json)
    if seconds is not None and not is_watched:
        raise CalledWronglyError(
            f"{seconds} is understood after --watch alone", "confradar deadlines --help"
        )
    after, known_at = _moments(as_of)
    asked = _Asked(
        selection=selection_option(
            areas=areas,
            ranks=ranks,
            kinds=kinds,
            series=series,
            search=search,
            is_changed=is_changed,
            is_in_conflict=is_in_conflict,
        ),
        after=after,
        known_at=known_at,
        known=None if as_of is None else f"as known on {as_of.strip()} (UTC)",
        span=span_option(within, "--within"),
        limit=TABLE_LIMIT if limit is None and output is Format.TABLE else limit,
    )
    zone = zone_option(timezone)
    settings = load_settings()
    zone = zone or zone_option(settings.timezone)
    if is_watched:
        _refuse_to_watch(results(), output)
        _watch(settings, asked, zone, seconds or REDRAWN)
    found = _look(settings, asked)
    match output:
        case Format.JSON:
            print_deadlines_json(found.rows, found.after)
        case Format.CSV:
            _print_csv(found.rows)
        case Format.TABLE:
            print_deadlines(found.rows, found.after, zone, known=asked.known)
            if found.areas:
                typer.echo(f"areas that are known: {', '.join(found.areas)}", err=True)
            if found.has_more:
                typer.echo(
                    f"more follow: --limit shows them (now {asked.limit})", err=True
                )


def _look(settings: "Settings", asked: _Asked) -> _Found:
    """Ask the marts; a selection is applied to all that is to come."""
    from confradar.build_state import reference_time
    from confradar.database import logins_of
    from confradar.readers import Selection
    from confradar.readers.rows import of_upcoming
    from confradar.settings import now
    from confradar.warehouse import (
        DeadlineFilter,
        known_areas,
        reading,
        upcoming_deadlines,
    )

    selects = asked.selection != Selection()
    limit = None if asked.limit is None else asked.limit + 1
    with reading(logins_of(settings).reader) as connection:
        after = asked.after or reference_time(connection, now())
        found = upcoming_deadlines(
            connection,
            DeadlineFilter(
                after=after,
                known_at=asked.known_at,
                until=None if asked.span is None else after + asked.span,
                limit=None if selects else limit,
            ),
        )
        if selects:
            found = [row for row in found if asked.selection.has(of_upcoming(row))]
        wants_area = asked.selection.areas and not found
        areas = known_areas(connection) if wants_area else []
    return _Found(
        rows=found[: asked.limit],
        after=after,
        has_more=asked.limit is not None and len(found) > asked.limit,
        areas=areas,
    )


def _refuse_to_watch(console: "Console", output: Format) -> None:
    if output is not Format.TABLE:
        raise CalledWronglyError(
            f"--watch draws a table, and {output} is asked for", "leave one of them out"
        )
    if not console.is_terminal:
        raise CalledWronglyError(
            "--watch draws on a terminal, and this is a pipe or a file",
            "leave it out: what is to come is then printed once",
        )


def _watch(
    settings: "Settings", asked: _Asked, zone: Zone | None, seconds: int
) -> None:
    """Draw the table again and again, until Ctrl-C."""
    from rich.console import Group
    from rich.live import Live

    from confradar.cli.output import results

    console = results()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        drawn: Group | None = None
        while True:
            room = max(1, console.height - _LINES_AROUND)
            try:
                found = _look(settings, asked)
                rows = found.rows[:room]
                lines = deadline_view(
                    rows, found.after, zone, known=asked.known, width=console.width
                )
                drawn = Group(*lines)
                note = f"looked at every {seconds} s; Ctrl-C ends it"
            except ConfRadarError as error:
                # What was seen last stays: a server that is away comes back.
                if drawn is None:
                    raise
                note = f"error: {error.message}"
            live.update(Group(drawn, _note(note)), refresh=True)
            sleep(seconds)


def _note(text: str) -> "RenderableType":
    from confradar.cli.marks import cell

    return cell(text, "red" if text.startswith("error") else "dim")


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


def print_deadlines(
    found: "Deadlines",
    after: datetime,
    zone: Zone | None = None,
    *,
    known: str | None = None,
) -> None:
    """Print a table of deadlines, wider where the terminal is.

    Due times are in the zone as written; with ``zone`` also in that. ``known`` says as
    of when they were known, if not now.
    """
    from confradar.cli.output import results

    console = results()
    for line in deadline_view(found, after, zone, known=known, width=console.width):
        console.print(line)


def deadline_view(
    found: "Deadlines",
    after: datetime,
    zone: Zone | None = None,
    *,
    known: str | None = None,
    width: int,
) -> "list[RenderableType]":
    """Return what is printed of deadlines: a title, a table, and what marks mean."""
    from confradar.cli.marks import cell

    when = after.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if not found:
        return [cell(f"No deadline that was asked for is due after {when}.")]
    view: list[RenderableType] = [
        cell(f"Next deadlines, {known or f'as of {when}'}", "bold"),
        _table(found, after, zone, width),
    ]
    if any(row.is_timezone_stated is False for row in found):
        view.append(
            cell("(zone): not stated, the default that the source documents", "dim")
        )
    if any(_first(row) for row in found):
        view.append(cell("was: the date that was said first", "dim"))
    if any(row.has_conflict for row in found):
        view.append(
            cell(
                "! sources differ: confradar show CONFERENCE tells who says what", "dim"
            )
        )
    return view


def _table(
    found: "Deadlines", after: datetime, zone: Zone | None, width: int
) -> "Table":
    from confradar.cli.marks import cell, urgency, what_cell
    from confradar.cli.output import plain_table
    from confradar.instants import time_left

    is_wide = width >= _WIDE
    # Two times of one deadline leave no room for what it is.
    has_written = zone is None or width >= _NARROW
    zone_in = zone_in_brief if width >= _NARROW else zone_in_little
    table = plain_table()
    if has_written:
        table.add_column("due", no_wrap=True)
        table.add_column("zone", no_wrap=True)
    if zone is not None:
        table.add_column(zone.title, no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("conference", overflow="fold", style="bold")
    table.add_column("deadline", overflow="fold")
    if is_wide:
        table.add_column("ranks", overflow="fold")
        table.add_column("place", overflow="fold")
        table.add_column("source", overflow="fold")
    for row in found:
        style = urgency(row.due_at, after)
        cells = []
        if has_written:
            local = due_in_words(row.due_local or row.due_at, row.due_precision)
            cells += [cell(local, style), cell(zone_in(row))]
        if zone is not None:
            there = row.due_at.astimezone(zone.info)
            cells.append(cell(there.strftime("%Y-%m-%d %H:%M"), style))
        cells += [
            cell(time_left(row.due_at, after), style),
            cell(f"{row.acronym or row.series_key} {row.year}"),
            what_cell(
                what_in_words(row.kind, row.track, row.round),
                has_conflict=row.has_conflict,
                was=_first(row),
            ),
        ]
        if is_wide:
            source = row.source_name or row.source_key
            cells += [cell(row.ranks), cell(_place(row)), cell(source)]
        table.add_row(*cells)
    return table


def _first(row: "UpcomingDeadline") -> str | None:
    """Return the day that was said first, of a deadline that has moved."""
    from confradar.cli.marks import first_date

    if not row.extension_count:
        return None
    return first_date(row.due_at, row.due_local, row.original_due_at)


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
