"""Where each page, calendar and file stands: the same path on disk and when served."""

import hashlib
import re
import unicodedata
from datetime import date
from functools import lru_cache
from urllib.parse import quote

INDEX = "index.html"
CHANGES_PAGE = "changes.html"
SOURCES = "sources.html"
SUBSCRIBE = "subscribe.html"
READING = "reading.html"
MONTHS = "month/index.html"
UNDATED = "month/to-be-announced.html"
CHANGES_FEED = "changes.atom"

_MAX_NAME = 60  # characters, of four bytes each at most: file systems take 255 bytes


@lru_cache(maxsize=4096)  # of areas, ranks and kinds there are few
def slug(name: str) -> str:
    """Return a name as part of a path: ``core-a-star`` for ``CORE A*``.

    Letters and digits of any alphabet stay. A name of which anything else is left out,
    or that is too long for a file, ends in a digest, so that two are never one file.
    """
    plain = unicodedata.normalize("NFKC", name).lower()
    signs = plain.replace("*", "-star").replace("+", "-plus")
    short = re.sub(r"[^\w]+", "-", signs).strip("-")
    return _unlike_others(short, plain, is_whole=not re.search(r"[^\w *+]", plain))


def month_page(day: date) -> str:
    """Return the path of the calendar view of a month."""
    return f"month/{day:%Y-%m}.html"


def conference_page(conference_key: str) -> str:
    """Return the path of the page of an edition."""
    return f"conference/{_file(conference_key)}.html"


def series_page(series_key: str) -> str:
    """Return the path of the page of a series."""
    return f"series/{_file(series_key)}.html"


def calendar_file(
    *, area: str | None = None, rank: str | None = None, series_key: str | None = None
) -> str:
    """Return the path of the calendar of all, or of an area, a rank, both, a series."""
    if series_key is not None:
        return f"calendars/series/{_file(series_key)}.ics"
    if area is not None and rank is not None:
        return f"calendars/area/{slug(area)}/{slug(rank)}.ics"
    if area is not None:
        return f"calendars/area/{slug(area)}.ics"
    if rank is not None:
        return f"calendars/rank/{slug(rank)}.ics"
    return "calendars/all.ics"


def changes_feed(area: str | None = None) -> str:
    """Return the path of the feed of changes, of all or of an area."""
    return CHANGES_FEED if area is None else f"changes/{slug(area)}.atom"


def table_file(table: str, suffix: str) -> str:
    """Return the path of a table as a file: ``files/deadlines.csv``."""
    return f"files/{table}.{suffix}"


def api_file(*parts: str) -> str:
    """Return the path of a JSON file: ``api/v1/conferences/neurips-2026.json``."""
    return f"api/v1/{'/'.join(map(_file, parts))}.json"


def schema_file(name: str) -> str:
    """Return the path of the JSON Schema of a file of the API."""
    return f"api/v1/schemas/{name}.schema.json"


def link(path: str, base: str = "") -> str:
    """Return a path as an address, below ``base``: an URL, or ``../`` of a page."""
    return base + quote(path)


def _file(key: str) -> str:
    """Return a key as the name of a file, whatever is in it."""
    name = re.sub(r"[^\w.-]+", "-", key).strip("-.")
    return _unlike_others(name, key, is_whole=name == key)


def _unlike_others(name: str, original: str, *, is_whole: bool) -> str:
    """Return the name of a file, with a digest where it may be that of another."""
    if is_whole and name and len(name) <= _MAX_NAME:
        return name
    digest = hashlib.sha256(original.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name[:_MAX_NAME]}-{digest}".lstrip("-")
