"""``confradar changes``: what moved, as each source was seen to say it."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli import completion
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
    format_option,
    moment_option,
    selection_option,
)
from confradar.errors import CalledWronglyError
from confradar.kinds import ChangeType
from confradar.wording import (
    change_in_words,
    due_in_words,
    is_late,
    what_in_words,
)

if TYPE_CHECKING:
    from psycopg import Connection
    from rich.table import Table

    from confradar.warehouse import Change

    Changes: TypeAlias = Sequence[Change]

USUAL_SPAN = "7d"
MAX_NAME = 22  # of a conference, in a table; a longer one is folded


def changes(
    since: Annotated[
        str,
        typer.Option(metavar="TIME", help="From then on: 7d, 12h, or an ISO date."),
    ] = USUAL_SPAN,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Before then; a day is taken as a whole."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only this source.")
    ] = None,
    areas: Areas = None,
    ranks: Ranks = None,
    kinds: Kinds = None,
    search: Search = None,
    change_type: Annotated[
        ChangeType | None, typer.Option("--type", help="Only what happened so.")
    ] = None,
    conference: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this conference: neurips-2026, or NeurIPS for all its editions.",
            autocompletion=completion.conferences,
        ),
    ] = None,
    has_prunings: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Also what a source dropped after its date had passed.",
        ),
    ] = False,
    output: OutputFormat = Format.TABLE,
    as_json: AsJson = False,
    limit: Limit = None,
) -> None:
    """List what sources changed: which date moved, how far, and who was seen to say so.

    A list that drops an old edition changes nothing for its readers: --all shows it.
    """
    from confradar import warehouse
    from confradar.build_state import reference_time
    from confradar.cli.output import print_csv, print_json
    from confradar.database import logins_of
    from confradar.readers import Selection
    from confradar.readers.rows import of_change
    from confradar.settings import load_settings, now

    wanted = selection_option(areas=areas, ranks=ranks, kinds=kinds, search=search)
    selects = wanted != Selection()
    output = format_option(output, as_json=as_json)
    start = moment_option(since, "--since")
    end = moment_option(until, "--until", of_day=1)
    if limit is None and output is Format.TABLE:
        limit = TABLE_LIMIT
    with warehouse.reading(logins_of(load_settings()).reader) as connection:
        time = reference_time(connection, now())
        start = time - start if isinstance(start, timedelta) else start
        end = time - end if isinstance(end, timedelta) else end
        if start and end and start >= end:
            raise CalledWronglyError(
                f"--since {since} is not before --until {until}",
                "give a period that has a length",
            )
        series_key, conference_key = _which(connection, conference, time)
        _check_source(connection, source)
        found = warehouse.changes(
            connection,
            warehouse.ChangeFilter(
                since=start,
                until=end,
                source_key=source,
                change_type=change_type,
                series_key=series_key,
                conference_key=conference_key,
                has_prunings=has_prunings,
                limit=None if limit is None or selects else limit + 1,
            ),
        )
        if selects:
            found = [row for row in found if wanted.has(of_change(row))]
    shown = found[:limit]
    match output:
        case Format.JSON:
            rows = [asdict(row) for row in shown]
            print_json({"since": start, "until": end or time, "changes": rows})
        case Format.CSV:
            names = [column.name for column in fields(warehouse.Change)]
            print_csv(names, map(asdict, shown))
        case Format.TABLE:
            _print(shown, start, end)
            if len(found) > len(shown):
                typer.echo(f"more follow: --limit shows them (now {limit})", err=True)


def _which(
    connection: "Connection", name: str | None, time: datetime
) -> tuple[str | None, str | None]:
    """Return the keys of a series and of an edition; one that is not meant is None."""
    from confradar.warehouse import find_conference

    if name is None:
        return None, None
    found = find_conference(connection, name, time)
    if re.search(r"(?:19|20)\d\d\s*$", name):
        return None, found.conference_key
    return found.series_key, None


def _check_source(connection: "Connection", key: str | None) -> None:
    from confradar.warehouse import known_sources

    if key is None:
        return
    known = known_sources(connection)
    if key not in known:
        alike = difflib.get_close_matches(key, known, n=3)
        raise CalledWronglyError(
            f"no source is called {key!r}",
            f"did you mean {', '.join(alike)}?"
            if alike
            else "confradar sources lists them",
        )


def _print(found: "Changes", start: datetime | None, end: datetime | None) -> None:
    from confradar.cli.output import results

    console = results()
    period = f"since {start:%Y-%m-%d %H:%M} UTC"
    if end is not None:
        period += f", before {end:%Y-%m-%d %H:%M} UTC"
    if not found:
        console.print(f"No change that was asked for was seen {period}.")
        return
    console.print(f"Changes {period}", style="bold")
    for (day, source), group in groupby(
        found, key=lambda row: (row.seen_at.date(), row.source_key)
    ):
        console.print(f"{day.isoformat()}, {source}", style="dim")
        console.print(_table_of_source(list(group), found))
    for line in legend(found):
        console.print(line, style="dim")


def _table_of_source(group: "Changes", found: "Changes") -> "Table":
    """Return what one source changed, in columns as wide as those of the others."""
    from confradar.cli.marks import cell, change_style
    from confradar.cli.output import plain_table

    names = min(max(len(_conference(row)) for row in found), MAX_NAME)
    table = plain_table()
    table.show_header = False
    table.add_column(width=0)
    table.add_column(width=names, overflow="fold", style="bold")
    table.add_column(width=max(len(change_in_words(row)) for row in found))
    table.add_column(width=len("2026-11-20 23:59 "))
    table.add_column(overflow="fold")
    for row in group:
        table.add_row(
            "",
            cell(_conference(row)),
            cell(change_in_words(row), change_style(row.change_type)),
            cell(_date_in_words(row)),
            cell(what_in_words(row.kind, row.track, row.round)),
        )
    return table


def _conference(row: "Change") -> str:
    return row.title or f"{row.series_text} {row.year or ''}".rstrip()


def change_table(found: "Changes") -> "Table":
    """Return a table of the changes of one conference."""
    from confradar.cli.marks import cell, change_style
    from confradar.cli.output import plain_table

    table = plain_table()
    for name in ("seen", "change", "date"):
        table.add_column(name, no_wrap=True)
    table.add_column("deadline", overflow="fold")
    table.add_column("source", overflow="fold")
    for row in found:
        table.add_row(
            row.seen_at.strftime("%Y-%m-%d"),
            cell(change_in_words(row), change_style(row.change_type)),
            cell(_date_in_words(row)),
            cell(what_in_words(row.kind, row.track, row.round)),
            cell(row.source_key),
        )
    return table


def legend(found: Iterable["Change"]) -> Iterable[str]:
    """Yield what the marks in a table of changes mean, where they occur."""
    rows = list(found)
    if any(row.new_due_local is None and row.old_due_local for row in rows):
        yield "(date): what was said before"
    if any(is_late(row) for row in rows):
        yield "late: seen when the earlier date had passed"


def _date_in_words(row: "Change") -> str:
    """Return the new date, or in brackets the old one where there is no new."""
    if row.new_due_local is not None:
        return due_in_words(row.new_due_local, row.due_precision)
    if row.old_due_local is not None:
        return f"({due_in_words(row.old_due_local, row.due_precision)})"
    return (row.new_due_text or row.old_due_text or "")[:16]
