"""``confradar build`` and ``confradar dbt``: dbt with the right environment."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import typer

from confradar.errors import CalledWronglyError

PASS_THROUGH = {
    "allow_extra_args": True,
    "help_option_names": [],
    "ignore_unknown_options": True,
}

# These ask the server nothing, so none is started for them.
_WITHOUT_DATABASE = frozenset({"clean", "deps", "init", "list", "ls", "parse"})


# These write what readers see: one at a time, as in confradar run.
_WRITING = frozenset({"build", "clone", "retry", "run", "seed", "snapshot"})


def build(context: typer.Context) -> None:
    """Build the marts from what is stored: dbt build, with dbt's own arguments."""
    _call(["build", *context.args])


def dbt(context: typer.Context) -> None:
    """Pass any command through to dbt, with project, profile and database set."""
    _call(context.args)


def _call(arguments: Sequence[str]) -> None:
    """Let dbt work and print in this process.

    Raises:
        CalledWronglyError: dbt does not know such a command or option.
        typer.Exit: dbt failed.
    """
    from confradar.build_state import only_writer
    from confradar.building import invoke
    from confradar.database import database_url
    from confradar.migrating import migrate
    from confradar.running import prepare_raw
    from confradar.settings import load_settings, prepare_environment

    settings = load_settings()
    words = [word for word in arguments if not word.startswith("-")]
    needs_database = bool(words) and words[0] not in _WITHOUT_DATABASE
    url = database_url(settings) if needs_database else None
    prepare_environment(settings, url)
    with ExitStack() as stack:
        if url is not None and words[0] in _WRITING:
            stack.enter_context(only_writer(url, _tell_of_waiting))
            if words[0] == "build":
                prepare_raw(settings, url)
            else:
                migrate(settings.root, url)
        result = invoke([*arguments, *_places(arguments, words, settings.root)])
    if type(result.exception).__name__ == "DbtUsageException":
        raise CalledWronglyError(f"dbt: {result.exception}", "confradar dbt --help")
    if not result.success:
        raise typer.Exit(1)


def _tell_of_waiting() -> None:
    typer.echo("another run is at work on this database: waiting for it", err=True)


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
