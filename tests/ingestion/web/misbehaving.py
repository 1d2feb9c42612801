"""A web server on this machine that behaves in every way that the web does.

Its hosts are names under .example that all mean 127.0.0.1 (see ``resolve``). What it
answers to a path is a function in ``BEHAVIOURS``, or one that a test adds.
"""

import gzip
import socket
import socketserver
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from ingestion.web.client import PoliteClient
from ingestion.web.records import WebLimits

PAGE = b"<!doctype html><title>Conf</title><p>Papers due: 12 March 2027</p>"
LATIN = "<meta charset='utf-8'><p>Échéance\x00: 3 août 2027</p>".encode("latin-1")
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass
class Call:
    """One request; ``number`` counts those of its host and path, from 1."""

    host: str
    path: str
    headers: Mapping[str, str]
    number: int
    connection: socket.socket

    def reply(
        self, status: int = 200, body: bytes = PAGE, headers: Mapping[str, str] = HTML
    ) -> None:
        """Send a whole answer."""
        named = {"Content-Length": str(len(body)), "Connection": "close", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self.send(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)


Behaviour = Callable[[Call], None]


def redirect(target: str, status: int = 302) -> Behaviour:
    return lambda call: call.reply(status, b"", {"Location": target})


def fails(status: int, times: int = 99, **headers: str) -> Behaviour:
    """Answer with an error so many times, then with a page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def behave(call: Call) -> None:
        if call.number <= times:
            call.reply(status, b"", named)
        else:
            call.reply()

    return behave


def reset(call: Call) -> None:
    linger = struct.pack("ii", 1, 0)
    call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    call.connection.close()


def endless(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        call.send(b"<p>And another thing.</p>" * 4000)


def drip(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    _drip(call)


def _drip(call: Call) -> None:
    while True:
        call.send(b"x")
        stopped.wait(0.01)


def drip_headers(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(call)


def silent(_: Call) -> None:
    stopped.wait(5)


def truncated(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + PAGE)


def truncated_chunks(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello")


def tagged(call: Call) -> None:
    """Have one version; "not modified" to whoever knows it by either validator."""
    known = {"ETag": '"7"', "Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT", **HTML}
    is_known = call.headers.get("if-none-match") == known["ETag"] or (
        call.headers.get("if-modified-since") == known["Last-Modified"]
    )
    call.reply(304 if is_known else 200, b"" if is_known else PAGE, known)


def packed(body: bytes) -> Behaviour:
    sent = gzip.compress(body)
    return lambda call: call.reply(body=sent, headers={"Content-Encoding": "gzip"})


BEHAVIOURS: Mapping[str, Behaviour] = {
    "/fine": lambda call: call.reply(),
    "/missing": fails(404),
    "/gone": fails(410),
    "/private": fails(403),
    "/busy": fails(429, times=1, Retry_After="7"),
    "/busy-until": fails(
        503,
        times=1,
        Date="Sun, 22 Nov 2026 10:00:00 GMT",
        Retry_After="Sun, 22 Nov 2026 10:00:30 GMT",
    ),
    "/always-busy": fails(429),
    "/busy-all-day": fails(429, Retry_After="86400"),
    "/stumbles": fails(503, times=2),
    "/down": fails(500),
    "/reset": reset,
    "/garbage": lambda call: call.send(b"SSH-2.0-dropbear\r\n"),
    "/endless": endless,
    "/drip": drip,
    "/drip-headers": drip_headers,
    "/silent": silent,
    "/circle": redirect("/circle-on"),
    "/circle-on": redirect("/circle"),
    "/moved": redirect("/fine", 301),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-nothing": redirect("http://[::1"),
    "/not-modified": fails(304),
    "/large": lambda call: call.reply(body=bytes(10_000_001)),
    "/announced-large": lambda call: call.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000001\r\n\r\n"
    ),
    "/packed": packed(PAGE),
    "/bomb": packed(bytes(30_000_000)),
    "/bad-packing": lambda call: call.reply(headers={"Content-Encoding": "gzip"}),
    "/half-packed": lambda call: call.reply(
        body=gzip.compress(PAGE)[:-12], headers={"Content-Encoding": "gzip"}
    ),
    "/odd-packing": lambda call: call.reply(headers={"Content-Encoding": "br"}),
    "/picture": lambda call: call.reply(headers={"Content-Type": "image/png"}),
    "/untyped": lambda call: call.reply(headers={}),
    "/paper.pdf": lambda call: call.reply(headers={"Content-Type": "Application/PDF"}),
    "/lying": lambda call: call.reply(body=LATIN),
    "/tagged": tagged,
    "/empty": lambda call: call.reply(body=b""),
    "/truncated": truncated,
    "/truncated-chunks": truncated_chunks,
}

# Set when a server stops, so that its slow answers end with it.
stopped = threading.Event()


@dataclass
class Site:
    """The server while it runs: ``calls`` are the (host, path) that were asked for."""

    port: int
    behaviours: dict[str, Behaviour] = field(default_factory=lambda: {**BEHAVIOURS})
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    scheme: str = "http"

    def url(self, path: str = "/fine", host: str = "conf.example") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def paths(self, host: str = "conf.example") -> list[str]:
        """Return what was asked of one host, without robots.txt."""
        return [
            path for name, path in self.calls if name == host and path != "/robots.txt"
        ]

    def robots(self, *lines: str, host: str = "") -> None:
        """Publish a robots.txt, on one host only if that is given."""
        body = "\n".join(lines).encode()
        self.behaviours[f"{host}/robots.txt"] = lambda call: call.reply(body=body)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Expect that clients hang up on what misbehaves."""


@contextmanager
def misbehaving_site(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Serve on 127.0.0.1 until the block ends, with TLS if a context is given."""
    counts: Counter[tuple[str, str]] = Counter()
    lock = threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connection: socket.socket = self.request
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            request_line, *lines = head.decode("latin-1").split("\r\n")
            path = request_line.split(" ")[1]
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in lines if line)
            }
            host = headers["host"].rpartition(":")[0]
            with lock:
                counts[host, path] += 1
                number = counts[host, path]
                site.calls.append((host, path))
                site.headers.append(headers)
            call = Call(host, path, headers, number, connection)
            behave = site.behaviours.get(f"{host}{path}") or site.behaviours.get(path)
            with suppress(OSError):
                (behave or fails(404))(call)

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(server.server_address[1], scheme="https" if tls else "http")
    stopped.clear()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def resolve(host: str, port: int) -> Sequence[str]:
    """Find every name of the tests on this machine."""
    assert host.endswith(".example"), host
    return ["127.0.0.1"]


@dataclass
class FakeTime:
    """A clock that goes on only when somebody sleeps, and who slept for how long."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.naps.append(seconds)
            self.now += seconds

    def monotonic(self) -> float:
        return self.now


def polite_client(
    time: FakeTime | None = None,
    *,
    pace: float = 0.0,
    limits: WebLimits | None = None,
    allow_private: bool = True,
) -> PoliteClient:
    """Return a client that finds the tests' hosts and waits for nothing in earnest."""
    time = time or FakeTime()
    return PoliteClient(
        user_agent="ConfRadar-tests/1.0 (+https://confradar.example/contact)",
        pace=pace,
        allow_private=allow_private,
        limits=limits,
        sleep=time.sleep,
        monotonic=time.monotonic,
        chance=lambda: 0.5,
        resolve=resolve,
    )
