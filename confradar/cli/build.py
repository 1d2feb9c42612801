"""``confradar build`` and ``confradar dbt``: dbt with the right environment."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from confradar.errors import CalledWronglyError
from confradar.wording import WAITING

if TYPE_CHECKING:
    from confradar.database import Login, Logins
    from confradar.runs import RunRecord
    from confradar.settings import Settings

PASS_THROUGH = {
    "allow_extra_args": True,
    "help_option_names": [],
    "ignore_unknown_options": True,
}

# These ask the server nothing, so none is started for them.
_WITHOUT_DATABASE = frozenset({"clean", "deps", "init", "list", "ls", "parse"})


# These write what readers see: one at a time, as in confradar run.
_WRITING = frozenset({"build", "clone", "run", "seed", "snapshot"})


def build(context: typer.Context) -> None:
    """Build the marts from what is stored: dbt build, with dbt's own arguments."""
    _call(["build", *context.args])


def dbt(context: typer.Context) -> None:
    """Pass any command through to dbt, with project, profile and database set."""
    _call(context.args)


def _call(arguments: Sequence[str]) -> None:
    """Let dbt work and print in this process.

    Raises:
        CalledWronglyError: dbt does not know such a command or option, or it is one
            that marts which are published at once cannot have.
        typer.Exit: dbt failed.
    """
    from confradar.building import invoke
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.settings import load_settings, prepare_environment

    settings = load_settings()
    set_up(settings)
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["retry"]:
        raise CalledWronglyError(
            "a run of dbt that failed published nothing that a retry could go on from",
            "confradar build makes all of it",
        )
    needs_database = bool(words) and words[0] not in _WITHOUT_DATABASE
    logins = logins_of(settings) if needs_database else None
    prepare_environment(settings, None if logins is None else logins.transformer.url)
    with ExitStack() as stack:
        record = None
        if logins is not None and words[0] in _WRITING:
            record = stack.enter_context(_writing(settings, logins, words[0]))
        result = invoke([*arguments, *_places(arguments, words, settings.root)])
        if record is not None and logins is not None:
            _note(record, logins.transformer, result)
    if type(result.exception).__name__ == "DbtUsageException":
        raise CalledWronglyError(f"dbt: {result.exception}", "confradar dbt --help")
    if not result.success:
        raise typer.Exit(1)


@contextmanager
def _writing(
    settings: "Settings", logins: "Logins", command: str
) -> "Iterator[RunRecord]":
    """Be alone on a database that has what models read, and note what comes of it."""
    from confradar.build_state import only_writer
    from confradar.migrating import ensure_migrated
    from confradar.running import prepare_raw
    from confradar.runs import recorded
    from confradar.settings import now

    login = logins.transformer
    with only_writer(login.url, _tell_of_waiting):
        ensure_migrated(settings.root, logins)
        is_build = command == "build"
        with recorded(login, command if is_build else f"dbt {command}", now) as record:
            if is_build:
                prepare_raw(settings, logins)
            yield record


def _note(
    record: "RunRecord",
    login: "Login",
    result: Any,  # noqa: ANN401 - dbt has no types
) -> None:
    from confradar.building import report_of
    from confradar.checks import note_checks
    from confradar.sessions import session
    from confradar.settings import now

    if hasattr(result.result, "results"):
        report = report_of(result.result)
        record.note_build(report)
        with session(login.url) as connection:
            note_checks(connection, report.checks, now())
    elif not result.success:
        record.error = str(result.exception)


def _tell_of_waiting() -> None:
    typer.echo(WAITING, err=True)


def _places(
    arguments: Sequence[str], words: Sequence[str], root: Path
) -> Sequence[str]:
    """Return where project and profiles are, for a command that does not say so."""
    from confradar.building import places

    if not words or {"-h", "--help"} & set(arguments):
        return []
    given = {argument.partition("=")[0] for argument in arguments}
    project, project_dir, profiles, profiles_dir = places(root)
    return [
        *([] if project in given else [project, project_dir]),
        *([] if profiles in given else [profiles, profiles_dir]),
    ]
