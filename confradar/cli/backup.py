"""``confradar backup`` and ``confradar restore``: one file with all that matters."""

from pathlib import Path
from typing import Annotated

import typer

from confradar.wording import WAITING

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]


def backup(file: File) -> None:
    """Write documents, decisions, run records and marts into one file.

    As the user of DATABASE_URL. A backup of that name is replaced once the new one is
    complete. Passwords are not in it. A run that is at work is waited for.
    """
    from confradar.backups import back_up
    from confradar.database import logins_of
    from confradar.settings import load_settings

    back_up(logins_of(load_settings()), file, _tell_of_waiting)
    typer.echo(f"{file}: {file.stat().st_size / 1_000_000:,.1f} MB")


def restore(
    file: File,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Drop all of ConfRadar's that is there before."),
    ] = False,
) -> None:
    """Bring a backup back, with roles, grants and passwords as they are set here.

    As the user of DATABASE_URL, who needs to be allowed to create roles and schemas.
    The marts can be read at once; the next run makes all of them anew.
    """
    from confradar.backups import restore as bring_back
    from confradar.database import logins_of
    from confradar.settings import load_settings

    settings = load_settings()
    archive = bring_back(
        settings.root, logins_of(settings), file, _tell_of_waiting, replaces=replace
    )
    typer.echo(f"restored what there was on {archive.made_at}")


def _tell_of_waiting() -> None:
    typer.echo(WAITING, err=True)
