"""``confradar conflicts``: on which deadlines sources differ, and who is believed."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
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
    format_option,
    selection_option,
)
from confradar.instants import time_left
from confradar.wording import due_in_words, what_in_words

if TYPE_CHECKING:
    from confradar.warehouse import Conflict

    Conflicts: TypeAlias = Sequence[Conflict]

INDENT = " " * 4
MAX_SAID = 2_000
_WIDE = 100  # columns from which on the time left is shown, too


def conflicts(
    areas: Areas = None,
    ranks: Ranks = None,
    kinds: Kinds = None,
    series: Series = None,
    search: Search = None,
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
    from confradar.readers import Selection
    from confradar.readers.rows import of_conflict
    from confradar.settings import load_settings, now

    output = format_option(output, as_json=as_json)
    wanted = selection_option(
        areas=areas, ranks=ranks, kinds=kinds, series=series, search=search
    )
    selects = wanted != Selection()
    if limit is None and output is Format.TABLE:
        limit = TABLE_LIMIT
    with warehouse.reading(logins_of(load_settings()).reader) as connection:
        time = reference_time(connection, now())
        found = warehouse.conflicts(
            connection,
            warehouse.ConflictFilter(
                after=None if has_past else time,
                min_days=min_days,
                limit=None if limit is None or selects else limit + 1,
            ),
        )
        if selects:
            found = [row for row in found if wanted.has(of_conflict(row))]
        wants_area = wanted.areas and not found
        known = warehouse.known_areas(connection) if wants_area else []
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
            if known:
                typer.echo(f"areas that are known: {', '.join(known)}", err=True)
            if limit is not None and len(found) > limit:
                typer.echo(f"more follow: --limit shows them (now {limit})", err=True)


def _print(found: "Conflicts", time: datetime) -> None:
    from rich.text import Text

    from confradar.cli.marks import CONFLICT_STYLE, urgency
    from confradar.cli.output import results

    console = results()
    when = time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if not found:
        console.print(f"No conflict that was asked for, as of {when}.")
        return
    console.print(f"Deadlines on which sources differ, as of {when}", style="bold")
    lefts = _lefts(found, time) if console.width >= _WIDE else None
    heads = _heads(found, lefts)
    for row, (due, between, what) in zip(found, heads, strict=True):
        line = Text(due, style=urgency(row.winning_due_at, time))
        line.append(between, style=CONFLICT_STYLE).append(what, style="bold")
        console.print(line, soft_wrap=True)
        for below in _below(row, console.width):
            console.print(below, soft_wrap=True)


def conflict_lines(found: "Conflicts", width: int) -> Iterable[str]:
    """Yield for each conflict what is believed, and below who says what instead."""
    for row, parts in zip(found, _heads(found), strict=True):
        yield "".join(parts)
        yield from _below(row, width)


def _heads(
    found: "Conflicts", lefts: Sequence[str] | None = None
) -> list[tuple[str, str, str]]:
    """Return the first line of each: when, how far apart, and what is due.

    With ``lefts`` also what is left of the time.
    """
    from confradar.readers.harmless import text_of

    dues = [
        due_in_words(row.due_local or row.winning_due_at, row.due_precision)
        for row in found
    ]
    aparts = [f"{_apart(row)} apart" for row in found]
    heads = []
    for number, row in enumerate(found):
        due = f"{dues[number]:{max(map(len, dues))}}"
        if lefts is not None:
            due += f"  {lefts[number]:>{max(map(len, lefts))}}"
        conference = row.title or row.conference_key
        what = what_in_words(row.kind, row.track, row.round)
        heads.append(
            (
                due,
                f"  {aparts[number]:>{max(map(len, aparts))}}  ",
                text_of(f"{conference}, {what}"),
            )
        )
    return heads


def _lefts(found: "Conflicts", time: datetime) -> list[str]:
    lefts = [time_left(row.winning_due_at, time) for row in found]
    return [left if left == "passed" else f"{left} left" for left in lefts]


def _below(row: "Conflict", width: int) -> list[str]:
    """Return who says what instead, and why that is not believed."""
    from confradar.readers.harmless import text_of

    said = f"says {row.winning_source_key}; {row.dissenting_claims}"
    return textwrap.wrap(
        text_of(said, MAX_SAID) + (f" ({row.reason})" if row.reason else ""),
        width=width,
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_on_hyphens=False,
    )


def _apart(row: "Conflict") -> str:
    days = round(row.days_apart)
    return f"{days:,}d" if days else f"{max(1, round(row.days_apart * 24))}h"
