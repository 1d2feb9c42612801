"""``confradar serve``: what readers ask for, live from the marts."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="The address to serve at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")
    ] = 8000,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where readers find it, if that is elsewhere: links in calendars and "
            "feeds lead there.",
        ),
    ] = None,
    has_docs: Annotated[
        bool,
        typer.Option(
            "--docs/--no-docs", help="Also the docs of all tables, at /docs/."
        ),
    ] = True,
) -> None:
    """Serve pages, calendars, feeds, files and JSON, and follow each build.

    http://127.0.0.1:8000/ has the page; any filter of it is a query string, there and
    at /calendar.ics, /changes.atom and /api/v1/deadlines. It asks nobody who they are
    and sets no cookie. While the database is away, answers are 503.
    """
    from confradar import docsite, serving
    from confradar.cli.publish import site_url_of
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.settings import load_settings, now

    settings = load_settings()
    set_up(settings)
    site_url = site_url_of(url)
    reader = logins_of(settings).reader
    with serving.bound(host, port) as listening:
        live = serving.follow_builds(reader, site_url or serving.url_of(listening))
        live.begin()
        docs = serving.Follower(
            lambda: docsite.what_is_stored(reader),
            serving.make_apart,
            serving.SECONDS_BETWEEN_LOOKS,
        )
        if has_docs:
            docs.start()
        marts = serving.Marts(live, reader, now, pool_size=settings.pool_size)
        routes = serving.docs_routes(docs, "/docs/") if has_docs else []
        serving.answer(
            listening,
            serving.application([*routes, *serving.Readers(marts).routes()]),
            lambda: typer.echo(f"{serving.url_of(listening)} until Ctrl-C"),
        )
