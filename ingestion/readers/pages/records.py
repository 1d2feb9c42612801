"""What is read out of a page, whoever published it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.readers.records import Finding


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be read: its bytes, and what is known of it from elsewhere.

    ``media_type`` is the server's Content-Type, if any; it is not believed. ``context``
    has the keys series, year, title and kind, where whoever found the page knew them.
    """

    content: bytes
    url: str | None = None
    media_type: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One date that a page says, and what it says it about.

    ``kind`` is one of the project's kinds, conference_start or conference_end; the rule
    in the vocabulary that decided it is ``kind_rule`` (None: no rule fits, kind other).
    ``due_text`` is the date as written, ``date`` the same as YYYY-MM-DD, or YYYY-MM
    where no day is named, or None where the page says that it will be announced.
    ``time`` is HH:MM or HH:MM:SS (24:00 allowed), ``timezone_text`` as written.
    ``is_superseded``: the page itself shows a newer value or withdraws this one.
    ``is_struck``: it is struck out, perhaps only because it has passed. ``quote`` is
    the passage, at [start, end) of the reading's text.
    """

    kind: str
    label_text: str
    due_text: str
    date: str | None
    quote: str
    start: int
    end: int
    track: str = "main"
    kind_rule: str | None = None
    track_rule: str | None = None
    time: str | None = None
    timezone_text: str | None = None
    is_superseded: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One edition that a page speaks of, everything as written.

    ``position`` names the entry within its page (/events/202993, or "" for the page
    itself) and never depends on its place in a list where the publisher gives an
    identifier. ``starts_text`` and ``ends_text`` are ISO dates. ``homepage_url`` is the
    conference's own site, ``entry_url`` the page of this entry at its publisher.
    """

    position: str
    phrases: tuple[Phrase, ...] = ()
    entry_id_text: str | None = None
    series_text: str | None = None
    full_name_text: str | None = None
    dblp_text: str | None = None
    year_text: str | None = None
    homepage_url: str | None = None
    place_text: str | None = None
    dates_text: str | None = None
    starts_text: str | None = None
    ends_text: str | None = None
    areas_text: str | None = None
    status_text: str | None = None
    entry_url: str | None = None


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page as one version of a reader understands it.

    ``text`` is what a person sees, a block a line; positions count its characters.
    ``findings`` become rejects: what was left out, or used with a remark.
    ``links`` are the (text, absolute address) pairs of the page, in its order.
    """

    title: str | None
    text: str
    entries: tuple[PageEntry, ...]
    findings: tuple[Finding, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
