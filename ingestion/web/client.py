"""The one HTTP client: polite to hosts, bounded in time, size and reach.

No failure of an address is an exception: each request gives a result with an outcome
and a sentence. Redirects may lead anywhere, so robots.txt, pace and the check of the
address hold for every hop (see connections.py), and none leaves https.

No HTTP cache is used (hishel): the database keeps the documents and their validators.
"""

import random
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urljoin

import httpcore
import httpx

from ingestion.documents import Retrieval, VisitOutcome
from ingestion.web.addresses import AddressError, host_of, normalised
from ingestion.web.bodies import BrokenBodyError, TooLargeError, read_body
from ingestion.web.connections import (
    Bounds,
    CheckedTransport,
    ForbiddenAddressError,
    Resolve,
    UnknownNameError,
    resolve,
)
from ingestion.web.pace import Host, Hosts
from ingestion.web.parallel import Job, pause, side_by_side
from ingestion.web.records import Allowance, Fetched, Request, WebLimits
from ingestion.web.retries import backoff, retry_after
from ingestion.web.robots import Rules, read_rules

T = TypeVar("T")

_ROBOTS = Allowance(media_types=None)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAMED_STATUSES = {
    404: VisitOutcome.NOT_FOUND,
    410: VisitOutcome.GONE,
    429: VisitOutcome.THROTTLED,
}


