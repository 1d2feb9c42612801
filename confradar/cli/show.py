"""``confradar show``: one conference with every claim, its evidence and its source."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli.options import AsJson
from confradar.wording import (
    due_in_words,
    what_in_words,
    zone_in_brief,
    zone_in_words,
)

if TYPE_CHECKING:
    from rich.table import Table

    from confradar.warehouse import Change, Claim, Conference, Deadline

    Deadlines: TypeAlias = Sequence[Deadline]
    Claims: TypeAlias = Sequence[Claim]
    Changes: TypeAlias = Sequence[Change]

# Of a longer passage the rest is in the page, and in --json.
_MAX_QUOTED_LINES = 3


def show(
    conference: Annotated[
        list[str],
        typer.Argument(
            metavar="CONFERENCE",
            help="A conference key (neurips-2026), or an acronym, best with a year.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Show one conference: its deadlines, who says so, who disagrees, what moved."""
    from confradar.build_state import reference_time
    from confradar.cli.output import print_json
    from confradar.database import logins_of
    from confradar.settings import load_settings, now
    from confradar.warehouse import (
        ChangeFilter,
        changes,
        claims_of,
        deadlines_of,
        find_conference,
        parts_of,
        reading,
    )

    with reading(logins_of(load_settings()).reader) as connection:
        time = reference_time(connection, now())
        found = find_conference(connection, " ".join(conference), time)
        deadlines = deadlines_of(connection, found.conference_key)
        claims = claims_of(connection, found.conference_key)
        history = changes(
            connection,
            ChangeFilter(conference_key=found.conference_key, has_prunings=True),
        )
        parts = parts_of(connection, found.conference_key)
    if as_json:
        print_json(
            {
                "conference": asdict(found),
                "deadlines": [asdict(row) for row in deadlines],
                "claims": [asdict(row) for row in claims],
                "changes": [asdict(row) for row in history],
                "parts": parts,
            }
        )
        return
    _print(found, deadlines, claims, time)
    _print_history(history, parts)


def _print(
    conference: "Conference", deadlines: "Deadlines", claims: "Claims", time: datetime
) -> None:
    from confradar.cli.output import count, results

    console = results()
    title = conference.title or conference.conference_key
    console.print(f"{title} ({conference.conference_key})", style="bold")
    for line in _facts(conference):
        console.print(line)
    console.print()
    if not deadlines:
        console.print("No deadline of it is known.")
    else:
        console.print(_deadline_table(deadlines, time))
    contested = [row for row in deadlines if row.has_conflict]
    if contested:
        console.print()
        console.print(
            f"! {count(len(contested), 'deadline')} on which sources differ: "
            f"{'; '.join(what_in_words(d.kind, d.track, d.round) for d in contested)}",
            style="yellow",
        )
    if claims:
        console.print()
        console.print("Who says so (* is believed)", style="bold")
        for line in claim_lines(claims, console.width):
            typer.echo(line)


def _print_history(history: "Changes", parts: Sequence[str]) -> None:
    from confradar.cli.changes import change_table, legend
    from confradar.cli.output import results

    console = results()
    if history:
        console.print()
        console.print("What changed, the latest first", style="bold")
        console.print(change_table(history))
        for line in legend(history):
            console.print(line, style="dim")
    if parts:
        console.print()
        console.print(f"Parts with entries of their own: {', '.join(parts)}")


def _facts(conference: "Conference") -> list[str]:
    days = ""
    if conference.starts_on:
        days = conference.starts_on.isoformat()
        if conference.ends_on and conference.ends_on != conference.starts_on:
            days += f" to {conference.ends_on.isoformat()}"
    lines = [
        conference.full_name or "",
        ", ".join(part for part in (days, conference.place or "") if part),
        conference.homepage_url or "",
    ]
    return [line for line in lines if line]


def _deadline_table(deadlines: "Deadlines", time: datetime) -> "Table":
    from confradar.cli.output import plain_table
    from confradar.instants import time_left

    table = plain_table()
    table.add_column("due", no_wrap=True)
    table.add_column("zone", no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("deadline", overflow="fold")
    table.add_column("said by", overflow="fold")
    for row in deadlines:
        is_dated = row.due_at is not None and row.status != "tbd"
        wall = row.due_local or row.due_at
        table.add_row(
            due_in_words(wall, row.due_precision) if wall else row.status,
            zone_in_brief(row) if is_dated else "",
            time_left(row.due_at, time) if row.due_at else "",
            what_in_words(row.kind, row.track, row.round, row.has_conflict)
            + (" (withdrawn)" if row.status == "withdrawn" else ""),
            _said_by(row),
        )
    return table


def _said_by(row: "Deadline") -> str:
    """Return the source that is believed, and how many of the others agree."""
    if row.claim_count == 1:
        return row.source_key or ""
    agreeing = f"{row.agreeing_claim_count} of {row.claim_count} agree"
    return f"{row.source_key}, {agreeing}"


def claim_lines(claims: "Claims", width: int) -> Iterable[str]:
    """Yield the claims about each deadline below one another, for comparison."""
    names = max(len(claim.source_key) for claim in claims)
    dues = max(len(_due_of(claim)) for claim in claims)
    for _, same in groupby(claims, key=lambda c: (c.deadline_key, c.kind, c.track)):
        about = list(same)
        yield what_in_words(about[0].kind, about[0].track, about[0].round)
        for claim in about:
            yield " ".join(
                (
                    "*" if claim.is_winner else " ",
                    f"{claim.source_key:{names}} ",
                    f"{_due_of(claim):{dues}} ",
                    zone_in_words(claim) if claim.due_local else "",
                )
            ).rstrip()
            yield from _evidence_lines(claim, width)


def _due_of(claim: "Claim") -> str:
    """Return the date as understood, or as written where it names none."""
    if claim.due_local is None:
        return textwrap.shorten(claim.due_text, 24, placeholder="…")
    return due_in_words(claim.due_local, claim.due_precision)


def _evidence_lines(claim: "Claim", width: int) -> Iterable[str]:
    """Yield the passage, where it stands, and why it is not believed if it is not.

    An address is never broken, so that it can be opened.
    """
    indent = " " * 4
    passage = " ".join(claim.evidence.split())
    yield from textwrap.wrap(
        f"“{passage}”" if claim.evidence_start is not None else passage,
        width=width,
        initial_indent=indent,
        subsequent_indent=indent,
        max_lines=_MAX_QUOTED_LINES,
        placeholder=" …",
        break_on_hyphens=False,
    )
    if claim.source_url:
        yield indent + claim.source_url
    reason = "" if claim.is_winner else f", {claim.rank_reason}"
    yield f"{indent}since {claim.seen_from:%Y-%m-%d}{reason}"
