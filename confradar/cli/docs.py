"""``confradar docs``: the site that says what the tables mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from confradar.docsite import Site


def docs(
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it, and follow each build.")
    ] = False,
    host: Annotated[str, typer.Option(help="The address to serve at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")
    ] = 8080,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder to write to; target/docs, unless it is only served.",
        ),
    ] = None,
) -> None:
    """Write the site of docs: every table and column, the lineage, accuracy, checks.

    Each page is one file that asks no other host for anything. With --serve it is shown
    at http://127.0.0.1:8080/ until Ctrl-C.
    """
    from confradar import docsite
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.settings import load_settings

    settings = load_settings()
    set_up(settings)
    folder = settings.root / "target" / "docs" if to is None and not serve else to
    reader = logins_of(settings).reader

    def make() -> "Site":
        site = docsite.build_site(settings, reader)
        if folder is not None:
            site.write(folder)
        if not site.is_built:
            typer.echo(
                "nothing is built yet: the docs tell what would be; "
                "confradar run --sample builds",
                err=True,
            )
        return site

    if not serve:
        make()
        typer.echo(f"docs written to {folder}; begin at {folder}/index.html")
        return
    from confradar import serving

    with serving.bound(host, port) as listening:
        docs = serving.Follower(
            lambda: docsite.what_is_stored(reader),
            lambda: serving.docs_of(
                {page.name: page.html for page in make().pages.values()}
            ),
            serving.SECONDS_BETWEEN_LOOKS,
        )
        docs.begin()
        serving.answer(
            listening,
            serving.application(serving.docs_routes(docs, "/")),
            lambda: typer.echo(f"docs at {serving.url_of(listening)} until Ctrl-C"),
        )
