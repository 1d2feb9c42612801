"""Routes of the readers: each answer is of one build, and made once for a question."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import TypeVar

import anyio
import anyio.to_thread
import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from confradar.database import Login
from confradar.instants import parse_day, parse_instant
from confradar.readers import (
    BadQueryError,
    Selection,
    addresses,
    pages,
    selection_of,
)
from confradar.readers.api import conference_json, series_items, source_items
from confradar.readers.atom import feed_of, feed_title
from confradar.readers.calendars import calendar_name, calendar_of
from confradar.readers.documents import (
    change_document,
    deadline_document,
    in_zone,
    json_of,
    list_json,
    schemas,
)
from confradar.readers.openapi import PAGE_SIZE, openapi
from confradar.readers.pages.times import ZONE_PARAMETER
from confradar.readers.rows import of_sight, of_upcoming
from confradar.readers.selection import PARAMETERS, one_value
from confradar.readers.snapshot import FEED_SPAN
from confradar.serving.answers import (
    ATOM,
    CALENDAR,
    FOR_EVER,
    HTML,
    JSON,
    Answer,
    is_known,
)
from confradar.serving.following import Follower
from confradar.serving.live import Clock, Live
from confradar.serving.queries import Query, alarm_of, page_of, query_of, zone_of
from confradar.warehouse import (
    Change,
    ChangeFilter,
    DeadlineFilter,
    changes,
    editions,
    reading,
    series_with,
    source_scores,
    upcoming_deadlines,
    visit_outcomes,
)

MAX_CHANGES_ASKED = 20_000
SECONDS_TO_WAIT = 10.0

Made = TypeVar("Made")

_OF_CHANGES = ("search", "area", "rank", "kind", "series")
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FILES = {
    "csv": "text/csv; charset=utf-8",
    "json": JSON,
    "md": "text/markdown; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_NOT_BUILT = "nothing is built yet: confradar run builds"


class Readers:
    """Answers what people ask of the marts.

    Args:
        live: the build that is shown.
        reader: who asks the database for what is not held.
        now: tells the time.
        pool_size: questions to the database at a time; others wait for their turn.
    """

    def __init__(
        self,
        live: Follower[Live | None],
        reader: Login,
        now: Clock,
        *,
        pool_size: int,
    ) -> None:
        self._live = live
        self._reader = reader
        self._now = now
        self._turns = anyio.CapacityLimiter(pool_size)
        self._writing = anyio.Lock()

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/healthz", self.health),
            Route("/api/v1/openapi.json", self.description),
            Route("/api/v1/deadlines", self.deadlines),
            Route("/api/v1/deadlines.json", self.all_deadlines),
            Route("/api/v1/history", self.history),
            Route("/api/v1/changes.json", self.history),
            Route("/api/v1/conferences/{key}", self.conference_document),
            Route("/api/v1/series", self.series_documents),
            Route("/api/v1/series.json", self.series_documents),
            Route("/api/v1/sources", self.source_documents),
            Route("/api/v1/sources.json", self.source_documents),
            Route("/api/v1/schemas/{name}", self.schema),
            Route("/files/{name}", self.file),
            Route("/calendar.ics", self.calendar),
            Route("/calendars/{path:path}", self.calendar_of_path),
            Route("/changes.atom", self.feed),
            Route("/changes/{name}", self.feed_of_area),
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

    def current(self) -> Live:
        """Return the build that is shown.

        Raises:
            HTTPException: there is none, or the database is away.
        """
        if self._live.trouble is not None:
            raise HTTPException(503)
        if self._live.shown is None:
            raise HTTPException(503, _NOT_BUILT)
        return self._live.shown

    async def ask(self, question: Callable[[psycopg.Connection], Made]) -> Made:
        """Return what the database answers, in a transaction of one build.

        Raises:
            HTTPException: too many ask at once.
        """

        def answer() -> Made:
            with reading(self._reader) as connection:
                return question(connection)

        try:
            with anyio.fail_after(SECONDS_TO_WAIT):
                await self._turns.acquire_on_behalf_of(answer)
        except TimeoutError:
            raise HTTPException(503, "too many ask at once, try again") from None
        try:
            return await anyio.to_thread.run_sync(answer)
        finally:
            self._turns.release_on_behalf_of(answer)

    # --- health ----------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Tell whether the database answers, and what is built there."""
        if self._live.trouble is not None:
            raise HTTPException(503)
        shown = self._live.shown
        return JSONResponse(
            {
                "status": "ok" if shown else _NOT_BUILT,
                "build": shown and shown.snapshot.build,
                "deadlines": len(shown.snapshot.deadlines) if shown else 0,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def description(self, request: Request) -> Response:
        """Answer with what programs may ask, as OpenAPI describes it."""
        query_of(request, ())
        return Answer(json_of(openapi(version("confradar"))), JSON).response(request)

    # --- deadlines as JSON -----------------------------------------------------------

    async def deadlines(self, request: Request) -> Response:
        """Answer with a page of deadlines, the next one first."""
        query = query_of(request, (*PARAMETERS, "tz", "as_of", "page"))
        live = self.current()
        if one_value(query, "as_of") is not None:
            return (await self._known_once(live, query)).response(request)
        key = (request.url.path, request.url.query, live.passed(self._now()))
        return live.kept.get(key, lambda: self._deadlines(live, query)).response(
            request
        )

    def _deadlines(self, live: Live, query: Query) -> Answer:
        snapshot = live.snapshot
        wanted = selection_of(query, snapshot.vocabulary)
        earliest = snapshot.earliest
        if wanted.after is not None and wanted.after < earliest:
            raise BadQueryError(
                "after",
                f"what was due before {earliest:%Y-%m-%d} is in files/deadlines.csv; "
                "as_of tells what was known on a day",
            )
        if wanted.after is None:
            wanted = wanted.since(snapshot.now(self._now()))
        length = page_of(query) * PAGE_SIZE
        first, total = snapshot.first_numbers(wanted, length)
        page, count = _page(total, query)
        shown = first[length - PAGE_SIZE :]
        zone = zone_of(query)
        items = [live.documents[number] for number in shown]
        if zone is not None:
            items = [
                in_zone(item, snapshot.deadlines[number].due_at, zone)
                for item, number in zip(items, shown, strict=True)
            ]
        body = list_json(
            "deadlines",
            items,
            snapshot.as_of,
            count=total,
            page=page,
            page_count=count,
        )
        return Answer(body, JSON)

    async def _known_once(self, live: Live, query: Query) -> Answer:
        """Return what was known on an earlier day, which the database tells."""
        for name in ("changed", "conflict"):
            if one_value(query, name):
                raise BadQueryError(name, "is not told of an earlier day")
        after, known_at = _moments(query)
        wanted = selection_of(query, live.snapshot.vocabulary)
        after = wanted.after or after
        rows = await self.ask(
            lambda connection: upcoming_deadlines(
                connection, DeadlineFilter(after=after, known_at=known_at)
            )
        )
        found = [row for row in rows if wanted.has(of_upcoming(row))]
        shown, page, count = _page_of(found, query)
        zone = zone_of(query)
        items = [json_of(deadline_document(row)) for row in shown]
        if zone is not None:
            items = [
                in_zone(item, row.due_at, zone)
                for item, row in zip(items, shown, strict=True)
            ]
        body = list_json(
            "deadlines", items, known_at, count=len(found), page=page, page_count=count
        )
        return Answer(body, JSON)

    async def all_deadlines(self, request: Request) -> Response:
        """Answer with all that readers show, as it is published as a file."""
        query_of(request, ())
        live = self.current()

        def make() -> Answer:
            body = list_json("deadlines", live.documents, live.snapshot.as_of)
            return Answer(body, JSON)

        return live.kept.get(request.url.path, make).response(request)

    # --- editions, series and sources as JSON ----------------------------------------

    async def conference_document(self, request: Request) -> Response:
        """Answer with an edition, all claims about it, and what moved."""
        query_of(request, ())
        key = request.path_params["key"].removesuffix(".json")

        def read(connection: psycopg.Connection) -> Answer:
            found = conference_json(connection, key)
            if found is None:
                raise HTTPException(404, f"there is no conference {key[:100]!r}")
            return Answer(found, JSON)

        return await self._asked_once(request, self.current(), read)

    async def series_documents(self, request: Request) -> Response:
        """Answer with all series."""
        query_of(request, ())
        return await self._list(request, "series", series_items)

    async def source_documents(self, request: Request) -> Response:
        """Answer with all sources."""
        query_of(request, ())
        return await self._list(request, "sources", source_items)

    async def _list(
        self,
        request: Request,
        name: str,
        items: Callable[[psycopg.Connection], list[bytes]],
    ) -> Response:
        live = self.current()

        def read(connection: psycopg.Connection) -> Answer:
            body = list_json(name, items(connection), live.snapshot.as_of)
            return Answer(body, JSON)

        return await self._asked_once(request, live, read)

    async def schema(self, request: Request) -> Response:
        """Answer with the JSON Schema of a document."""
        query_of(request, ())
        name = request.path_params["name"].removesuffix(".schema.json")
        found = schemas().get(name)
        if found is None:
            raise HTTPException(404)
        return Answer(json_of(found), JSON).response(request)

    # --- files -----------------------------------------------------------------------

    async def file(self, request: Request) -> Response:
        """Answer with a table as a file; all are written when one is asked for."""
        query_of(request, ())
        name = request.path_params["name"]
        live = self.current()
        async with self._writing:
            if name not in live.files:
                live.files.update(await self.ask(live.write_files))
        if name not in live.files:
            raise HTTPException(404)
        found = live.files[name]
        headers = {"Cache-Control": "no-cache", "ETag": found.etag}
        if is_known(request.headers.get("if-none-match"), found.etag):
            return Response(status_code=304, headers=headers)
        kind = _FILES.get(name.rpartition(".")[2], "application/octet-stream")
        return FileResponse(found.path, media_type=kind, headers=headers)

    # --- what moved, as JSON ---------------------------------------------------------

    async def history(self, request: Request) -> Response:
        """Answer with a page of changes, the last day first."""
        query = query_of(request, (*_OF_CHANGES, "after", "before", "page"))
        live = self.current()
        wanted = selection_of(query, live.snapshot.vocabulary)
        since = live.snapshot.as_of - FEED_SPAN
        if wanted.after is None or wanted.after >= since:
            key = (request.url.path, request.url.query)
            return live.kept.get(
                key,
                lambda: _history(live, live.snapshot.changes, wanted, query),
            ).response(request)
        older = ChangeFilter(
            since=wanted.after, until=wanted.before, limit=MAX_CHANGES_ASKED
        )
        rows = await self.ask(lambda connection: changes(connection, older))
        if len(rows) == MAX_CHANGES_ASKED:
            raise BadQueryError(
                "after", f"there are over {MAX_CHANGES_ASKED} changes: give `before`"
            )
        return _history(live, rows, wanted, query).response(request)

    # --- calendars and feeds ---------------------------------------------------------

    async def calendar(self, request: Request) -> Response:
        """Answer with a calendar of whatever is asked for."""
        query = query_of(request, (*PARAMETERS, "alarm"))
        live = self.current()

        def make() -> Answer:
            wanted = selection_of(query, live.snapshot.vocabulary)
            name = calendar_name(series=_words_of(query))
            events = live.events_at(live.snapshot.numbers(wanted))
            return Answer(calendar_of(name, events, alarm=alarm_of(query)), CALENDAR)

        key = ("calendar", request.url.query)
        return live.kept.get(key, make).response(request)

    async def calendar_of_path(self, request: Request) -> Response:
        """Answer with one of the calendars that are published as files."""
        query = query_of(request, ("alarm",))
        live = self.current()
        path = f"calendars/{request.path_params['path']}"
        if path not in live.calendars:
            raise HTTPException(404)

        def make() -> Answer:
            name, places = live.calendars[path]
            body = calendar_of(name, live.events_at(places), alarm=alarm_of(query))
            return Answer(body, CALENDAR)

        return live.kept.get((path, request.url.query), make).response(request)

    async def feed(self, request: Request) -> Response:
        """Answer with the feed of changes, of all or of what is asked for."""
        query = query_of(request, _OF_CHANGES)
        live = self.current()

        def make() -> Answer:
            wanted = selection_of(query, live.snapshot.vocabulary)
            path = addresses.changes_feed()
            if request.url.query:
                path += f"?{request.url.query}"
            return _feed(live, path, wanted, _words_of(query) or None)

        return live.kept.get(("feed", request.url.query), make).response(request)

    async def feed_of_area(self, request: Request) -> Response:
        """Answer with the feed of an area."""
        query_of(request, ())
        live = self.current()
        path = request.url.path.removeprefix("/")
        areas = {addresses.changes_feed(a): a for a in live.snapshot.vocabulary.areas}
        if path not in areas:
            raise HTTPException(404)
        area = areas[path]
        wanted = Selection(areas=frozenset({area.lower()}))
        return live.kept.get(path, lambda: _feed(live, path, wanted, area)).response(
            request
        )

    # --- pages -----------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        """Answer with the list of deadlines, of all or of what is asked for."""
        query = query_of(request, (*PARAMETERS, ZONE_PARAMETER))
        live = self.current()

        def make() -> Answer:
            wanted = selection_of(query, live.snapshot.vocabulary)
            return _answer(
                pages.index_page(
                    live.snapshot,
                    wanted,
                    now=live.snapshot.now(self._now()),
                    data=live.data,
                    zone=pages.zone_of(one_value(query, ZONE_PARAMETER)),
                    is_live=True,
                )
            )

        # Time left is told to the minute, and counted on by the page itself.
        minute = live.snapshot.now(self._now()).replace(second=0, microsecond=0)
        key = ("index", request.url.query, minute)
        return live.kept.get(key, make).response(request)

    async def month(self, request: Request) -> Response:
        """Answer with the calendar of a month."""
        query_of(request, ())
        live = self.current()
        path = request.url.path.removeprefix("/")
        now = live.snapshot.now(self._now())

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
        live = self.current()
        key = request.path_params["name"]

        def read(connection: psycopg.Connection) -> Answer:
            found = next(iter(editions(connection, [key])), None)
            if found is None:
                raise HTTPException(404)
            return _answer(pages.conference_page(found, live.setting))

        return await self._asked_once(request, live, read)

    async def series(self, request: Request) -> Response:
        """Answer with the page of a series."""
        query_of(request, ())
        live = self.current()
        key = request.path_params["name"]

        def read(connection: psycopg.Connection) -> Answer:
            found = next(iter(series_with(connection, [key])), None)
            if found is None:
                raise HTTPException(404)
            return _answer(pages.series_page(found, live.setting))

        return await self._asked_once(request, live, read)

    async def sources(self, request: Request) -> Response:
        """Answer with the page of all sources and how they do."""
        query_of(request, ())

        def read(connection: psycopg.Connection) -> Answer:
            page = pages.sources_page(
                source_scores(connection), visit_outcomes(connection)
            )
            return _answer(page)

        return await self._asked_once(request, self.current(), read)

    async def page(self, request: Request) -> Response:
        """Answer with a page that is made of the snapshot alone."""
        query_of(request, ())
        live = self.current()
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
        live = self.current()
        path = request.url.path.removeprefix("/")
        if path != live.data.path:
            raise HTTPException(404)
        return live.kept.get(
            path, lambda: Answer(live.data.body, JSON, max_age=FOR_EVER)
        ).response(request)

    async def _asked_once(
        self,
        request: Request,
        live: Live,
        question: Callable[[psycopg.Connection], Answer],
    ) -> Response:
        """Answer with what the database says, asked once for each build."""
        key = request.url.path
        found = live.kept.find(key)
        if found is None:
            found = live.kept.keep(key, await self.ask(question))
        return found.response(request)


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


def _history(
    live: Live, rows: Sequence[Change], wanted: Selection, query: Query
) -> Answer:
    found = [row for row in rows if wanted.has(of_sight(row))]
    shown, page, count = _page_of(found, query)
    body = list_json(
        "changes",
        [json_of(change_document(row)) for row in shown],
        live.snapshot.as_of,
        count=len(found),
        page=page,
        page_count=count,
    )
    return Answer(body, JSON)


def _feed(live: Live, path: str, wanted: Selection, title: str | None) -> Answer:
    body = feed_of(
        path,
        feed_title(title),
        live.entries_of(wanted),
        live.snapshot.as_of,
        site_url=live.site_url,
    )
    return Answer(body, ATOM)


def _page_of(found: Sequence[Made], query: Query) -> tuple[Sequence[Made], int, int]:
    """Return what is on the page that is asked for, its number, and how many there are.

    Raises:
        BadQueryError: there is no such page.
    """
    page, count = _page(len(found), query)
    start = (page - 1) * PAGE_SIZE
    return found[start : start + PAGE_SIZE], page, count


def _page(total: int, query: Query) -> tuple[int, int]:
    """Return the number of the page that is asked for, and how many there are.

    Raises:
        BadQueryError: there is no such page.
    """
    page = page_of(query)
    count = max(1, -(-total // PAGE_SIZE))
    if page > count:
        raise BadQueryError("page", f"there is no page {page}, the last one is {count}")
    return page, count


def _moments(query: Query) -> tuple[datetime, datetime]:
    """Return from when on deadlines are to come, and when they were known.

    A day is known as a whole, with what was seen on it.
    """
    text = one_value(query, "as_of") or ""
    day = parse_day(text)
    if day is not None:
        return day[0], day[1] - timedelta(microseconds=1)
    try:
        moment = parse_instant(text)
    except (ValueError, OverflowError):
        raise BadQueryError(
            "as_of", f"{text!r} is no date: give 2026-11-20 or 2026-11-20T23:59Z"
        ) from None
    return moment, moment


def _words_of(query: Query) -> str:
    """Return what was asked for, as part of a title."""
    values: Iterable[str] = (value for name in query for value in query[name])
    return ", ".join(value for value in values if value)
