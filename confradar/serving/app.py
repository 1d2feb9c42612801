"""The application: routes, and what goes wrong as one line."""

import logging
from collections.abc import Sequence
from html import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from confradar.errors import ConfRadarError
from confradar.readers import BadQueryError
from confradar.serving.guarding import Guard
from confradar.warehouse import UnknownConferenceError

log = logging.getLogger(__name__)

SECONDS_TO_RETRY = 30
_FOR_PROGRAMS = ("/healthz", ".ics", ".atom")
_WORDS = {
    404: "there is no such page",
    405: "this page is only read: GET or HEAD",
    503: "the database is away, try again in a while",
}


def application(routes: Sequence[BaseRoute]) -> ASGIApp:
    """Return what answers requests for these routes."""
    app = Starlette(
        routes=list(routes),
        exception_handlers={
            BadQueryError: _refuse,
            UnknownConferenceError: _not_found,
            ConfRadarError: _away,
            HTTPException: _tell,
        },
    )
    return Guard(app)


async def _refuse(request: Request, error: Exception) -> Response:
    parameter = error.parameter if isinstance(error, BadQueryError) else None
    return _line(request, 422, str(error), parameter=parameter)


async def _not_found(request: Request, error: Exception) -> Response:
    return _line(request, 404, str(error))


async def _away(request: Request, error: Exception) -> Response:
    # What the server says of itself is for the log: hosts and names of databases.
    log.error("%s could not be answered: %s", request.url.path, error)
    return _line(request, 503, _WORDS[503])


async def _tell(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else ""
    is_own = status == 503 and detail != "Service Unavailable"
    words = detail if is_own else _WORDS.get(status, detail)
    return _line(request, status, words)


def _line(
    request: Request, status: int, words: str, *, parameter: str | None = None
) -> Response:
    """Return an error as one line, in the form that the reader reads."""
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = str(SECONDS_TO_RETRY)
    line = " ".join(words.split())
    path = request.url.path
    if path.startswith(("/api/", "/files/")) or path.endswith(_FOR_PROGRAMS):
        body = {"error": line}
        if parameter is not None:
            body["parameter"] = parameter
        return JSONResponse(body, status, headers)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{status}</title><main><h1>{status}</h1><p>{escape(line)}</p>"
        f'<p><a href="/">All deadlines</a></p></main></html>\n',
        status,
        headers,
    )
