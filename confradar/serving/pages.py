"""Pages for people, and what pages load."""

from datetime import date

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confradar.readers import addresses, pages, selection_of
from confradar.readers.pages.times import ZONE_PARAMETER
from confradar.readers.selection import PARAMETERS, one_value
from confradar.serving.answers import FOR_EVER, HTML, JSON, Answer
from confradar.serving.marts import Marts
from confradar.serving.queries import query_of
from confradar.warehouse import editions, series_with, source_scores, visit_outcomes

_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Pages:
    """Answers people with pages."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/", self.index),
            Route("/index.html", self.index),
            Route("/month/{name}", self.month),
            Route("/conference/{name}.html", self.conference),
            Route("/series/{name}.html", self.series),
            Route("/sources.html", self.sources),
            Route("/{name}.html", self.page),
            Route("/assets/{name}", self.asset),
            Route("/data/{name}", self.data),
        ]

    async def index(self, request: Request) -> Response:
        """Answer with the list of deadlines, of all or of what is asked for."""
        query = query_of(request, (*PARAMETERS, ZONE_PARAMETER))
        live = self._marts.current()

        def make() -> Answer:
            wanted = selection_of(query, live.snapshot.vocabulary)
            return _answer(
                pages.index_page(
                    live.snapshot,
                    wanted,
                    now=live.snapshot.now(self._marts.now()),
                    data=live.data,
                    zone=pages.zone_of(one_value(query, ZONE_PARAMETER)),
                    is_live=True,
                )
            )

        # Time left is told to the minute, and counted on by the page itself.
        minute = live.snapshot.now(self._marts.now()).replace(second=0, microsecond=0)
        key = ("index", request.url.query, minute)
        return live.kept.get(key, make).response(request)

    async def month(self, request: Request) -> Response:
        """Answer with the calendar of a month."""
        query_of(request, ())
        live = self._marts.current()
        path = request.url.path.removeprefix("/")
        now = live.snapshot.now(self._marts.now())

        def make() -> Answer:
            if path == addresses.UNDATED:
                return _answer(pages.undated_page(live.snapshot))
            if path == addresses.MONTHS:
                return _answer(pages.month_page(live.snapshot, now=now))
            month = _month_of(request.path_params["name"])
            return _answer(pages.month_page(live.snapshot, month, now=now))

        key = (path, now.replace(second=0, microsecond=0))
        return live.kept.get(key, make).response(request)

    async def conference(self, request: Request) -> Response:
        """Answer with the page of an edition."""
        query_of(request, ())
        live = self._marts.current()
        key = request.path_params["name"]

        def read(connection: psycopg.Connection) -> Answer:
            found = next(iter(editions(connection, [key])), None)
            if found is None:
                raise HTTPException(404)
            return _answer(pages.conference_page(found, live.setting))

        return await self._marts.asked_once(request, live, read)

    async def series(self, request: Request) -> Response:
        """Answer with the page of a series."""
        query_of(request, ())
        live = self._marts.current()
        key = request.path_params["name"]

        def read(connection: psycopg.Connection) -> Answer:
            found = next(iter(series_with(connection, [key])), None)
            if found is None:
                raise HTTPException(404)
            return _answer(pages.series_page(found, live.setting))

        return await self._marts.asked_once(request, live, read)

    async def sources(self, request: Request) -> Response:
        """Answer with the page of all sources and how they do."""
        query_of(request, ())

        def read(connection: psycopg.Connection) -> Answer:
            page = pages.sources_page(
                source_scores(connection), visit_outcomes(connection)
            )
            return _answer(page)

        return await self._marts.asked_once(request, self._marts.current(), read)

    async def page(self, request: Request) -> Response:
        """Answer with a page that is made of the snapshot alone."""
        query_of(request, ())
        live = self._marts.current()
        path = request.url.path.removeprefix("/")

        def make() -> Answer:
            match path:
                case addresses.CHANGES_PAGE:
                    return _answer(pages.changes_page(live.snapshot))
                case addresses.READING:
                    return _answer(pages.reading_page())
                case addresses.SUBSCRIBE:
                    return _answer(
                        pages.subscribe_page(live.snapshot, site_url=live.site_url)
                    )
            raise HTTPException(404)

        return live.kept.get(path, make).response(request)

    async def asset(self, request: Request) -> Response:
        """Answer with what pages load; another content has another address."""
        path = request.url.path.removeprefix("/")
        found = pages.assets().get(path)
        if found is None:
            raise HTTPException(404)
        kind = _KINDS[path.rpartition(".")[2]]
        return Answer(found, kind, max_age=FOR_EVER).response(request)

    async def data(self, request: Request) -> Response:
        """Answer with the deadlines as the script of the page reads them."""
        live = self._marts.current()
        path = request.url.path.removeprefix("/")
        if path != live.data.path:
            raise HTTPException(404)
        return live.kept.get(
            path, lambda: Answer(live.data.body, JSON, max_age=FOR_EVER)
        ).response(request)


def _answer(page: pages.Page) -> Answer:
    return Answer(page.body, HTML, page.policy)


def _month_of(name: str) -> date:
    """Return the first day of the month that a file is of.

    Raises:
        HTTPException: the file is of none.
    """
    try:
        month = date.fromisoformat(name.removesuffix(".html") + "-01")
    except ValueError:
        raise HTTPException(404) from None
    if not 1990 <= month.year <= 2069:  # the calendar of dim_dates
        raise HTTPException(404)
    return month
