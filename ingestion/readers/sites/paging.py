"""Where a listing site's page leads on: its next page, and the pages of its events."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from ingestion.readers.pages.records import PageReading
from ingestion.readers.sites.identity import id_in
from ingestion.readers.sites.wikicfp import EXPIRED

# What a link to the next page of a list is called, brackets and arrows aside.
_NEXT: Final = frozenset({"next", "next page", "more"})
_NOT_LETTERS: Final = re.compile(r"[^a-z ]")

# The sites whose events have pages of their own that are read.
_WITH_EVENT_PAGES: Final = frozenset({"wikicfp", "acl_events"})
_OWNER: Final = "copyownerid="
_EVENT_ID: Final = re.compile(r"[?&;]eventid=(\d{1,12})(?!\d)")


@dataclass(frozen=True, slots=True)
class NextLinks:
    """Addresses that a page leads on to, in its order, each once."""

    listings: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


def next_links(family: str, reading: PageReading, url: str) -> NextLinks:
    """Return where a page of a listing site leads on.

    A list goes on until a page of it holds expired calls; what has expired is not
    looked at for itself, nor does the page of one event lead on.

    Args:
        family: of the site.
        reading: the page as its site's reader reads it.
        url: where the page is: nothing on another host is returned.
    """
    host = urlsplit(url).hostname
    is_last = any(entry.status_text == EXPIRED for entry in reading.entries)
    is_open = {
        entry.entry_id_text
        for entry in reading.entries
        if entry.status_text != EXPIRED and entry.entry_id_text
    }
    if _record_id(url) in is_open:
        return NextLinks()  # the page of one event
    listings: dict[str, None] = {}
    events: dict[str, str] = {}
    for text, address in reading.links:
        if urlsplit(address).hostname != host or address == url:
            continue
        if _NOT_LETTERS.sub("", text.casefold()).strip() in _NEXT and not is_last:
            listings[address] = None
        elif family in _WITH_EVENT_PAGES and (key := _record_id(address)) in is_open:
            events.setdefault(key, _without_owner(address))
    return NextLinks(tuple(listings), tuple(events.values()))


def _without_owner(address: str) -> str:
    """Leave out whose list of WikiCFP a link is on: the page is the same on all."""
    parts = urlsplit(address)
    kept = [one for one in parts.query.split("&") if not one.startswith(_OWNER)]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _record_id(address: str) -> str:
    found = _EVENT_ID.search(address)
    return found[1] if found else id_in(address)
