"""Serve the site: pages that are held in memory, and nothing else."""

import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import FrameType
from urllib.parse import unquote, urlsplit

from confradar.docsite.pages import Page, Site, page_of
from confradar.errors import ConfRadarError

log = logging.getLogger(__name__)

_HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_NO_SUCH_PAGE = page_of("", "<head><title>No such page</title></head>No such page.")
_NOT_YET = page_of("", "<head><title>Not yet</title></head>The site is being made.")
SECONDS_BETWEEN_LOOKS = 60.0


@dataclass(slots=True)
class Showing:
    """The site that is shown now; None until there is one."""

    site: Site | None = None


class DocsServer(ThreadingHTTPServer):
    """Answers with the pages of one site, which may be replaced while it serves."""

    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        self.showing = Showing()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, without asking the network for the host's name as HTTP servers do."""
        TCPServer.server_bind(self)

    @property
    def url(self) -> str:
        """Where it is found."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(
    host: str,
    port: int,
    *,
    make: Callable[[], Site],
    look: Callable[[], object],
    on_ready: Callable[[str], None],
) -> None:
    """Serve the site until the process is asked to end, and keep it up to date.

    It listens before the site is made, so that a port that is taken is told at once.

    Args:
        host: the address to listen at.
        port: the port; 0 takes a free one.
        make: makes the site.
        look: tells what it is made from: if that is another, the site is made anew.
        on_ready: is told the URL once there is a site.

    Raises:
        ConfRadarError: nothing can listen there, or the first site cannot be made.
        KeyboardInterrupt: the process was asked to end before it was.
    """
    with _listening(host, port) as server, _ending_at_sigterm():
        seen = look()
        server.showing.site = make()
        on_ready(server.url)
        waiting = threading.Event()
        with suppress(KeyboardInterrupt):
            while not waiting.wait(SECONDS_BETWEEN_LOOKS):
                seen = follow(server.showing, seen, make, look)


def follow(
    showing: Showing,
    seen: object,
    make: Callable[[], Site],
    look: Callable[[], object],
) -> object:
    """Make the site anew if it is to be; return what it is made from."""
    try:
        found = look()
        if found != seen:
            showing.site = make()
            log.info("the site is made anew")
    except ConfRadarError as error:
        log.warning("the site stays as it is: %s", error)
        return seen
    return found


@contextmanager
def _listening(host: str, port: int) -> Iterator[DocsServer]:
    """Answer requests in a thread of their own.

    Raises:
        ConfRadarError: nothing can listen there.
    """
    try:
        server = DocsServer(host, port)
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
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def _ending_at_sigterm() -> Iterator[None]:
    """End at SIGTERM as at Ctrl-C."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Handler(BaseHTTPRequestHandler):
    server: DocsServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with what would come before a page."""
        self._answer(with_body=False)

    def version_string(self) -> str:
        """Name no version that somebody could look up the faults of."""
        return "ConfRadar"

    def log_message(self, format: str, *args: object) -> None:
        """Log a request where details are asked for."""
        log.debug(format, *args)

    def _answer(self, *, with_body: bool) -> None:
        site = self.server.showing.site
        page = None if site is None else _found(site, self.path)
        if page is not None:
            self._send(HTTPStatus.OK, page, with_body=with_body)
        elif site is not None:
            self._send(HTTPStatus.NOT_FOUND, _NO_SUCH_PAGE, with_body=with_body)
        else:
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_YET, with_body=with_body)

    def _send(self, status: HTTPStatus, page: Page, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in {
            **_HEADERS,
            "Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'",
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page.html)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(page.html)


def _found(site: Site, path: str) -> Page | None:
    name = unquote(urlsplit(path).path).removeprefix("/")
    return site.pages.get(name or "index.html")
