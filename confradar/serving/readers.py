"""Routes of the readers: each answer is of one build, and made once for a question."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from confradar.serving.api import Api
from confradar.serving.marts import NOT_BUILT, Marts
from confradar.serving.pages import Pages
from confradar.serving.subscriptions import Subscriptions
from confradar.serving.tables import TableFiles


class Readers:
    """Answers what people and programs ask of the marts."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts

    def routes(self) -> list[Route]:
        """Return all routes."""
        groups = (
            Api(self._marts),
            TableFiles(self._marts),
            Subscriptions(self._marts),
            Pages(self._marts),
        )
        return [
            Route("/healthz", self.health),
            *(route for group in groups for route in group.routes()),
        ]

    async def health(self, request: Request) -> Response:
        """Tell whether the database answers, and what is built there."""
        shown = self._marts.shown()
        return JSONResponse(
            {
                "status": "ok" if shown else NOT_BUILT,
                "build": shown and shown.snapshot.build,
                "deadlines": len(shown.snapshot.deadlines) if shown else 0,
            },
            headers={"Cache-Control": "no-store"},
        )
