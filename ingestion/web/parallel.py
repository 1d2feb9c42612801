"""Jobs of several hosts at once, those of one host one after the other.

A job that waits or reads should call ``pause`` and ``check``: so it ends soon when its
results are no longer wanted, as after Ctrl-C.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

# How long an abandoned job may take to notice it. Its thread is a daemon: if it hangs
# in a name server, it does not keep the process alive.
_PATIENCE = 2.0


class AbandonedError(Exception):
    """Raised within a job whose results are no longer wanted."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Something to do with one host."""

    host: str
    run: Callable[[], T]


class _Here(threading.local):
    """Of each thread: what tells it that its job was abandoned."""

    abandoned: threading.Event | None = None


_here = _Here()


def check() -> None:
    """Go on, or raise if this thread's job was abandoned.

    Raises:
        AbandonedError: it was.
    """
    if _here.abandoned is not None and _here.abandoned.is_set():
        raise AbandonedError


def pause(seconds: float) -> None:
    """Sleep, but not beyond the moment when this thread's job is abandoned.

    Raises:
        AbandonedError: it was.
    """
    if _here.abandoned is None:
        time.sleep(seconds)
    elif _here.abandoned.wait(seconds):
        raise AbandonedError


def side_by_side(
    jobs: Iterable[Job[T]], *, workers: int, window: int = 1000
) -> Iterator[T]:
    """Yield the results of all jobs, as they come.

    No job begins while its host has another under way. ``jobs`` is iterated in the
    caller's thread, ``window`` jobs ahead at most, and no job begins unless a result
    is asked for, so memory stays flat however many there are. Closing the iterator,
    or an interrupt while it waits, abandons what is under way.

    Raises:
        Exception: whatever a job raised.
    """
    results: SimpleQueue[tuple[str, T | None, BaseException | None]] = SimpleQueue()
    abandoned = threading.Event()

    def work(job: Job[T]) -> None:
        _here.abandoned = abandoned
        try:
            results.put((job.host, job.run(), None))
        except BaseException as error:  # raised where it is waited for
            results.put((job.host, None, error))

    waiting = _Waiting(iter(jobs), window)
    running: dict[str, threading.Thread] = {}
    try:
        while True:
            while len(running) < workers:
                job = waiting.next_for_other_than(running)
                if job is None:
                    break
                thread = threading.Thread(target=work, args=(job,), daemon=True)
                running[job.host] = thread
                thread.start()
            if not running:
                return
            host, result, error = results.get()
            running.pop(host).join()
            if error is not None:
                raise error
            yield result  # type: ignore[misc]  # without an error it is a T
    finally:
        abandoned.set()
        for thread in running.values():
            thread.join(_PATIENCE)


class _Waiting(Generic[T]):
    """Jobs that have not begun, by host; the hosts take turns."""

    def __init__(self, jobs: Iterator[Job[T]], window: int) -> None:
        self._jobs = jobs
        self._window = window
        self._count = 0
        self._by_host: dict[str, deque[Job[T]]] = {}

    def next_for_other_than(self, busy: Iterable[str]) -> Job[T] | None:
        """Take the job that waits longest for a host that is not busy, if any."""
        self._refill()
        for host, jobs in self._by_host.items():
            if host not in busy:
                job = jobs.popleft()
                del self._by_host[host]
                if jobs:
                    self._by_host[host] = jobs  # at the end: others first
                self._count -= 1
                return job
        return None

    def _refill(self) -> None:
        while self._count < self._window:
            job = next(self._jobs, None)
            if job is None:
                return
            self._by_host.setdefault(job.host, deque()).append(job)
            self._count += 1
