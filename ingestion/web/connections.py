"""Connections to none but addresses that were checked, and no longer than allowed.

A name is resolved, its addresses are checked and the connection is made to one of
those: a name that means another machine a moment later gains nothing. What a proxy of
the environment would reach cannot be checked, so none is used.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, cast

import httpcore
import httpx

from ingestion.web.addresses import is_public
from ingestion.web.parallel import check

# Where the public web is served; a page may not send us to other services.
_WEB_PORTS = frozenset({80, 443, 8000, 8080, 8443})

# A read is tried in slices of so many seconds, to notice that it was abandoned.
_SLICE = 0.25

Resolve = Callable[[str, int], Sequence[str]]


class ForbiddenAddressError(Exception):
    """Somebody whom we do not connect to."""


class UnknownNameError(Exception):
    """A name that does not resolve."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host in the order in which they are to be tried.

    One that is an address itself is not asked for, in whatever notation (2130706433).

    Raises:
        UnknownNameError: it has none.
    """
    with suppress(ValueError):
        return [str(ipaddress.IPv6Address(host.strip("[]")))]
    with suppress(OSError, UnicodeError):
        return [socket.inet_ntoa(socket.inet_aton(host))]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownNameError(f"the name {host} does not resolve") from error
    return list(dict.fromkeys(str(peer[0]) for *_, peer in found))


class Bounds(threading.local):
    """Of each thread: when the exchange that it is in has to be over."""

    ends_at: float = float("inf")


class CheckedTransport(httpx.BaseTransport):
    """HTTP/1.1 over checked connections; errors are those of httpcore, and ours."""

    def __init__(
        self,
        *,
        allow_private: bool,
        verify: ssl.SSLContext,
        bounds: Bounds,
        monotonic: Callable[[], float],
        resolve: Resolve,
    ) -> None:
        """Connect to nobody yet. ``monotonic`` is the clock of ``bounds``."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=None,  # there are no more than workers
            max_keepalive_connections=32,
            keepalive_expiry=30.0,
            network_backend=_CheckedBackend(allow_private, bounds, monotonic, resolve),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response as far as its headers.

        Raises:
            ForbiddenAddressError: the host is not of the public web.
            UnknownNameError: the host's name does not resolve.
            httpcore.NetworkError: anything else fails; also ProtocolError.
            httpcore.TimeoutException: a time limit passes.
        """
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=b"",
                extensions=request.extensions,
            )
        )
        stream = cast("Iterable[bytes]", response.stream)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(stream, response.close),
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], close: Callable[[], None]) -> None:
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        self._close()


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(
        self,
        allow_private: bool,
        bounds: Bounds,
        monotonic: Callable[[], float],
        resolve: Resolve,
    ) -> None:
        self._allow_private = allow_private
        self._bounds = bounds
        self._monotonic = monotonic
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if not self._allow_private and port not in _WEB_PORTS:
            raise ForbiddenAddressError(f"port {port} is not one of the public web")
        addresses = self._resolve(host, port)
        if not self._allow_private:
            for address in addresses:
                _refuse_private(address)
        failure: Exception = UnknownNameError(f"the name {host} has no address")
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _BoundedStream(stream, self._left)
        raise failure

    def _left(self, timeout: float | None) -> float:
        """Return for how long the present step may wait.

        Raises:
            AbandonedError: nobody waits for it any longer.
            httpcore.ReadTimeout: the exchange has taken all its time.
        """
        check()
        left = self._bounds.ends_at - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for it is over")
        return left if timeout is None else min(left, timeout)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every step ends with the exchange's time, however slow.

    A server that sends one byte now and then keeps within any limit for reading, and
    within its headers nothing else would stop it.
    """

    def __init__(
        self, stream: httpcore.NetworkStream, left: Callable[[float | None], float]
    ) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        waited = 0.0
        while True:
            step = min(_SLICE, self._left(timeout))
            try:
                return self._stream.read(max_bytes, step)
            except httpcore.ReadTimeout:
                waited += step
                if timeout is not None and waited >= timeout:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname, self._left(timeout)
        )
        return _BoundedStream(stream, self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # as the base has it
        return self._stream.get_extra_info(info)


def _refuse_private(text: str) -> None:
    address = ipaddress.ip_address(text.partition("%")[0])
    if not is_public(address):
        raise ForbiddenAddressError(f"{address} is no address of the public web")
