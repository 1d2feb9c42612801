"""``confradar db``: the embedded PostgreSQL, or what DATABASE_URL names."""

import os
import shutil
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from confradar.cli.options import AsJson
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.roles import Role
from confradar.wording import WAITING

if TYPE_CHECKING:
    from confradar.settings import Settings

app = typer.Typer(
    help="The embedded PostgreSQL: start, stop, look at and reset it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class LoginName(StrEnum):
    """A role, as it is typed."""

    LOADER = "loader"
    TRANSFORMER = "transformer"
    READER = "reader"


_OWN = "DATABASE_URL names an own server: there is nothing to {} here"


@app.command()
def start() -> None:
    """Start the embedded database unless it runs, with its raw tables in place."""
    from confradar.database import EmbeddedServer, logins_of
    from confradar.migrating import ensure_migrated
    from confradar.running import prepare_raw

    settings = _settings()
    if settings.own_url is not None:
        typer.echo(_OWN.format("start"), err=True)
        return
    server = EmbeddedServer(settings.home)
    logins = logins_of(settings)
    ensure_migrated(settings.root, logins)
    # Plain dbt is to work from here on: its models read the raw tables of all families.
    prepare_raw(settings, logins)
    found = server.status()
    typer.echo(f"PostgreSQL {found.version} runs on {found.host}:{found.port}")


@app.command()
def migrate() -> None:
    """Prepare an own server: tables of the app, schemas, roles, grants, passwords.

    As the user of DATABASE_URL, who needs to be allowed to create roles and schemas.
    To do it again does no harm: it also hands over what another user built by hand. The
    embedded server is prepared by the commands that need it.
    """
    from confradar.build_state import only_writer
    from confradar.database import logins_of
    from confradar.migrating import migrate as apply
    from confradar.migrating import newest_version, plan_of

    settings = _settings()
    logins = logins_of(settings)
    with only_writer(logins.owner.url, _tell_of_waiting):
        is_changed = apply(settings.root, plan_of(logins), thoroughly=True)
    words = "brought to" if is_changed else "already at"
    typer.echo(f"the database is {words} version {newest_version(settings.root)}")


@app.command()
def stop() -> None:
    """Stop the embedded database and end its sessions; the data stay."""
    from confradar.database import EmbeddedServer

    settings = _settings()
    if settings.own_url is not None:
        typer.echo(_OWN.format("stop"), err=True)
        return
    has_run = EmbeddedServer(settings.home).stop()
    typer.echo("stopped" if has_run else "it was not running")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say which database is in use and how it is; starts nothing."""
    from confradar.database import EmbeddedServer, own_server_status

    settings = _settings()
    found: dict[str, Any]
    if settings.own_url is not None:
        found = {"kind": "own", **asdict(own_server_status(settings.own_url))}
    else:
        found = {"kind": "embedded", **asdict(EmbeddedServer(settings.home).status())}

    from confradar.cli.output import plain_table, print_json, results

    if as_json:
        print_json(found)
        return
    table = plain_table("", "")
    table.show_header = False
    for name, value in found.items():
        if value not in (None, ""):
            table.add_row(name.replace("_", " "), _text(name, value))
    results().print(table, soft_wrap=True)


As = Annotated[
    LoginName | None,
    typer.Option(
        "--as", help="As this role, whose password is set, and not the server's user."
    ),
]


@app.command()
def url(role: As = None) -> None:
    """Print the URL that psql, dlt and BI tools take.

    It holds the password. The embedded database is started if it does not run.
    """
    typer.echo(_url(role))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def psql(context: typer.Context, role: As = None) -> None:
    """Open psql on the database; arguments are its own.

    For example: confradar db psql -c 'select 1'
    """
    from confradar.database.programs import connection_of

    connection = connection_of(_url(role))
    program = _psql()
    arguments = [program, "--dbname", connection.place, *context.args]
    sys.stdout.flush()
    os.execve(program, arguments, connection.environment)  # noqa: S606


@app.command()
def reset(
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Delete without asking.")
    ] = False,
) -> None:
    """Delete all data, after asking; the URL stays the same."""
    from confradar.database import EmbeddedServer

    settings = _settings()
    if settings.own_url is not None:
        raise ConfRadarError(
            "DATABASE_URL names an own server, which is never emptied from here",
            "unset it to reset the embedded database",
        )
    server = EmbeddedServer(settings.home)
    if not yes:
        if not sys.stdin.isatty():
            raise CalledWronglyError(
                "db reset deletes all data, and there is no terminal to ask on",
                "add --yes if that is meant",
            )
        place = server.status().data_directory
        if not typer.confirm(f"Delete the database in {place} with all its history?"):
            typer.echo("nothing was deleted")
            raise typer.Exit(1)
    server.reset()
    typer.echo("the embedded database is empty; the next command makes a new one")


def _url(name: LoginName | None) -> str:
    """Return the URL with the login that is meant.

    Raises:
        CalledWronglyError: it has no password.
    """
    from confradar.database import database_url, logins_of

    settings = _settings()
    if name is None:
        return database_url(settings)
    role = Role[name.name]
    if role not in settings.passwords:
        raise CalledWronglyError(
            f"{role} has no password here",
            f"set CONFRADAR_{role.name}_PASSWORD, then run confradar db migrate",
        )
    logins = logins_of(settings)
    by_role = {
        Role.LOADER: logins.loader,
        Role.TRANSFORMER: logins.transformer,
        Role.READER: logins.reader,
        Role.SCHEDULER: logins.scheduler,
        Role.NOTIFIER: logins.notifier,
    }
    return by_role[role].url


def _tell_of_waiting() -> None:
    typer.echo(WAITING, err=True)


def _settings() -> "Settings":
    from confradar.settings import load_settings

    return load_settings()


def _psql() -> str:
    """Return the wheel's psql, or the one on the PATH.

    Raises:
        ConfRadarError: there is neither.
    """
    from confradar.database.installation import find_installation

    on_path = shutil.which("psql")
    try:
        program = find_installation().program("psql")
        if program.is_file():
            return str(program)
    except ConfRadarError:
        if on_path is None:
            raise
    if on_path is None:
        raise ConfRadarError("there is no psql", "install PostgreSQL's client")
    return on_path


def _text(name: str, value: object) -> str:
    if name == "size_bytes" and isinstance(value, int):
        return f"{value / 1_000_000:,.1f} MB"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
