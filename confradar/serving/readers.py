"""Routes of the readers: each answer is of one build, and made once for a question."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from confradar.database import Login
from confradar.serving.api import Api
from confradar.serving.following import Follower
from confradar.serving.live import Clock, Live
from confradar.serving.marts import NOT_BUILT, Marts
from confradar.serving.pages import Pages
from confradar.serving.subscriptions import Subscriptions
from confradar.serving.tables import TableFiles


class Readers:
    """Answers what people and programs ask of the marts.

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
        self._marts = Marts(live, reader, now, pool_size=pool_size)

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
        if self._live.trouble is not None:
            raise HTTPException(503)
        shown = self._live.shown
        return JSONResponse(
            {
                "status": "ok" if shown else NOT_BUILT,
                "build": shown and shown.snapshot.build,
                "deadlines": len(shown.snapshot.deadlines) if shown else 0,
            },
            headers={"Cache-Control": "no-store"},
        )
