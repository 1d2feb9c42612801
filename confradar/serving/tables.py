"""Tables as files, written when somebody asks for one."""

import logging

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from confradar.serving.answers import JSON, is_known
from confradar.serving.live import Live, LiveFile
from confradar.serving.marts import Marts
from confradar.serving.queries import query_of

log = logging.getLogger(__name__)

_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": JSON,
    "md": "text/markdown; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


class TableFiles:
    """Answers who takes whole tables away."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts
        self._writing = anyio.Lock()

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/files/{name}", self.file),
        ]

    async def file(self, request: Request) -> Response:
        """Answer with a table as a file; all are written when one is asked for."""
        query_of(request, ())
        name = request.path_params["name"]
        live = self._marts.current()
        async with self._writing:
            if name not in live.files:
                live.files.update(await self._written(live))
        if name not in live.files:
            raise HTTPException(404)
        found = live.files[name]
        headers = {"Cache-Control": "no-cache", "ETag": found.etag}
        if is_known(request.headers.get("if-none-match"), found.etag):
            return Response(status_code=304, headers=headers)
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        return FileResponse(found.path, media_type=kind, headers=headers)

    async def _written(self, live: Live) -> dict[str, LiveFile]:
        try:
            return await self._marts.ask(live.write_files)
        except OSError as error:
            log.error("the tables cannot be written", extra={"error": str(error)})
            raise HTTPException(503, "the tables cannot be written now") from None
