"""``confradar publish``: pages, calendars, feeds and files for any web server."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from confradar.cli.options import AsJson, span_option
from confradar.errors import CalledWronglyError

_MANY = 8  # parts, from which on other processes are worth their start


def publish(
    to: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The folder to write to: empty, or written by publish before.",
        ),
    ],
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where the site will stand: https://deadlines.example."
        ),
    ] = None,
    alarm: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN", help="Let calendars ring so long before: 12h, 2d, 1w."
        ),
    ] = None,
    has_all: Annotated[
        bool,
        typer.Option(
            "--all",
            help="A page for every edition, also where there are over 20,000.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write what a researcher reads as a folder that any web server can serve.

    Files that did not change are not touched, those that are no longer made are
    removed, and an error leaves all of them as they were.
    """
    from dataclasses import asdict, replace

    from confradar.cli.output import count, print_json
    from confradar.database import Timeouts, logins_of
    from confradar.readers.parts import all_parts, publication_of
    from confradar.readers.publishing import publish as publish_all
    from confradar.settings import load_settings

    span = span_option(alarm, "--alarm")
    site_url = site_url_of(url)
    # What takes a reader at a screen too long is usual here: all claims are written.
    login = replace(logins_of(load_settings()).reader, timeouts=Timeouts(0, 0))
    publication = publication_of(login, site_url=site_url, alarm=span, has_all=has_all)
    producers = all_parts(publication)
    with _progress() as on_part:
        done = publish_all(
            to, publication, producers, processes=_processes(len(producers)),
            on_part=on_part,
        )  # fmt: skip
    if as_json:
        print_json({"folder": str(to), **asdict(done)})
        return
    removed = f", {done.removed:,} removed" if done.removed else ""
    typer.echo(
        f"published {count(done.files, 'file')} to {to}, "
        f"{done.changed:,} changed{removed}"
    )


def _processes(parts: int) -> int:
    return min(os.cpu_count() or 1, 4) if parts >= _MANY else 1


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far it is; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from confradar.cli.output import messages

    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=messages(), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def site_url_of(url: str | None) -> str | None:
    """Return the address of the site, with a slash at its end.

    Raises:
        CalledWronglyError: it is no address of a site.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_site = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_site = False
    if not is_site or parts.query or parts.fragment or "@" in parts.netloc:
        raise CalledWronglyError(
            f"--url {url!r} is no address of a site",
            "for example --url https://deadlines.example",
        )
    return f"{url.rstrip('/')}/"
