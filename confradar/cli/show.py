"""``confradar show``: one conference with every claim, its evidence and its source."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from confradar.cli.options import AsJson
from confradar.cli.wording import due_in_words, what_in_words, zone_in_words

if TYPE_CHECKING:
    from rich.table import Table

    from confradar.warehouse import Claim, Conference, Deadline

    Deadlines: TypeAlias = Sequence[Deadline]
    Claims: TypeAlias = Sequence[Claim]


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
    """Show one conference: its deadlines, who says so, and who disagrees."""
    from confradar.build_state import reference_time
    from confradar.cli.output import print_json
    from confradar.database import database_url
    from confradar.settings import load_settings, now
    from confradar.warehouse import (
        claims_of,
        deadlines_of,
        find_conference,
        reading,
    )

    with reading(database_url(load_settings())) as connection:
        time = reference_time(connection, now())
        found = find_conference(connection, " ".join(conference), time)
        deadlines = deadlines_of(connection, found.conference_key)
        claims = claims_of(connection, found.conference_key)
    if as_json:
        print_json(
            {
                "conference": asdict(found),
                "deadlines": [asdict(row) for row in deadlines],
                "claims": [asdict(row) for row in claims],
            }
        )
        return
    _print(found, deadlines, claims, time)


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
        for claim in claims:
            _print_claim(claim)


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
            zone_in_words(row) if is_dated else "",
            time_left(row.due_at, time) if row.due_at else "",
            what_in_words(row.kind, row.track, row.round, row.has_conflict)
            + (" (withdrawn)" if row.status == "withdrawn" else ""),
            f"{row.source_key}, {row.agreeing_claim_count} of {row.claim_count} agree",
        )
    return table


def _print_claim(claim: "Claim") -> None:
    """Print a claim in two or three lines: long links are not to be broken."""
    mark = "*" if claim.is_winner else " "
    written = " ".join(part for part in (claim.due_text, claim.timezone_text) if part)
    instant = (
        claim.due_at.strftime("%Y-%m-%d %H:%M:%S UTC") if claim.due_at else "no instant"
    )
    what = what_in_words(claim.kind, claim.track, claim.round)
    typer.echo(f'{mark} {what}: {claim.source_key} writes "{written}", {instant}')
    if claim.label_text:
        typer.echo(f'    label "{claim.label_text}"')
    if claim.rank_reason and not claim.is_winner:
        typer.echo(f"    {claim.rank_reason}")
    typer.echo(
        f"    since {claim.seen_from:%Y-%m-%d}"
        + (f", {claim.source_url}" if claim.source_url else "")
    )
