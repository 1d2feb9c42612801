"""Documents, visits and rejects: what every reader returns and every load stores.

A document is one version of one file as published. It is addressed by its content, so
a file that has not changed is never stored twice; each look at it is a visit instead.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

# Which share of its entries a list may lose from one look to the next before it is
# refused. Of 32 monthly steps of three real lists the largest loss was 3.5 %.
MAX_SHRINK_SHARE = 0.25

# A published body: every scalar is the string that was written.
Body: TypeAlias = str | list["Body"] | dict[str, "Body"]


class VisitOutcome(StrEnum):
    """What one look at one file (or at a whole source) ended in.

    Only the first two leave a version that counts; after any other the earlier
    version stays the truth.
    """

    STORED = "stored"
    UNCHANGED = "unchanged"
    # It came, and is not believed.
    REFUSED = "refused"  # too many of a list's entries were rejected, or are gone
    EMPTY = "empty"  # no text at all
    SHRUNK = "shrunk"  # had dates at the last look and has none now
    LOGIN_WALL = "login_wall"  # a form to log in where the page should be
    OTHER_YEAR = "other_year"  # speaks of another edition than the one asked for
    UNREADABLE_TYPE = "unreadable_type"  # kept, not parsed: PDF, images
    # It did not come.
    FAILED = "failed"  # for a reason that has no name of its own
    NOT_FOUND = "not_found"  # 404
    GONE = "gone"  # 410
    THROTTLED = "throttled"  # 429, after all retries
    CLIENT_ERROR = "client_error"  # any other 4xx
    SERVER_ERROR = "server_error"  # 5xx, after all retries
    CONNECTION_FAILED = "connection_failed"  # refused, reset, no such host
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    ROBOTS_FORBIDDEN = "robots_forbidden"
    CERTIFICATE_INVALID = "certificate_invalid"
    ADDRESS_FORBIDDEN = "address_forbidden"  # private, loopback or link-local


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How an attempt to fetch a file went; validators are for asking again.

    ``final_url`` is where redirects led; ``media_type`` is what the server said.
    """

    final_url: str | None = None
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file as a source publishes it, before anything was read out of it.

    ``path`` is relative to the source's root with forward slashes; ``content`` holds
    the bytes as published; ``source_url`` is where a person can see the file.
    ``context`` is what is known of a page from elsewhere (keys: series, year, title,
    kind) and ``retrieval`` how it was fetched, if it was.
    """

    path: str
    content: bytes
    source_url: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    retrieval: Retrieval | None = None


@dataclass(frozen=True, slots=True)
class MissedFile:
    """A file that was looked for and not had, or that did not change since.

    ``outcome`` is UNCHANGED for "not modified", else one of those that say why;
    ``detail`` is a sentence for a person.
    """

    path: str
    source_url: str
    outcome: VisitOutcome
    detail: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    retrieval: Retrieval | None = None


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What the database knows of a page before it is fetched again."""

    path: str
    source_url: str
    etag: str | None
    last_modified: str | None
    last_visited_at: datetime
    last_outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one file: its bytes, and the usable part as strings.

    ``body`` is None when nothing of the file can be used; the rejects say why.
    """

    document_key: str
    source_key: str
    path: str
    source_url: str | None
    sha256: str
    byte_count: int
    media_type: str
    content: bytes
    body: Body | None
    reader_version: str


@dataclass(frozen=True, slots=True)
class Reject:
    """One thing in a document that could not be used as it stands.

    ``position`` is a JSON pointer into the document as published ("" is the whole
    document). ``reason`` is a code, ``detail`` a sentence for a person. ``is_dropped``
    tells an entry that was left out from one that is used with this remark.
    """

    reject_key: str
    source_key: str
    document_key: str
    path: str
    position: str
    reason: str
    detail: str
    entry: Body | None
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at one file of a source; ``path`` is None for the source as a whole."""

    visit_key: str
    source_key: str
    path: str | None
    source_url: str | None
    observed_at: datetime
    outcome: VisitOutcome
    document_key: str | None
    detail: str | None


def stable_key(*parts: str) -> str:
    """Return 32 hex digits that depend on the parts and their order alone."""
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]
