"""The root command: what every command shares, and what becomes of errors."""

import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from confradar.cli import (
    backup,
    build,
    changes,
    conflicts,
    dashboards,
    db,
    deadlines,
    decide,
    docs,
    doctor,
    extract,
    mf,
    notify,
    publish,
    run,
    serve,
    show,
    sources,
)
from confradar.errors import ConfRadarError
from ingestion.errors import IngestionError

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


@dataclass(slots=True)
class _Termination:
    """Ends a command on SIGTERM as Ctrl-C ends it; a second one adds nothing."""

    was_asked: bool = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Be told of the signal."""
        del number, frame
        if not self.was_asked:
            self.was_asked = True
            raise KeyboardInterrupt


@contextmanager
def _ended_by_sigterm() -> "Iterator[_Termination]":
    termination = _Termination()
    before = signal.signal(signal.SIGTERM, termination)
    try:
        yield termination
    finally:
        signal.signal(signal.SIGTERM, before)


class CommandLine(TyperGroup):
    """A group of commands that tells every expected error in one line on stderr."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 - as the method that is overridden
    ) -> NoReturn:
        """Run a command; leave with 0, 1 (failed), 2 (called wrongly), 130 or 143."""
        words = list(sys.argv[1:] if args is None else args)
        is_debugging = "--debug" in words[:1]
        with _ended_by_sigterm() as termination:
            try:
                code = super().main(
                    words,
                    prog_name,
                    complete_var,
                    standalone_mode=False,
                    windows_expand_args=windows_expand_args,
                    **extra,
                )
            except ConfRadarError as error:
                code = error.exit_code
                _tell(error.message, error.hint, is_debugging)
            except IngestionError as error:
                code = 1
                _tell(str(error), "", is_debugging)
            except typer.TyperException as error:
                code = error.exit_code
                _tell(error.format_message(), _usage_hint(error), is_debugging)
            except typer.Abort:
                code = 1
                typer.echo("nothing was changed", err=True)
            except KeyboardInterrupt:
                code = INTERRUPTED
        if code == INTERRUPTED:
            code = TERMINATED if termination.was_asked else INTERRUPTED
            typer.echo("stopped: what was done so far is kept", err=True)
        sys.exit(code if isinstance(code, int) else 0)


def _tell(message: str, hint: str, is_debugging: bool) -> None:
    if message.startswith("Usage:"):  # a group that was called without a command
        typer.echo(message, err=True)
        return
    if is_debugging:
        traceback.print_exc()
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    if hint:
        typer.echo(f"hint: {hint}", err=True)


def _usage_hint(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else ""


app = typer.Typer(
    name="confradar",
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"confradar {version('confradar')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What is due when at research conferences, who says so, and who disagrees.

    Exit codes: 0 done, 1 something failed, 2 called wrongly, 130 or 143 stopped by
    Ctrl-C or SIGTERM.
    """
    del debug, version  # the first is looked up before parsing, the second leaves
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


app.command("run", short_help="Load, build the marts, show what is next.")(run.run)
app.command("ingest", short_help="Only load what sources publish.")(run.ingest)
app.command("sources", short_help="List the sources and how they do.")(sources.sources)
app.command(
    "build",
    short_help="Run dbt build on what is stored.",
    context_settings=build.PASS_THROUGH,
)(build.build)
app.command(
    "dbt",
    short_help="Pass any command through to dbt.",
    context_settings=build.PASS_THROUGH,
)(build.dbt)
app.command(
    "mf",
    short_help="Ask for metrics: any command of MetricFlow.",
    context_settings=build.PASS_THROUGH,
)(mf.mf)
app.command("dashboards", short_help="Serve the dashboards with Superset.")(
    dashboards.command
)
app.add_typer(db.app, name="db", short_help="Manage the embedded PostgreSQL.")
app.command("deadlines", short_help="List the next deadlines.")(deadlines.deadlines)
app.command("changes", short_help="List what sources changed.")(changes.changes)
app.command("conflicts", short_help="List on what sources differ.")(conflicts.conflicts)
app.command("show", short_help="Show one conference with all its claims.")(show.show)
app.command("notify", short_help="Tell who subscribed: mail, chat, file.")(
    notify.notify
)
app.command("decide", short_help="Decide which date is believed, and why.")(
    decide.decide
)
app.command("extract", short_help="Read the dates of a page.")(extract.extract)
app.command("backup", short_help="Write everything that matters into one file.")(
    backup.backup
)
app.command("restore", short_help="Bring a backup back.")(backup.restore)
app.command("serve", short_help="Serve pages, calendars, feeds and JSON, live.")(
    serve.serve
)
app.command("docs", short_help="Write or serve the docs of all tables.")(docs.docs)
app.command("publish", short_help="Write pages for any web server to serve.")(
    publish.publish
)
app.command("doctor", short_help="Check what works, say what to do.")(doctor.doctor)
