"""``confradar decide``: a maintainer's word on one deadline, with who, when and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from confradar.cli import completion
from confradar.cli.options import AsJson
from confradar.errors import CalledWronglyError
from confradar.kinds import Kind

if TYPE_CHECKING:
    import psycopg

    from confradar.database import Login
    from confradar.decisions import Decision, Slot, Verdict
    from confradar.settings import Settings


def decide(
    conference: Annotated[
        str | None,
        typer.Argument(
            metavar="CONFERENCE",
            help="neurips-2026, or 'NeurIPS 2026'.",
            autocompletion=completion.conferences,
        ),
    ] = None,
    kind: Annotated[
        Kind | None, typer.Argument(help="What is due; submission is the paper.")
    ] = None,
    track: Annotated[
        str, typer.Option(help="Which thing is due: main, workshop, poster…")
    ] = "main",
    round_number: Annotated[
        int, typer.Option("--round", min=1, help="The round, as confradar show has it.")
    ] = 1,
    due: Annotated[
        str | None,
        typer.Option(metavar="TIME", help='It is due then: "2026-05-03 23:59".'),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The zone of --due: AoE, UTC+2, PT…"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Believe what this source says of it."),
    ] = None,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="There is no such deadline any more.")
    ] = False,
    because: Annotated[
        str | None, typer.Option(metavar="WHY", help="The reason, for those who ask.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; else the account.")
    ] = None,
    revoke: Annotated[
        int | None, typer.Option(metavar="ID", help="Let a decision count no more.")
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List all decisions, the latest first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide which date is believed. It counts from the next build, until revoked.

    Nothing is ever deleted: a later decision on the same deadline replaces an earlier
    one, and --revoke ID brings back what counted before.
    """
    from confradar.database import logins_of
    from confradar.migrating import ensure_migrated
    from confradar.settings import load_settings, now, user_name

    given = [due is not None, source is not None, withdrawn]
    is_about_one = conference is not None or any(given)
    if sum((is_about_one, revoke is not None, list_all)) != 1:
        raise CalledWronglyError(
            "give a CONFERENCE and a KIND, or --list, or --revoke ID",
            "confradar decide --help",
        )
    if not list_all:
        because = _said(because, "--because", "every decision has its reason")
    who = _said(by, "--by", "give a name") if by is not None else user_name()
    settings = load_settings()
    logins = logins_of(settings)
    ensure_migrated(settings.root, logins)
    owner = logins.owner.url
    if list_all:
        _list(owner, as_json)
        return

    from confradar import decisions

    if revoke is not None:
        assert because is not None  # noqa: S101 - as checked above
        decisions.revoke(owner, revoke, because=because, by=who, at=now())
        typer.echo(f"decision {revoke} is revoked; {_BUILD}")
        return
    if conference is None or kind is None or sum(given) != 1:
        raise CalledWronglyError(
            "a decision needs a CONFERENCE, a KIND, and one of --due, --source and "
            "--withdrawn",
            "confradar decide --help",
        )
    verdict = _verdict(settings, due, timezone, source)
    slot = _slot(logins.reader, conference, kind, track, round_number, verdict)
    assert because is not None  # noqa: S101 - as checked above
    number = decisions.record(owner, slot, verdict, because=because, by=who, at=now())
    typer.echo(f"decision {number} on {slot.deadline_key} is recorded; {_BUILD}")


_BUILD = "confradar build makes the marts follow"


def _said(text: str | None, option: str, hint: str) -> str:
    if text is None or not text.strip():
        raise CalledWronglyError(f"{option} is missing or empty", hint)
    return text.strip()


def _verdict(
    settings: "Settings", due: str | None, timezone: str | None, source: str | None
) -> "Verdict":
    from confradar.decisions import Verdict, known_zone, parse_due
    from confradar.running import known_zone_labels

    if due is None:
        if timezone is not None:
            raise CalledWronglyError(
                "--timezone is that of --due", "give a date, or leave it out"
            )
        return Verdict(source_key=source)
    wall = parse_due(due)
    if timezone is None:
        raise CalledWronglyError(
            "--due needs --timezone: a wall time alone is no moment",
            "for example --timezone AoE",
        )
    labels = known_zone_labels(settings.root)
    return Verdict(due=wall, timezone_text=known_zone(timezone, labels))


def _slot(
    login: "Login",
    conference: str,
    kind: Kind,
    track: str,
    round_number: int,
    verdict: "Verdict",
) -> "Slot":
    """Return the deadline that is meant.

    Raises:
        UnknownConferenceError: no edition goes by the name; the hint has similar ones.
        CalledWronglyError: nobody speaks of the deadline, or not the source to believe.
    """
    from confradar.build_state import reference_time
    from confradar.decisions import Slot
    from confradar.settings import now
    from confradar.warehouse import deadlines_of, find_conference, reading

    with reading(login) as connection:
        time = reference_time(connection, now())
        key = find_conference(connection, conference, time).conference_key
        slot = Slot(key, track.strip().lower(), kind.value, round_number)
        known = [row.deadline_key for row in deadlines_of(connection, key)]
        if slot.deadline_key not in known:
            if verdict.due is None:
                raise CalledWronglyError(
                    f"nobody speaks of {slot.deadline_key}",
                    f"known are {', '.join(known)}"
                    if known
                    else "a date can be decided with --due",
                )
            typer.echo(
                f"note: no source speaks of {slot.deadline_key}; it becomes a deadline "
                "by this decision",
                err=True,
            )
        if verdict.source_key is not None:
            _check_source(connection, slot, verdict.source_key)
    return slot


def _check_source(
    connection: "psycopg.Connection", slot: "Slot", source_key: str
) -> None:
    from confradar.warehouse import claims_of

    speaking = sorted(
        {
            claim.source_key
            for claim in claims_of(connection, slot.conference_key)
            if claim.deadline_key == slot.deadline_key and not claim.is_superseded
        }
    )
    if source_key not in speaking:
        raise CalledWronglyError(
            f"{source_key} says nothing of {slot.deadline_key}",
            f"{', '.join(speaking)} do" if speaking else "no source does",
        )


def _list(url: str, as_json: bool) -> None:
    from dataclasses import asdict

    from confradar import decisions
    from confradar.cli.output import plain_table, print_json, results

    found = decisions.all_decisions(url)
    if as_json:
        print_json([asdict(row) for row in found])
        return
    if not found:
        typer.echo("nothing was decided yet", err=True)
        return
    table = plain_table("id")
    table.add_column("deadline", overflow="fold")
    for name in ("decided", "by", "on", "because", "state"):
        table.add_column(name)
    for row in found:
        table.add_row(
            str(row.decision_id),
            row.deadline_key,
            _verdict_in_words(row),
            row.decided_by,
            f"{row.decided_at:%Y-%m-%d}",
            row.reason,
            _state(row),
        )
    results().print(table)


def _verdict_in_words(row: "Decision") -> str:
    if row.verdict == "due":
        return f"{row.due_text} {row.timezone_text}"
    if row.verdict == "source":
        return f"as {row.believed_source_key} says"
    return "withdrawn"


def _state(row: "Decision") -> str:
    if row.revoked_at is not None:
        return (
            f"revoked by {row.revoked_by} on {row.revoked_at:%Y-%m-%d}: "
            f"{row.revocation_reason}"
        )
    return "in force" if row.is_in_force else "replaced by a later one"
