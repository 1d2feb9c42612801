"""Pages of listing sites as trees, and the texts and links of their nodes."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.blocks import read_blocks
from ingestion.readers.sites.evidence import one_line
from ingestion.readers.text import storable_text

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that hold nothing, or that end where the next of their kind begins.
_FLAT: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr", "dd", "dt", "li", "option", "p"),
        *("td", "th", "tr"),
    }
)
_INLINE: Final = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "dfn", "em", "font"),
        *("i", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "time", "tt", "u", "var"),
    }
)
_UNSEEN = frozenset({"script", "style", "template", "noscript", "select", "option"})
_SPACES = re.compile(r"\s{2,}|[^\S ]")
# No page of these sites nests deeper; the library needs the square of the depth.
_MAX_DEPTH = 500


def parse_tree(html: str) -> LexborHTMLParser | None:
    """Return the tree of a page, None if it nests deeper than any page of a site."""
    if html.count("<") - 2 * html.count("</") >= _MAX_DEPTH:
        depth = 0
        for tag in _TAG.finditer(html):
            if tag[2].lower() not in _FLAT:
                depth += -1 if tag[1] else 1
                if depth > _MAX_DEPTH:
                    return None
    return LexborHTMLParser(html)


def visible_text(html: str) -> str:
    """Return what a person sees of a page, a block a line."""
    return read_blocks(html).text


def first(
    place: LexborHTMLParser | LexborNode | None, selector: str
) -> LexborNode | None:
    """Return the first node that a selector finds, None if there is none."""
    found = [] if place is None else place.css(selector)
    return found[0] if found else None


def innermost_tables(tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the tables that hold no other table: the others only lay the page out."""
    outer: set[int] = set()
    tables = tree.css("table")
    for table in tables:
        parent = table.parent
        while parent is not None and parent.mem_id not in outer:
            if parent.tag == "table":
                outer.add(parent.mem_id)
            parent = parent.parent
    return [table for table in tables if table.mem_id not in outer]


def title_of(tree: LexborHTMLParser) -> str | None:
    """Return the page's title."""
    return text_of(first(tree, "title")) or None


def text_of(node: LexborNode | None) -> str:
    """Return the visible text of a node on one line, "" for none."""
    return one_line(written_in(node))


def written_in(node: LexborNode | None) -> str:
    """Return the visible text of a node, with double blanks kept as written."""
    if node is None:
        return ""
    parts: list[str] = []
    for part in node.traverse(include_text=True):
        tag = part.tag or ""
        if tag == "-text":
            parent = part.parent
            if parent is None or parent.tag not in _UNSEEN:
                parts.append(part.text_content or "")
        elif tag not in _INLINE:
            parts.append("\n")
    return storable_text(_SPACES.sub(_one_blank, "".join(parts)).strip())


def _one_blank(found: re.Match[str]) -> str:
    """Keep blanks that somebody typed; of any other white space make one."""
    return found[0] if not found[0].strip(" ") else " "


def attribute(node: LexborNode | None, name: str) -> str:
    """Return an attribute of a node, stripped, "" if there is none."""
    value = None if node is None else node.attributes.get(name)
    return storable_text((value or "").strip())


def web_address(href: str, base: str | None) -> str | None:
    """Return a link's absolute address, None if it leads to no web page."""
    try:
        url = urljoin(base or "", "".join(href.split("\n")).strip())
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url.replace(" ", "%20") if is_web else None


def links_of(tree: LexborHTMLParser, base: str | None) -> tuple[tuple[str, str], ...]:
    """Return text and absolute address of every link that leads to a web page."""
    return tuple(_links(tree.css("a[href]"), base))


def _links(nodes: Iterable[LexborNode], base: str | None) -> Iterator[tuple[str, str]]:
    for node in nodes:
        href = attribute(node, "href")
        if href and not href.startswith("#"):
            url = web_address(href, base)
            if url is not None:
                yield text_of(node), url
