"""One HTTP client for everything that is fetched: bounded in time, size and reach.

A published address may redirect anywhere, so each hop is checked: it must be the web
(not this machine, nor the network it stands in) and may not fall back from https.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from ingestion.errors import FetchError


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How long and how much; times in seconds.

    ``total_timeout`` is for one address with its redirects and retries.
    ``max_wire_bytes`` counts what is sent, ``max_bytes`` what it unpacks to.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 300.0
    max_redirects: int = 5
    max_wire_bytes: int = 64 * 1024 * 1024
    max_bytes: int = 256 * 1024 * 1024
    retries: int = 2
    backoff: float = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gave; ``content`` is None if it said "not modified"."""

    content: bytes | None
    etag: str | None


class WebClient:
    """Fetches addresses; used as a context manager, it closes its connections.

    ``allow_private`` permits addresses of this machine and its network; with a
    ``proxy`` it is the proxy that resolves names and decides what it reaches.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool = False,
        limits: WebLimits | None = None,
        proxy: str | None = None,
        verify: ssl.SSLContext | bool = True,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open no connection yet. ``sleep`` and ``monotonic`` are for tests."""
        self._limits = limits or WebLimits()
        self._is_checked = not (allow_private or proxy)
        self._sleep = sleep
        self._monotonic = monotonic
        self._http = httpx.Client(
            headers={"User-Agent": user_agent},
            timeout=httpx.Timeout(
                self._limits.read_timeout, connect=self._limits.connect_timeout
            ),
            follow_redirects=False,
            proxy=proxy,
            verify=verify,
            trust_env=False,  # the environment is read in one place, and not here
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def get(self, source_key: str, url: str, etag: str | None = None) -> Answer:
        """Fetch one address for a source, only if it is not what ``etag`` stands for.

        Raises:
            FetchError: it cannot be reached, answers with an error, or breaks a limit.
        """
        deadline = self._monotonic() + self._limits.total_timeout
        for attempt in range(self._limits.retries + 1):
            if attempt:
                self._sleep(self._limits.backoff * 2 ** (attempt - 1))
            try:
                return self._follow(url, etag, deadline)
            except _PassingError as error:
                if attempt == self._limits.retries or self._monotonic() >= deadline:
                    raise FetchError(source_key, url, str(error)) from error
            except _RefusedError as error:
                raise FetchError(source_key, url, str(error)) from error
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, url: str, etag: str | None, deadline: float) -> Answer:
        hop = self._address(httpx.URL(url))
        headers = {"If-None-Match": etag} if etag else {}
        for _ in range(self._limits.max_redirects + 1):
            try:
                with self._http.stream("GET", hop, headers=headers) as response:
                    self._check_peer(response)
                    target = response.headers.get("Location")
                    if not (response.is_redirect and target):
                        return self._answer(response, deadline)
            except httpx.TimeoutException as error:
                raise _PassingError("timed out") from error
            except httpx.DecodingError as error:
                raise _RefusedError("the answer's encoding is broken") from error
            except httpx.TransportError as error:
                detail = str(error) or type(error).__name__
                raise _PassingError(f"no connection ({detail})") from error
            try:
                onward = self._address(hop.join(target))
            except httpx.InvalidURL as error:
                raise _RefusedError(f"redirects to {target!r}") from error
            if hop.scheme == "https" and onward.scheme != "https":
                raise _RefusedError(f"redirects to {onward}, which is not https")
            hop = onward
        raise _RefusedError(f"more than {self._limits.max_redirects} redirects")

    def _answer(self, response: httpx.Response, deadline: float) -> Answer:
        etag = response.headers.get("ETag")
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Answer(None, etag)
        if response.is_server_error:
            raise _PassingError(f"HTTP {response.status_code}")
        if not response.is_success:
            raise _RefusedError(f"HTTP {response.status_code}")
        limits = self._limits
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if (
                len(content) > limits.max_bytes
                or response.num_bytes_downloaded > limits.max_wire_bytes
            ):
                raise _RefusedError(
                    f"more than {limits.max_wire_bytes:,} bytes, or more than "
                    f"{limits.max_bytes:,} unpacked"
                )
            if self._monotonic() > deadline:
                raise _RefusedError(f"took more than {limits.total_timeout:g} s")
        return Answer(bytes(content), etag)

    def _address(self, url: httpx.URL) -> httpx.URL:
        """Return the address if it may be asked at all."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise _RefusedError(f"{url} is no http(s) address")
        if self._is_checked:
            for address in _addresses(url.host):
                _refuse_private(address)
        return url

    def _check_peer(self, response: httpx.Response) -> None:
        """Check whom the connection was made with: a name may resolve anew."""
        stream = response.extensions.get("network_stream")
        if self._is_checked and stream is not None:
            peer = stream.get_extra_info("server_addr")
            if peer:
                _refuse_private(str(peer[0]))


class _PassingError(Exception):
    """May be over at the next attempt."""


class _RefusedError(Exception):
    """Will be the same at the next attempt."""


def _addresses(host: str) -> set[str]:
    """Return the addresses of a host, without asking anyone if it is one itself."""
    try:
        return {str(ipaddress.ip_address(host))}
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        # No second attempt: without a network, every source would wait for its own.
        raise _RefusedError(f"the name {host} does not resolve") from error
    return {str(peer[0]) for *_, peer in found}


def _refuse_private(text: str) -> None:
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global or address.is_multicast:
        raise _RefusedError(f"{address} is no address of the public web")
