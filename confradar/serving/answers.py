"""Answers as they are sent: named by their content, compressed once, kept in memory."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"

FOR_EVER = 365 * 24 * 3600  # seconds, of what has its content in its address
WORTH_COMPRESSING = 1000  # bytes: what is shorter fits one packet anyway
MAX_KEPT = 64 * 1024 * 1024  # bytes of all answers that are kept


@dataclass(frozen=True)
class Answer:
    """A body with what is sent before it.

    ``policy`` is that of a page; for ``max_age`` seconds nobody has to ask again.
    """

    body: bytes = field(repr=False)
    media_type: str
    policy: str = "default-src 'none'"
    max_age: int = 0

    @cached_property
    def etag(self) -> str:
        """Return the name of the content: weak, as the compressed one has it too."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        """Return the body compressed, fast, and always to the same bytes."""
        return gzip.compress(self.body, compresslevel=1, mtime=0)

    def response(self, request: Request) -> Response:
        """Return what is sent: nothing where the client has it, by its ETag."""
        headers = {
            "ETag": self.etag,
            "Cache-Control": (
                f"public, max-age={self.max_age}, immutable"
                if self.max_age
                else "no-cache"
            ),
            "Content-Security-Policy": f"{self.policy}; frame-ancestors 'none'",
            "Vary": "Accept-Encoding",
        }
        if is_known(request.headers.get("if-none-match"), self.etag):
            return Response(status_code=304, headers=headers)
        body = self.body
        accepted = request.headers.get("accept-encoding", "")
        if len(body) >= WORTH_COMPRESSING and _takes_gzip(accepted):
            body = self.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=self.media_type)


class Kept:
    """Answers of one build, the ones that nobody asked for lately are let go.

    Args:
        max_bytes: of the bodies together, as they are and compressed.
    """

    def __init__(self, max_bytes: int = MAX_KEPT) -> None:
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._max_bytes = max_bytes
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, made only where it is not kept."""
        found = self.find(key)
        return self.keep(key, make()) if found is None else found

    def find(self, key: Hashable) -> Answer | None:
        """Return the answer that is kept, if there is one."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: Answer) -> Answer:
        """Keep an answer, unless it alone is too large; return it."""
        size = _size(answer)
        if size > self._max_bytes // 2 or key in self._answers:
            return answer
        self._answers[key] = answer
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, gone = self._answers.popitem(last=False)
            self._bytes -= _size(gone)
        return answer


def etag_of(path: Path) -> str:
    """Return the name of the content of a file."""
    with path.open("rb") as content:
        return f'W/"{hashlib.file_digest(content, "sha256").hexdigest()[:32]}"'


def _size(answer: Answer) -> int:
    return 1000 + len(answer.body) * 3 // 2  # the compressed body, at worst by half


def is_known(header: str | None, etag: str) -> bool:
    """Tell whether a client has this content (RFC 9110, 13.1.2: compared weakly)."""
    if header is None:
        return False
    names = (name.strip().removeprefix("W/") for name in header.split(","))
    wanted = etag.removeprefix("W/")
    return header.strip() == "*" or any(name == wanted for name in names)


def _takes_gzip(header: str) -> bool:
    """Tell whether gzip is accepted (RFC 9110, 12.5.3): named, and not with q=0."""
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
