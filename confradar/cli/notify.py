"""``confradar notify``: tell who subscribed what is due and what changed, once."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from confradar.cli.options import AsJson
from confradar.errors import CalledWronglyError

if TYPE_CHECKING:
    from confradar.database import Login
    from confradar.notifying.ledger import UnsureMessage
    from confradar.notifying.telling import Report, Told
    from confradar.readers import Snapshot, Vocabulary
    from confradar.settings import Settings
    from confradar.warehouse import Change

STAND_IN = "https://not-set.invalid/"  # also where a secret is an address
WAITING = "another confradar notify is at work on this database: waiting for it"


def notify(
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Who is told what, in YAML; else what CONFRADAR_SUBSCRIPTIONS names.",
        ),
    ] = None,
    is_dry: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would go; send and note nothing."),
    ] = False,
    shows_unsure: Annotated[
        bool,
        typer.Option("--unsure", help="List what may have been told, or may not."),
    ] = False,
    is_again: Annotated[
        bool, typer.Option("--again", help="Tell what is unsure once more.")
    ] = False,
    is_settled: Annotated[
        bool, typer.Option("--settle", help="Count what is unsure as told.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell who subscribed what is due soon and what changed: mail, chat or file.

    Each event is told once. If the sender dies while a message is on its way, nobody
    knows whether it got through: it is not sent again, but listed by --unsure.
    """
    from confradar.settings import load_settings

    if sum((shows_unsure, is_again, is_settled)) > 1 or (
        is_dry and (shows_unsure or is_settled)
    ):
        raise CalledWronglyError(
            "--unsure, --again and --settle contradict each other, the first and the "
            "last also --dry-run",
            "give one of them",
        )
    settings = load_settings()
    if shows_unsure or is_settled:
        _look_at_unsure(settings, settles=is_settled, as_json=as_json)
        return
    report = _tell(settings, file, is_dry=is_dry, is_again=is_again)
    if as_json:
        _print_json(report, is_dry=is_dry)
    else:
        _print(report)
    _print_problems(report)
    if report.has_failed:
        raise typer.Exit(1)


def _tell(
    settings: "Settings", file: Path | None, *, is_dry: bool, is_again: bool
) -> "Report":
    from pydantic import SecretStr

    from confradar.database import logins_of
    from confradar.migrating import ensure_migrated
    from confradar.notifying.ledger import notes, only_teller
    from confradar.notifying.subscriptions import read_subscriptions
    from confradar.notifying.telling import Teller
    from confradar.settings import now, secret

    path = file or settings.subscriptions
    if path is None:
        raise CalledWronglyError(
            "nobody has subscribed: there is no file of subscriptions",
            "give --file or CONFRADAR_SUBSCRIPTIONS; docs/subscriptions.example.yml "
            "shows such a file",
        )
    logins = logins_of(settings)
    snapshot, changes, vocabulary = _facts(logins.reader)

    def secret_of(name: str) -> SecretStr | None:
        # What is not sent needs no secret: who tries a file may have none yet.
        return secret(settings, name) or (SecretStr(STAND_IN) if is_dry else None)

    said = read_subscriptions(path, vocabulary, secret_of)
    if not logins.is_own_server:
        ensure_migrated(settings.root, logins)
    url = logins.notifier.url
    opened = notes(url) if is_dry else only_teller(url, _tell_of_waiting)
    with opened as ledger:
        teller = Teller(
            said=said,
            snapshot=snapshot,
            changes=changes,
            ledger=ledger,
            clock=now,
            is_dry=is_dry,
        )
        return teller.tell(is_again=is_again)


def _facts(reader: "Login") -> "tuple[Snapshot, list[Change], Vocabulary]":
    """Return what the marts say, all of one build."""
    from confradar.notifying.events import WINDOW
    from confradar.readers import take_snapshot, whole_vocabulary
    from confradar.settings import now
    from confradar.warehouse import ChangeFilter, changes, reading

    with reading(reader) as connection:
        snapshot = take_snapshot(connection)
        since = snapshot.now(now()) - WINDOW
        found = changes(connection, ChangeFilter(since=since))
        return snapshot, found, whole_vocabulary(connection)


