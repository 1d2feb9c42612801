"""The site of docs, served beside the pages: files that are held in memory."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confradar.errors import ConfRadarError
from confradar.serving.answers import HTML, Answer
from confradar.serving.following import Follower

SECONDS_BETWEEN_LOOKS = 60.0
SECONDS_TO_MAKE = 600
# Each page says itself what it may run and show (docsite.pages); it is sent as well.
_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="([^"]*)"')

Docs = Mapping[str, Answer]


def docs_of(pages: Mapping[str, bytes]) -> Docs:
    """Return the answers of all pages by their names."""
    return {name: Answer(body, HTML, _policy_of(body)) for name, body in pages.items()}


def make_apart() -> Docs:
    """Let a process of its own write the docs: dbt needs a core for some seconds.

    Raises:
        ConfRadarError: it could not; the line that it said.
    """
    with tempfile.TemporaryDirectory(prefix="confradar-docs-") as folder:
        try:
            made = subprocess.run(
                [sys.executable, "-m", "confradar", "docs", "--to", folder],
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_TO_MAKE,
            )
        except subprocess.TimeoutExpired:
            raise ConfRadarError("the docs took too long to be made") from None
        if made.returncode != 0:
            lines = [line for line in made.stderr.splitlines() if "error: " in line]
            said = lines[-1].removeprefix("error: ") if lines else "no reason was given"
            raise ConfRadarError(f"the docs could not be made: {said}")
        return docs_of(
            {file.name: file.read_bytes() for file in Path(folder).glob("*.html")}
        )


def docs_routes(docs: Follower[Docs], at: str) -> list[Route]:
    """Return the routes of the docs below a path, which begins and ends in a slash."""

    async def page(request: Request) -> Response:
        name = request.path_params.get("name") or "index.html"
        if docs.shown is None:
            raise HTTPException(503, "the docs are being made")
        if name not in docs.shown:
            raise HTTPException(404)
        return docs.shown[name].response(request)

    return [Route(at, page), Route(at + "{name}", page)]


def _policy_of(page: bytes) -> str:
    found = _POLICY.search(page)
    return unescape(found[1].decode()) if found else "default-src 'none'"
