"""Documents, visits and rejects: what every reader returns and every load stores.

A document is one version of one file as published. It is addressed by its content, so
a file that has not changed is never stored twice; each look at it is a visit instead.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

# A published body: every scalar is the string that was written.
Body: TypeAlias = str | list["Body"] | dict[str, "Body"]


class VisitOutcome(StrEnum):
    """What one look at one file (or at a whole source) ended in."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file as a source publishes it, before anything was read out of it.

    ``path`` is relative to the source's root with forward slashes; ``content`` holds
    the bytes as published; ``source_url`` is where a person can see the file.
    """

    path: str
    content: bytes
    source_url: str | None = None


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