def _look_at_unsure(settings: "Settings", *, settles: bool, as_json: bool) -> None:
    from confradar.cli.output import count, print_json
    from confradar.database import logins_of
    from confradar.notifying.ledger import notes, only_teller
    from confradar.settings import now

    url = logins_of(settings).notifier.url
    with only_teller(url, _tell_of_waiting) if settles else notes(url) as ledger:
        unsure = ledger.unsure()
        if settles:
            ledger.settle(unsure, now())
    if as_json:
        name = "settled" if settles else "unsure"
        print_json({name: [_unsure_fields(one) for one in unsure]})
        return
    if not unsure:
        typer.echo("Nothing is unsure.")
    elif settles:
        typer.echo(f"{count(len(unsure), 'message')} now counts as told.")
    for one in unsure if not settles else ():
        typer.echo(
            f"{one.noted_at:%Y-%m-%d %H:%M} UTC  {one.subscription}, {one.channel}, "
            f"message {one.message_id}"
        )
        for summary in one.summaries:
            typer.echo(f"    {summary}")
    if unsure and not settles:
        hint = "--again tells them once more, --settle counts them as told"
        typer.echo(hint, err=True)


def _print(report: "Report") -> None:
    from confradar.cli.output import count
    from confradar.notifying.messages import plain_text
    from confradar.notifying.telling import State

    for first in report.begun:
        left_out = (
            f": {count(first.left_out_count, 'earlier event')} left out"
            if first.left_out_count
            else ""
        )
        place = f"{first.place.subscription}, {first.place.channel}"
        typer.echo(f"{place}: news begin here{left_out}")
    for one in report.told:
        place = f"{one.place.subscription}, {one.place.channel}"
        if one.state is State.WOULD_SEND:
            typer.echo(f"{place}: would send: {one.message.subject}")
            for line in plain_text(one.message).splitlines():
                typer.echo(f"    {line}".rstrip())
        elif one.state is State.SENT:
            events = count(len(one.message.items), "event")
            typer.echo(f"{place}: told {events}: {one.message.subject}")
    if not report.told:
        typer.echo("Nothing new to tell.")


def _print_problems(report: "Report") -> None:
    from confradar.cli.output import count
    from confradar.notifying.telling import State

    for error in report.errors:
        typer.echo(f"error: {error}", err=True)
    for one in report.told:
        place = f"{one.place.subscription}, {one.place.channel}"
        for error in one.errors:
            end = {
                State.FAILED: "; the next run tries again",
                State.UNSURE: "; it may have got through, and is not sent again",
            }.get(one.state, "")
            typer.echo(f"error: {place}: {error}{end}", err=True)
    if report.unsure:
        messages = count(len(report.unsure), "message")
        typer.echo(f"note: {messages} unsure: confradar notify --unsure", err=True)


def _print_json(report: "Report", *, is_dry: bool) -> None:
    from confradar.cli.output import print_json

    print_json(
        {
            "is_dry_run": is_dry,
            "begun": [
                {**first.place._asdict(), "left_out_count": first.left_out_count}
                for first in report.begun
            ],
            "messages": list(_message_fields(report.told)),
            "unsure": [_unsure_fields(one) for one in report.unsure],
            "errors": report.errors,
        }
    )


def _message_fields(told: "Sequence[Told]") -> Iterable[dict[str, object]]:
    for one in told:
        yield {
            **one.place._asdict(),
            "state": one.state,
            "message_id": one.message.message_id,
            "subject": one.message.subject,
            "events": [
                {"key": key, "text": item.text, "url": item.url}
                for key, item in zip(one.message.keys, one.message.items, strict=True)
            ],
            "errors": one.errors,
        }


def _unsure_fields(one: "UnsureMessage") -> dict[str, object]:
    return {
        "subscription": one.subscription,
        "channel": one.channel,
        "message_id": one.message_id,
        "noted_at": one.noted_at,
        "events": one.summaries,
    }


def _tell_of_waiting() -> None:
    typer.echo(WAITING, err=True)