class PoliteClient:
    """Fetches addresses; used as a context manager, it closes its connections.

    One client is one run: it remembers each host's robots.txt and when it was asked.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        pace: float = 2.0,
        allow_private: bool = False,
        limits: WebLimits | None = None,
        verify: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = pause,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        resolve: Resolve = resolve,
    ) -> None:
        """Open no connection yet.

        Args:
            user_agent: says who asks and where to complain; its first word, up to
                "/", is our name in every robots.txt.
            pace: the seconds from one request to the next of the same host.
            allow_private: permit addresses of this machine and its network, and all
                ports.
            limits: taken instead of the usual ones.
            verify: which certificates are believed, None for the public ones.
            sleep: waits; this and what follows are for tests.
            monotonic: the clock, in seconds.
            chance: gives numbers from [0, 1).
            resolve: finds the addresses of a host.
        """
        self._limits = limits or WebLimits()
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Encoding": "gzip",
        }
        self._robot = user_agent.partition("/")[0].strip().lower()
        self._monotonic = monotonic
        self._chance = chance
        self._bounds = Bounds()
        self._transport = CheckedTransport(
            allow_private=allow_private,
            verify=verify or httpx.create_ssl_context(trust_env=False),
            bounds=self._bounds,
            monotonic=monotonic,
            resolve=resolve,
        )
        self._hosts = Hosts(lambda: Host(pace, sleep, monotonic))
        self._robots: dict[str, _Robots] = {}
        self._robots_lock = threading.Lock()

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
        self._transport.close()

    def fetch(self, request: Request) -> Fetched:
        """Fetch one address, with as many attempts as its failures are worth."""
        try:
            url = normalised(request.url)
        except AddressError as error:
            outcome = VisitOutcome.ADDRESS_FORBIDDEN
            return Fetched(request, outcome, detail=str(error))
        budget = _Budget(request.allowance.total_timeout)
        attempt = 0
        while True:
            answer = self._follow(request, url, budget)
            if answer.is_passing:
                is_waited_for = self._stay_away(answer, attempt)
                if is_waited_for and attempt < self._limits.retries and budget.left > 0:
                    attempt += 1
                    continue
            return Fetched(
                request,
                answer.outcome,
                answer.content,
                answer.detail,
                answer.retrieval,
            )

    def fetch_all(self, requests: Iterable[Request]) -> Iterator[Fetched]:
        """Yield what each address gives as it comes, several hosts at once.

        Requests are taken as they are needed. Closing the iterator gives up those
        that are under way.
        """
        return self.side_by_side(
            Job(_host_in(request.url), partial(self.fetch, request))
            for request in requests
        )

    def side_by_side(self, jobs: Iterable[Job[T]]) -> Iterator[T]:
        """Yield the results of jobs that use this client, several hosts at once."""
        return side_by_side(jobs, workers=self._limits.hosts_at_once)

    def _stay_away(self, answer: "_Answer", attempt: int) -> bool:
        """Let the host rest after a failure; tell if that is worth waiting for."""
        host = self._hosts[host_of(answer.url)]
        asked = answer.retry_after or 0.0
        if asked > self._limits.max_retry_after:
            host.close(asked)
            return False
        host.rest(max(asked, backoff(self._limits.backoff, attempt, self._chance())))
        return True

    def _follow(self, request: Request, url: str, budget: "_Budget") -> "_Answer":
        """Make one attempt: the address, and wherever it redirects to."""
        seen = {url}
        while True:
            refusal = self._rules(url).refusal_of(url) if request.asks_robots else None
            if refusal is not None:
                return _Answer(url, refusal[0], refusal[1])
            answer = self._exchange(request, url, budget)
            if answer.location is None:
                return answer
            try:
                onward = normalised(answer.location, url)
            except AddressError as error:
                return answer.but(VisitOutcome.ADDRESS_FORBIDDEN, f"redirects: {error}")
            if url.startswith("https:") and onward.startswith("http:"):
                reason = f"redirects to {onward}, which is not https"
                return answer.but(VisitOutcome.FAILED, reason)
            if onward in seen:
                reason = f"redirects in a circle, to {onward}"
                return answer.but(VisitOutcome.TOO_MANY_REDIRECTS, reason)
            if len(seen) > self._limits.max_redirects:
                reason = f"more than {self._limits.max_redirects} redirects"
                return answer.but(VisitOutcome.TOO_MANY_REDIRECTS, reason)
            seen.add(onward)
            url = onward

    def _rules(self, url: str) -> Rules:
        """Return what the robots.txt beside an address says, asked for once."""
        address = urljoin(url, "/robots.txt")
        with self._robots_lock:
            robots = self._robots.setdefault(address, _Robots())
        with robots.lock:
            if robots.rules is None:
                request = Request(address, allowance=_ROBOTS, asks_robots=False)
                robots.rules = read_rules(self.fetch(request), self._robot)
                delay = robots.rules.crawl_delay
                if delay is not None:
                    longest = self._limits.max_crawl_delay
                    self._hosts[host_of(url)].slow_down(min(delay, longest))
            return robots.rules

    def _exchange(self, request: Request, url: str, budget: "_Budget") -> "_Answer":
        """Send one request when the host's turn has come, and read the answer."""
        host = self._hosts[host_of(url)]
        closed_for = host.closed_for()
        if closed_for:
            reason = f"asked to be left alone for {closed_for:,.0f} s more"
            return _Answer(url, VisitOutcome.THROTTLED, f"{host_of(url)} {reason}")
        with host.turn():
            begun_at = self._monotonic()
            self._bounds.ends_at = begun_at + budget.left
            try:
                return self._answer(request, url)
            except (ForbiddenAddressError, httpx.InvalidURL) as error:
                return _Answer(url, VisitOutcome.ADDRESS_FORBIDDEN, str(error))
            except UnknownNameError as error:
                # No second attempt: without a network, each host would wait for one.
                return _Answer(url, VisitOutcome.CONNECTION_FAILED, str(error))
            except httpcore.TimeoutException as error:
                reason = f"timed out ({_sentence(error)})"
                return _Answer(url, VisitOutcome.TIMED_OUT, reason, is_passing=True)
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                certificate = _certificate_error(error)
                if certificate is not None:
                    reason = f"its certificate is not valid ({certificate})"
                    return _Answer(url, VisitOutcome.CERTIFICATE_INVALID, reason)
                reason = f"no connection ({_sentence(error)})"
                outcome = VisitOutcome.CONNECTION_FAILED
                return _Answer(url, outcome, reason, is_passing=True)
            finally:
                budget.left -= self._monotonic() - begun_at

    def _answer(self, request: Request, url: str) -> "_Answer":
        sent = httpx.Request(
            "GET",
            url,
            headers={**self._headers, **_conditions(request)},
            extensions={
                "timeout": {
                    "connect": self._limits.connect_timeout,
                    "read": self._limits.read_timeout,
                    "write": self._limits.read_timeout,
                }
            },
        )
        with closing(self._transport.handle_request(sent)) as response:
            status = response.status_code
            answer = _Answer(
                url, VisitOutcome.FAILED, f"HTTP {status}", _retrieval(url, response)
            )
            if status in _REDIRECTS and response.headers.get("Location"):
                return replace(answer, location=response.headers["Location"])
            if status == httpx.codes.NOT_MODIFIED and _conditions(request):
                return answer.but(VisitOutcome.UNCHANGED, None)
            if response.is_success:
                return _content(answer, response, request.allowance)
            outcome = outcome_of_status(status)
            return replace(
                answer,
                outcome=outcome,
                is_passing=outcome
                in {VisitOutcome.THROTTLED, VisitOutcome.SERVER_ERROR},
                retry_after=retry_after(response.headers),
            )


