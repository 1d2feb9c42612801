"""Calendars and feeds of changes: what programs of readers come back for."""

from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confradar.readers import Selection, addresses, selection_of
from confradar.readers.atom import feed_of, feed_title
from confradar.readers.calendars import calendar_name, calendar_of
from confradar.readers.selection import PARAMETERS
from confradar.serving.answers import ATOM, CALENDAR, Answer
from confradar.serving.live import Live
from confradar.serving.marts import Marts
from confradar.serving.queries import OF_CHANGES, Query, alarm_of, query_of


class Subscriptions:
    """Answers calendars and readers of feeds."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/calendar.ics", self.calendar),
            Route("/calendars/{path:path}", self.calendar_of_path),
            Route("/changes.atom", self.feed),
            Route("/changes/{name}", self.feed_of_area),
        ]

    async def calendar(self, request: Request) -> Response:
        """Answer with a calendar of whatever is asked for."""
        query = query_of(request, (*PARAMETERS, "alarm"))
        live = self._marts.current()

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
        live = self._marts.current()
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
        query = query_of(request, OF_CHANGES)
        live = self._marts.current()

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
        live = self._marts.current()
        path = request.url.path.removeprefix("/")
        areas = {addresses.changes_feed(a): a for a in live.snapshot.vocabulary.areas}
        if path not in areas:
            raise HTTPException(404)
        area = areas[path]
        wanted = Selection(areas=frozenset({area.lower()}))
        return live.kept.get(path, lambda: _feed(live, path, wanted, area)).response(
            request
        )


def _feed(live: Live, path: str, wanted: Selection, title: str | None) -> Answer:
    body = feed_of(
        path,
        feed_title(title),
        live.entries_of(wanted),
        live.snapshot.as_of,
        site_url=live.site_url,
    )
    return Answer(body, ATOM)


def _words_of(query: Query) -> str:
    """Return what was asked for, as part of a title."""
    values: Iterable[str] = (value for name in query for value in query[name])
    return ", ".join(value for value in values if value)
