"""The days of an event as a page marks them up for machines (schema.org).

JSON-LD and microdata are seldom kept as well as the visible page, so they speak only
where it is silent.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from selectolax.lexbor import LexborHTMLParser

_MAX_SCRIPT_CHARACTERS = 200_000
_MAX_NESTING = 8
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class MarkedEvent:
    """An event with its first and last day, and the markup that says so."""

    starts: date
    ends: date
    quote: str


def may_mark_events(html: str) -> bool:
    """Tell, fast, whether a page can mark up an event at all."""
    return "ld+json" in html or "itemprop=" in html


def marked_events(tree: LexborHTMLParser, html: str) -> tuple[MarkedEvent, ...]:
    """Return the distinct events that a page marks up, JSON-LD before microdata."""
    found: dict[tuple[date, date], MarkedEvent] = {}
    if "ld+json" in html:
        for script in tree.css("script[type='application/ld+json' i]"):
            text = script.text(deep=True) or ""
            if len(text) <= _MAX_SCRIPT_CHARACTERS:
                for event in _in_json(text):
                    found.setdefault((event.starts, event.ends), event)
    if not found and "itemprop=" in html:
        marked = _in_microdata(tree)
        return (marked,) if marked else ()
    return tuple(found.values())


def _in_json(text: str) -> Iterator[MarkedEvent]:
    try:
        root = json.loads(text, strict=False)
    except (ValueError, RecursionError):  # hand-written, or meant to be too deep
        return
    for node in _nodes(root, 0):
        types = node.get("@type")
        names = types if isinstance(types, list) else [types]
        if any(isinstance(name, str) and name.endswith("Event") for name in names):
            event = _event(node.get("startDate"), node.get("endDate"))
            if event is not None:
                yield event


def _nodes(value: object, depth: int) -> Iterator[dict[str, object]]:
    if depth > _MAX_NESTING:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)


def _in_microdata(tree: LexborHTMLParser) -> MarkedEvent | None:
    stamps: list[str | None] = []
    for name in ("startDate", "endDate"):
        nodes = tree.css(f"[itemprop='{name}']")
        if len(nodes) > 1:
            return None  # a programme of many events
        stamps.append(
            next(
                (
                    node.attributes.get("content")
                    or node.attributes.get("datetime")
                    or node.text(deep=True)
                    for node in nodes
                ),
                None,
            )
        )
    return _event(*stamps)


def _event(starts: object, ends: object) -> MarkedEvent | None:
    first = _day(starts)
    if first is None:
        return None
    last = _day(ends) or first
    if last < first:
        return None
    quote = f'"startDate": "{starts}"' + (f', "endDate": "{ends}"' if ends else "")
    return MarkedEvent(first, last, quote[:200])


def _day(stamp: object) -> date | None:
    if not isinstance(stamp, str) or not _ISO_DAY.match(stamp.strip()):
        return None
    try:
        return date.fromisoformat(stamp.strip()[:10])
    except ValueError:
        return None