def outcome_of_status(status: int) -> VisitOutcome:
    """Return what an HTTP status says of the page; STORED if it is there."""
    if status in _NAMED_STATUSES:
        return _NAMED_STATUSES[status]
    by_class = {
        2: VisitOutcome.STORED,
        4: VisitOutcome.CLIENT_ERROR,
        5: VisitOutcome.SERVER_ERROR,
    }
    return by_class.get(status // 100, VisitOutcome.FAILED)


@dataclass(slots=True)
class _Budget:
    """The seconds that a request may still spend in exchanges."""

    left: float


@dataclass(slots=True)
class _Robots:
    """The rules of one robots.txt, once they were asked for."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one exchange came to.

    ``location`` is set if it is a redirect; ``is_passing`` if the same may succeed
    later, after ``retry_after`` seconds if the host says so.
    """

    url: str
    outcome: VisitOutcome
    detail: str | None
    retrieval: Retrieval = field(default_factory=Retrieval)
    content: bytes | None = None
    location: str | None = None
    is_passing: bool = False
    retry_after: float | None = None

    def but(self, outcome: VisitOutcome, detail: str | None) -> "_Answer":
        """Return the same with an outcome that is final."""
        return replace(self, outcome=outcome, detail=detail, location=None)


def _content(
    answer: _Answer, response: httpx.Response, allowance: Allowance
) -> _Answer:
    """Read the body of a successful answer, if it is of a kind that is wanted."""
    media_type = answer.retrieval.media_type
    if allowance.media_types is not None and media_type is not None:
        essence = media_type.partition(";")[0].strip().lower()
        if essence and essence not in allowance.media_types:
            reason = f"is {essence}, which nothing here reads"
            return answer.but(VisitOutcome.UNREADABLE_TYPE, reason)
    announced = response.headers.get("Content-Length", "")
    encoding = response.headers.get("Content-Encoding", "")
    try:
        if announced.isdecimal() and int(announced) > allowance.max_wire_bytes:
            raise TooLargeError(f"has more than {allowance.max_wire_bytes:,} bytes")
        content = read_body(response.iter_raw(), encoding, allowance)
    except TooLargeError as error:
        return answer.but(VisitOutcome.TOO_LARGE, str(error))
    except BrokenBodyError as error:
        return answer.but(VisitOutcome.FAILED, str(error))
    if not content:
        empty = answer.but(VisitOutcome.EMPTY, "has no content")
        return replace(empty, content=content)
    return replace(answer.but(VisitOutcome.STORED, None), content=content)


def _retrieval(url: str, response: httpx.Response) -> Retrieval:
    return Retrieval(
        final_url=url,
        http_status=response.status_code,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
        media_type=response.headers.get("Content-Type"),
    )


def _conditions(request: Request) -> dict[str, str]:
    """Return the headers that ask for what has changed only."""
    named = {
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
    }
    # Validators are what a server once sent; not all of that can be sent back.
    return {
        name: value
        for name, value in named.items()
        if value and value.isascii() and value.isprintable()
    }


def _certificate_error(error: BaseException) -> str | None:
    """Return what is wrong with a certificate, if that is what an error is about."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or cause.reason
        cause = cause.__cause__ or cause.__context__
    return None


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _host_in(url: str) -> str:
    try:
        return host_of(normalised(url))
    except AddressError:
        return ""
