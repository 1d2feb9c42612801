"""``confradar conflicts``: on which deadlines sources differ, and who is believed."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
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
)
from confradar.kinds import Kind
from confradar.wording import due_in_words, what_in_words

if TYPE_CHECKING:
    from confradar.warehouse import Conflict

    Conflicts: TypeAlias = Sequence[Conflict]

INDENT = " " * 4


def conflicts(
    area: Area = None,
    rank: Rank = None,
    kind: Annotated[
        Kind | None, typer.Option(help="Only this kind; submission is the paper.")
    ] = None,
    min_days: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="DAYS",
            help="Only claims that lie so far apart; a day by default, 0 for all.",
        ),
    ] = None,
    has_past: Annotated[
        bool, typer.Option("--all", help="Also deadlines that have passed.")
    ] = False,
    output: OutputFormat = Format.TABLE,
    as_json: AsJson = False,
    limit: Limit = None,
) -> None:
    """List deadlines on which sources differ: who is believed, who says what instead.

    Those to come by any of the claims; confradar show tells every claim of one of them.
    """
    from confradar import warehouse
    from confradar.build_state import reference_time
    from confradar.cli.output import print_csv, print_json
    from confradar.database import logins_of
    from confradar.settings import load_settings, now

    output = format_option(output, as_json=as_json)
    if limit is None and output is Format.TABLE:
        limit = TABLE_LIMIT
    with warehouse.reading(logins_of(load_settings()).reader) as connection:
        time = reference_time(connection, now())
        found = warehouse.conflicts(
            connection,
            warehouse.ConflictFilter(
                after=None if has_past else time,
                area=area,
                rank=rank,
                kind=kind,
                min_days=min_days,
                limit=None if limit is None else limit + 1,
            ),
        )
        areas = warehouse.known_areas(connection) if area and not found else []
    shown = found[:limit]
    match output:
        case Format.JSON:
            rows = [asdict(row) for row in shown]
            print_json({"as_of": time, "conflicts": rows})
        case Format.CSV:
            names = [column.name for column in fields(warehouse.Conflict)]
            print_csv(names, map(asdict, shown))
        case Format.TABLE:
            _print(shown, time)
            if areas:
                typer.echo(f"areas that are known: {', '.join(areas)}", err=True)
            if len(found) > len(shown):
                typer.echo(f"more follow: --limit shows them (now {limit})", err=True)


def _print(found: "Conflicts", time: datetime) -> None:
    from confradar.cli.output import results

    console = results()
    when = time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if not found:
        console.print(f"No conflict that was asked for, as of {when}.")
        return
    console.print(f"Deadlines on which sources differ, as of {when}", style="bold")
    for line in conflict_lines(found, console.width):
        typer.echo(line)


def conflict_lines(found: "Conflicts", width: int) -> Iterable[str]:
    """Yield for each conflict what is believed, and below who says what instead."""
    dues = [
        due_in_words(row.due_local or row.winning_due_at, row.due_precision)
        for row in found
    ]
    aparts = [f"{_apart(row)} apart" for row in found]
    for row, due, apart in zip(found, dues, aparts, strict=True):
        conference = row.title or row.conference_key
        what = what_in_words(row.kind, row.track, row.round)
        yield (
            f"{due:{max(map(len, dues))}}  {apart:>{max(map(len, aparts))}}  "
            f"{conference}, {what}"
        )
        yield from textwrap.wrap(
            f"says {row.winning_source_key}; {row.dissenting_claims}"
            + (f" ({row.reason})" if row.reason else ""),
            width=width,
            initial_indent=INDENT,
            subsequent_indent=INDENT,
            break_on_hyphens=False,
        )


def _apart(row: "Conflict") -> str:
    days = round(row.days_apart)
    return f"{days:,}d" if days else f"{max(1, round(row.days_apart * 24))}h"
