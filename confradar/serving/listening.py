"""Listen at an address, and answer until the process is told to end."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from confradar.errors import ConfRadarError

BACKLOG = 1024  # connections that wait to be taken
MAX_AT_ONCE = 1000  # connections and requests; more are answered 503 at once
SECONDS_KEPT_ALIVE = 30
SECONDS_TO_END = 5


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """Hold an address, so that a port that is taken is told at once.

    Raises:
        ConfRadarError: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(held, host, port)
        yield held


def _bind(held: socket.socket, host: str, port: int) -> None:
    try:
        held.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfRadarError(
                f"port {port} of {host} is in use",
                "stop what listens there, or give another one: --port 0 takes any",
            ) from error
        raise ConfRadarError(
            f"nothing can listen at port {port} of {host}: {error.strerror}",
            "give another address: --host, --port",
        ) from error


def url_of(held: socket.socket) -> str:
    """Return where a server with this socket is found."""
    host, port = held.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def answer(held: socket.socket, app: ASGIApp, on_ready: Callable[[], None]) -> None:
    """Answer requests until Ctrl-C or SIGTERM, which are then raised as ever.

    Who is being answered then has five seconds.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MAX_AT_ONCE,
        timeout_keep_alive=SECONDS_KEPT_ALIVE,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    server = uvicorn.Server(config)
    held.listen(BACKLOG)
    on_ready()
    server.run(sockets=[held])
