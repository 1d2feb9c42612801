"""``confradar show``: one conference with every claim, its evidence and its source."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli import completion
from confradar.cli.options import AsJson, Timezone, Zone, zone_option
from confradar.wording import (
    due_in_words,
    what_in_words,
    zone_in_brief,
    zone_in_little,
    zone_in_words,
)

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from confradar.warehouse import Change, Claim, Conference, Deadline

    Deadlines: TypeAlias = Sequence[Deadline]
    Claims: TypeAlias = Sequence[Claim]
    Changes: TypeAlias = Sequence[Change]

_INDENT = " " * 4
_NARROW = 100  # columns below which there is room for one time of a deadline alone
# Of a longer passage the rest is in the page, and in --json.
_MAX_QUOTED_LINES = 3
_MAX_QUOTED = 4_000
_MAX_URL = 2_000


def show(
    conference: Annotated[
        list[str],
        typer.Argument(
            metavar="CONFERENCE",
            help="A conference key (neurips-2026), or an acronym, best with a year.",
            autocompletion=completion.conferences,
        ),
    ],
    timezone: Timezone = None,
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

    zone = zone_option(timezone)
    settings = load_settings()
    zone = zone or zone_option(settings.timezone)
    with reading(logins_of(settings).reader) as connection:
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
    _print(found, deadlines, claims, time, zone)
    _print_history(history, parts)


def _print(
    conference: "Conference",
    deadlines: "Deadlines",
    claims: "Claims",
    time: datetime,
    zone: Zone | None,
) -> None:
    from confradar.cli.marks import CONFLICT_STYLE, cell
    from confradar.cli.output import count, results

    console = results()
    title = conference.title or conference.conference_key
    console.print(cell(f"{title} ({conference.conference_key})", "bold"))
    for line in _facts(conference):
        console.print(cell(line))
    console.print()
    if not deadlines:
        console.print("No deadline of it is known.")
    else:
        console.print(_deadline_table(deadlines, time, zone, console.width))
    if any(_first(row) for row in deadlines):
        console.print("was: the date that was said first", style="dim")
    contested = [row for row in deadlines if row.has_conflict]
    if contested:
        console.print()
        console.print(
            f"! {count(len(contested), 'deadline')} on which sources differ: "
            f"{'; '.join(what_in_words(d.kind, d.track, d.round) for d in contested)}",
            style=CONFLICT_STYLE,
        )
    decided = [row for row in deadlines if row.decision_id is not None]
    if decided:
        console.print()
        console.print("What maintainers decided", style="bold")
        for row in decided:
            for line in decision_lines(row, console.width):
                console.print(line, soft_wrap=True)
    if claims:
        console.print()
        console.print("Who says so (* is believed)", style="bold")
        for line in claim_lines(claims, console.width):
            console.print(cell_of_claim(line), soft_wrap=True)


def decision_lines(row: "Deadline", width: int) -> Iterable[str]:
    """Yield what was decided of a deadline, by whom, when and why."""
    from confradar.readers.harmless import text_of

    when = f" on {row.decided_at:%Y-%m-%d}" if row.decided_at else ""
    yield (
        f"{what_in_words(row.kind, row.track, row.round)}: decision {row.decision_id}, "
        f"by {text_of(row.decided_by)}{when}"
    )
    yield from textwrap.wrap(
        text_of(row.decision_reason),
        width=width,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
    )


def cell_of_claim(line: str) -> "Text":
    """Return a line about claims, what is believed in bold and evidence dimmed."""
    from rich.text import Text

    if line.startswith("* "):
        return Text(line, style="bold")
    return Text(line, style="dim" if line.startswith(_INDENT) else "")


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


def _deadline_table(
    deadlines: "Deadlines", time: datetime, zone: Zone | None, width: int
) -> "Table":
    from confradar.cli.marks import cell, urgency, what_cell
    from confradar.cli.output import plain_table
    from confradar.instants import time_left

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
    table.add_column("deadline", overflow="fold")
    table.add_column("said by", overflow="fold")
    for row in deadlines:
        is_dated = row.due_at is not None and row.status != "tbd"
        is_withdrawn = row.status == "withdrawn"
        style = "dim" if is_withdrawn else urgency(row.due_at, time)
        wall = row.due_local or row.due_at
        cells = []
        if has_written:
            due = due_in_words(wall, row.due_precision) if wall else row.status
            cells += [cell(due, style), cell(zone_in(row) if is_dated else "")]
        if zone is not None:
            there = (
                row.due_at.astimezone(zone.info).strftime("%Y-%m-%d %H:%M")
                if row.due_at
                else row.status
            )
            cells.append(cell(there, style))
        cells += [
            cell(time_left(row.due_at, time) if row.due_at else "", style),
            what_cell(
                what_in_words(row.kind, row.track, row.round),
                has_conflict=row.has_conflict,
                was=_first(row),
                is_withdrawn=is_withdrawn,
            ),
            cell(_said_by(row)),
        ]
        table.add_row(*cells)
    return table


def _first(row: "Deadline") -> str | None:
    """Return the day that was said first, of a deadline that has moved."""
    from confradar.cli.marks import first_date

    if not row.extension_count:
        return None
    return first_date(row.due_at, row.due_local, row.original_due_at)


def _said_by(row: "Deadline") -> str:
    """Return the source that is believed, and how many of the others agree."""
    if row.claim_count == 1:
        return row.source_key or ""
    agreeing = f"{row.agreeing_claim_count} of {row.claim_count} agree"
    return f"{row.source_key}, {agreeing}"


def claim_lines(claims: "Claims", width: int) -> Iterable[str]:
    """Yield the claims about each deadline below one another, for comparison."""
    from confradar.readers.harmless import text_of

    names = max(len(claim.source_key) for claim in claims)
    dues = max(len(_due_of(claim)) for claim in claims)
    for _, same in groupby(claims, key=lambda c: (c.deadline_key, c.kind, c.track)):
        about = list(same)
        what = what_in_words(about[0].kind, about[0].track, about[0].round)
        yield text_of(what)
        for claim in about:
            yield " ".join(
                (
                    "*" if claim.is_winner else " ",
                    f"{claim.source_key:{names}} ",
                    f"{_due_of(claim):{dues}} ",
                    text_of(zone_in_words(claim)) if claim.due_local else "",
                )
            ).rstrip()
            yield from _evidence_lines(claim, width)


def _due_of(claim: "Claim") -> str:
    """Return the date as understood, or as written where it names none."""
    from confradar.readers.harmless import text_of

    if claim.due_local is None:
        return textwrap.shorten(text_of(claim.due_text), 24, placeholder="…")
    return due_in_words(claim.due_local, claim.due_precision)


def _evidence_lines(claim: "Claim", width: int) -> Iterable[str]:
    """Yield the passage, where it stands, and why it is not believed if it is not.

    An address is never broken, so that it can be opened.
    """
    from confradar.readers.harmless import text_of

    indent = _INDENT
    passage = text_of(claim.evidence, _MAX_QUOTED)
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
        yield indent + text_of(claim.source_url, _MAX_URL)
    reason = "" if claim.is_winner else f", {claim.rank_reason}"
    yield f"{indent}since {claim.seen_from:%Y-%m-%d}{reason}"
