"""Documents of JSON, one page of a list at a time: the API of programs."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TypeVar

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confradar.instants import parse_day, parse_instant
from confradar.readers import BadQueryError, Selection, selection_of
from confradar.readers.api import conference_json, series_items, source_items
from confradar.readers.documents import (
    change_document,
    deadline_document,
    in_zone,
    json_of,
    list_json,
    schemas,
)
from confradar.readers.openapi import PAGE_SIZE, openapi
from confradar.readers.rows import of_sight, of_upcoming
from confradar.readers.selection import PARAMETERS, one_value
from confradar.readers.snapshot import FEED_SPAN
from confradar.serving.answers import JSON, Answer
from confradar.serving.live import Live
from confradar.serving.marts import Marts
from confradar.serving.queries import OF_CHANGES, Query, page_of, query_of, zone_of
from confradar.warehouse import (
    Change,
    ChangeFilter,
    DeadlineFilter,
    changes,
    upcoming_deadlines,
)

MAX_CHANGES_ASKED = 20_000

Listed = TypeVar("Listed")


class Api:
    """Answers programs that ask for JSON."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
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
        ]

    async def description(self, request: Request) -> Response:
        """Answer with what programs may ask, as OpenAPI describes it."""
        query_of(request, ())
        return Answer(json_of(openapi(version("confradar"))), JSON).response(request)

    async def deadlines(self, request: Request) -> Response:
        """Answer with a page of deadlines, the next one first."""
        query = query_of(request, (*PARAMETERS, "tz", "as_of", "page"))
        live = self._marts.current()
        if one_value(query, "as_of") is not None:
            return (await self._known_once(live, query)).response(request)
        key = (request.url.path, request.url.query, live.passed(self._marts.now()))
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
            wanted = wanted.since(snapshot.now(self._marts.now()))
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
        rows = await self._marts.ask(
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
        live = self._marts.current()

        def make() -> Answer:
            body = list_json("deadlines", live.documents, live.snapshot.as_of)
            return Answer(body, JSON)

        return live.kept.get(request.url.path, make).response(request)

    async def conference_document(self, request: Request) -> Response:
        """Answer with an edition, all claims about it, and what moved."""
        query_of(request, ())
        key = request.path_params["key"].removesuffix(".json")

        def read(connection: psycopg.Connection) -> Answer:
            found = conference_json(connection, key)
            if found is None:
                raise HTTPException(404, f"there is no conference {key[:100]!r}")
            return Answer(found, JSON)

        return await self._marts.asked_once(request, self._marts.current(), read)

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
        live = self._marts.current()

        def read(connection: psycopg.Connection) -> Answer:
            body = list_json(name, items(connection), live.snapshot.as_of)
            return Answer(body, JSON)

        return await self._marts.asked_once(request, live, read)

    async def schema(self, request: Request) -> Response:
        """Answer with the JSON Schema of a document."""
        query_of(request, ())
        name = request.path_params["name"].removesuffix(".schema.json")
        found = schemas().get(name)
        if found is None:
            raise HTTPException(404)
        return Answer(json_of(found), JSON).response(request)

    async def history(self, request: Request) -> Response:
        """Answer with a page of changes, the last day first."""
        query = query_of(request, (*OF_CHANGES, "after", "before", "page"))
        live = self._marts.current()
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
        rows = await self._marts.ask(lambda connection: changes(connection, older))
        if len(rows) == MAX_CHANGES_ASKED:
            raise BadQueryError(
                "after", f"there are over {MAX_CHANGES_ASKED} changes: give `before`"
            )
        return _history(live, rows, wanted, query).response(request)


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


def _page_of(
    found: Sequence[Listed], query: Query
) -> tuple[Sequence[Listed], int, int]:
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
