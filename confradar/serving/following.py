"""What is shown follows the database, and says so when that is away."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from confradar.errors import ConfRadarError

log = logging.getLogger(__name__)

Shown = TypeVar("Shown")


class Follower(Generic[Shown]):
    """Holds what was made last, and makes it anew when a look finds another state.

    Looks happen in a thread of their own; whoever reads ``shown`` gets one whole value
    or the next one, and never waits.

    Args:
        look: tells the state that is shown, as a value that can be compared.
        make: makes what is shown of the present state.
        seconds: between two looks.
    """

    def __init__(
        self, look: Callable[[], object], make: Callable[[], Shown], seconds: float
    ) -> None:
        self.shown: Shown | None = None
        self.trouble: str | None = None
        self._look = look
        self._make = make
        self._seconds = seconds
        self._seen: object = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def begin(self) -> None:
        """Make what is shown for the first time, and go on looking until ``stop``.

        Raises:
            ConfRadarError: it cannot be made.
        """
        self._seen = self._look()
        self.shown = self._make()
        self.start()

    def refresh(self) -> None:
        """Look once; what went wrong is in ``trouble`` until a look goes well."""
        try:
            found = self._look()
            if self.shown is None or found != self._seen:
                self.shown = self._make()
                self._seen = found
        except ConfRadarError as error:
            if self.trouble is None:
                log.error("what is shown cannot be brought up to date: %s", error)
            self.trouble = str(error)
        else:
            if self.trouble is not None:
                log.info("what is shown is up to date again")
            self.trouble = None

    def start(self) -> None:
        """Look every so often from now on, until ``stop``."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that goes on, if one does."""
        self._ending.set()

    def _follow(self) -> None:
        self.refresh()
        while not self._ending.wait(self._seconds):
            self.refresh()
