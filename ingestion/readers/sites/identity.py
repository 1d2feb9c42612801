"""Which record of a site an entry is, and where the conference's own pages are."""

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from ingestion.readers.pages.records import Page
from ingestion.readers.sites.markup import attribute, web_address
from ingestion.readers.sites.names import slug

# Parts of an internal address that every event's has.
_PREFIXES = frozenset(
    {"portal", "content", "conferences", "conference", "events", "event", "en"}
)
# Addresses in a row that are never a conference's own.
_OTHERS = ("google.", "facebook.", "twitter.", "x.com", "linkedin.", "addtoany.")


def own_address(links: Iterable[LexborNode], page: Page, site: str) -> str | None:
    """Return the first address of the site that tells an entry from others."""
    for link in links:
        url = web_address(attribute(link, "href"), page.url or f"https://{site}/")
        if url is not None and is_of_site(url, site) and id_in(url):
            return url
    return None


def record_id(address: str | None, name: str) -> str:
    """Return the word by which the site knows an entry, from its own address.

    An entry without one is known by its name: a slug of it.
    """
    return id_in(address or "") or slug(name) or "unnamed"


def id_in(url: str) -> str:
    """Return what tells an internal address from that of another event, or ""."""
    try:
        parts = urlsplit(url)
        numbers = parse_qs(parts.query).get("id", [])
    except ValueError:
        return ""
    if numbers:
        return slug(numbers[0])
    kept = [part for part in parts.path.split("/") if part and part not in _PREFIXES]
    return slug("-".join(kept))


def homepage(links: Iterable[LexborNode], page: Page, site: str) -> str | None:
    """Return the first address that leads away from the site."""
    for link in links:
        url = web_address(attribute(link, "href"), page.url)
        if url is None or is_of_site(url, site):
            continue
        host = urlsplit(url).hostname or ""
        if not any(other in f"{host}." for other in _OTHERS):
            return url
    return None


def is_of_site(url: str, site: str) -> bool:
    """Tell whether an address is on the site's host or below it."""
    host = urlsplit(url).hostname or ""
    return host == site or host.endswith(f".{site}")


def joined_place(parts: Iterable[str]) -> str | None:
    """Return a place from venue, city and country, each named once."""
    kept: list[str] = []
    for part in parts:
        if part and part.casefold() not in " ".join(kept).casefold():
            kept.append(part)
    return ", ".join(kept) or None
