"""One request at a time to a host, and none sooner than its pace allows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Host:
    """One host during a run; times are those of ``monotonic``, in seconds."""

    def __init__(
        self,
        pace: float,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
    ) -> None:
        """Let the first request go at once, and each after ``pace`` seconds."""
        self._delay = pace
        self._sleep = sleep
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._next_at = float("-inf")
        self._closed_until = float("-inf")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn; the block is the request, all of it."""
        with self._turn:
            wait = self._next_at - self._monotonic()
            if wait > 0:
                self._sleep(wait)
            self._next_at = self._monotonic() + self._delay
            yield

    def slow_down(self, delay: float) -> None:
        """Leave at least ``delay`` seconds between requests from now on."""
        self._delay = max(self._delay, delay)
        self._rest_until(self._monotonic() + delay)

    def rest(self, seconds: float) -> None:
        """Send nothing for so long; who wants to waits for it."""
        self._rest_until(self._monotonic() + seconds)

    def close(self, seconds: float) -> None:
        """Refuse all requests for so long; nobody waits for it."""
        self._closed_until = self._monotonic() + seconds

    def closed_for(self) -> float:
        """Return for how many seconds more requests are refused, 0 if they are not."""
        return max(0.0, self._closed_until - self._monotonic())

    def _rest_until(self, moment: float) -> None:
        self._next_at = max(self._next_at, moment)


class Hosts:
    """All hosts of a run, each made when it is first needed."""

    def __init__(self, make: Callable[[], Host]) -> None:
        """Remember how a host is made."""
        self._make = make
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Host:
        """Return the host of this name."""
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = self._make()
            return self._hosts[name]
