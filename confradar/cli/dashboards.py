"""``confradar dashboards``: the dashboards in Superset, on this machine."""

from typing import Annotated

import typer


def command(
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Of 127.0.0.1, to listen on.")
    ] = 8088,
) -> None:
    """Serve the dashboards with Superset until Ctrl-C.

    Installed by: make dashboards. Each start imports the dashboards of the checkout
    anew and overwrites what was changed in them.
    """
    from confradar.dashboards import USER, prepare, serve
    from confradar.settings import load_settings

    settings = load_settings()
    home = prepare(settings)
    typer.echo(f"Superset starts on http://127.0.0.1:{port}, in a minute or so")
    typer.echo(f"log in as {USER}; admin_password is in {home / 'place.json'}")
    serve(settings, home, port)
