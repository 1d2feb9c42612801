"""What answers are made of: the build that is held, and the database for the rest."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from confradar.database import Login
from confradar.serving.answers import Answer
from confradar.serving.following import Follower
from confradar.serving.live import Clock, Live
from confradar.warehouse import reading

SECONDS_TO_WAIT = 10.0
NOT_BUILT = "nothing is built yet: confradar run builds"

Made = TypeVar("Made")


class Marts:
    """The marts, as those see them who answer.

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
        self.now = now
        self._reader = reader
        self._turns = anyio.CapacityLimiter(pool_size)

    def shown(self) -> Live | None:
        """Return the build that is shown; None where nothing was built yet.

        Raises:
            HTTPException: the database is away.
        """
        if self._live.trouble is not None:
            raise HTTPException(503)
        return self._live.shown

    def current(self) -> Live:
        """Return the build that is shown.

        Raises:
            HTTPException: there is none, or the database is away.
        """
        live = self.shown()
        if live is None:
            raise HTTPException(503, NOT_BUILT)
        return live

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

    async def asked_once(
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
