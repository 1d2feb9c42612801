"""The feed of changes: Atom 1.0 (RFC 4287).

Entries are written with lxml, which escapes all that it is given, one by one, and
feeds are joined of them. feedgen, which builds on lxml as well, knows whole feeds
alone: the same entry stands in the feed of all and of each of its areas, and a server
has to put a feed together for any question within milliseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import quote

from lxml import etree

from confradar.readers.addresses import CHANGES_PAGE, conference_page, link
from confradar.readers.harmless import text_of, url_of
from confradar.readers.phrases import instant_in_words, instant_text, what_of
from confradar.warehouse import Change
from confradar.warehouse.current import names_in
from confradar.wording import due_in_words

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
MAX_ENTRIES = 500

# The names of entries never change, wherever a site stands (RFC 4151).
_TAG = "tag:confradar.example,2026:"
_ATOM = "http://www.w3.org/2005/Atom"
_XHTML = "http://www.w3.org/1999/xhtml"
_DECLARATION = f' xmlns="{_ATOM}"'.encode()
_VERBS = {
    "announced": "announced",
    "extended": "extended",
    "advanced": "brought forward",
    "rezoned": "now in another zone",
    "cleared": "no longer dated",
    "withdrawn": "withdrawn",
    "returned": "back again",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as it stands in every feed."""

    change_key: str
    seen_at: datetime
    area_names: tuple[str, ...]
    element: bytes = field(repr=False)


def entry_of(change: Change, site_url: str | None = None) -> Entry:
    """Return the entry of a change.

    ``site_url`` is where the pages are, with a slash at its end; without it the entry
    leads to its source alone.
    """
    entry = _root("entry")
    _add(entry, "id", f"{_TAG}change/{quote(change.change_key, safe='')}")
    _add(entry, "title", title_of(change))
    _add(entry, "updated", instant_text(change.seen_at))
    _add(_add(entry, "author"), "name", text_of(change.source_key, 100))
    _add_links(entry, change, site_url)
    areas = names_in(change.areas)
    for term in (change.change_type, change.kind, *areas):
        if shown := text_of(term, 100):
            _add(entry, "category", term=shown)
    _add_content(entry, change)
    return Entry(
        change_key=change.change_key,
        seen_at=change.seen_at,
        area_names=areas,
        element=_bytes_of(entry),
    )


def feed_of(
    path: str,
    title: str,
    entries: Iterable[Entry],
    as_of: datetime,
    *,
    site_url: str | None = None,
) -> bytes:
    """Return a feed of no more than the first 500 entries.

    Args:
        path: where it stands, below the site; it names the feed for ever.
        title: what it is called.
        entries: what is in it, the latest first.
        as_of: when it was last updated, if it is empty.
        site_url: where the site is, with a slash at its end, if it is known.
    """
    shown = list(islice(entries, MAX_ENTRIES))
    updated = max((entry.seen_at for entry in shown), default=as_of)
    feed = _root("feed")
    _add(feed, "id", _TAG + quote(path, safe="/"))
    _add(feed, "title", text_of(title, 200))
    _add(feed, "updated", instant_text(updated))
    _add(_add(feed, "author"), "name", "ConfRadar")
    if site_url is not None:
        own = path if "?" in path else link(path)
        _add(feed, "link", rel="self", href=site_url + own)
        _add(feed, "link", rel="alternate", href=link(CHANGES_PAGE, site_url))
    end = b"</feed>"
    head = etree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return b"\n".join(
        (head.removesuffix(end), *(entry.element for entry in shown), end, b"")
    )


def feed_title(area: str | None = None) -> str:
    """Return what the feed of all changes, or of those of an area, is called."""
    return "ConfRadar: changes" + ("" if area is None else f", {text_of(area, 100)}")


def title_of(change: Change) -> str:
    """Return a change in one line: ``ICX 2027: submission extended to 2027-01-15``."""
    name = change.title or f"{change.series_text} {change.year or ''}"
    verb = _VERBS.get(change.change_type, change.change_type)
    said = f"{text_of(name, 100)}: {what_of(change)} {verb}"
    old, new = _old_date(change), _new_date(change)
    match change.change_type:
        case "announced" | "returned":
            return f"{said}: {new}" if new else said
        case "cleared" | "withdrawn":
            return f"{said} (was {old})" if old else said
    said = f"{said} to {new}" if new else said
    return f"{said} (was {old})" if old else said


def _lines_of(change: Change) -> Iterable[str]:
    if old := _old_date(change):
        yield f"Before: {old}{_instant(change.old_due_at)}"
    if new := _new_date(change):
        yield f"Now: {new}{_instant(change.new_due_at)}"
    if change.days_moved:
        yield f"Moved by {change.days_moved.normalize():+f} days"
    if change.was_already_past:
        yield "The old date had passed by then."
    said = text_of(change.evidence)
    yield text_of(change.source_key, 100) + (f": “{said}”" if said else " says so")


def _old_date(change: Change) -> str:
    return _date(
        change.old_due_local,
        change.due_precision,
        change.old_due_text,
        change.old_timezone_text,
    )


def _new_date(change: Change) -> str:
    return _date(
        change.new_due_local,
        change.due_precision,
        change.new_due_text,
        change.new_timezone_text,
    )


def _date(
    local: datetime | None, precision: str | None, text: str | None, zone: str | None
) -> str:
    """Return a date with its zone as written; in the words of the source if none."""
    if local is None:
        return text_of(text, 100)
    return f"{due_in_words(local, precision)} {text_of(zone, 60)}".strip()


def _instant(instant: datetime | None) -> str:
    return "" if instant is None else f" ({instant_in_words(instant)})"


def _add_links(entry: etree._Element, change: Change, site_url: str | None) -> None:
    source = url_of(change.source_url)
    if site_url is not None and change.conference_key is not None:
        page = link(conference_page(change.conference_key), site_url)
        _add(entry, "link", rel="alternate", href=page)
        if source is not None:
            _add(entry, "link", rel="via", href=source)
    elif source is not None:
        _add(entry, "link", rel="alternate", href=source)


def _add_content(entry: etree._Element, change: Change) -> None:
    content = _add(entry, "content", type="xhtml")
    box = etree.SubElement(content, f"{{{_XHTML}}}div", nsmap={None: _XHTML})
    for line in _lines_of(change):
        etree.SubElement(box, f"{{{_XHTML}}}p").text = line
    if url := url_of(change.source_url):
        paragraph = etree.SubElement(box, f"{{{_XHTML}}}p")
        etree.SubElement(paragraph, f"{{{_XHTML}}}a", href=url).text = url


def _root(name: str) -> etree._Element:
    return etree.Element(f"{{{_ATOM}}}{name}", nsmap={None: _ATOM})


def _add(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", **attributes)
    element.text = text
    return element


def _bytes_of(entry: etree._Element) -> bytes:
    """Return an entry for a feed, which declares the namespace of all in it."""
    written: bytes = etree.tostring(entry, encoding="utf-8")
    return written.replace(_DECLARATION, b"", 1)
