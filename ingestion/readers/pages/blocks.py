"""HTML to lines of visible text, each with its place in the layout.

The library parses as browsers do and writes the tree down again; one linear pass over
that well-formed text is several times faster than walking the nodes, and no depth of
nesting can exhaust a stack. What is struck out is found by selectors, those of the
page's own style sheets among them, and marked in the text before that pass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from ingestion.readers.pages.events import MarkedEvent, marked_events

# Marks in the text where something struck begins and ends, and those of bold text.
_STRUCK, _UNSTRUCK = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_STRUCK}{_UNSTRUCK}]")

_MAX_DEPTH = 400
# So many tags, or so many that are left open, may nest too deep for the library.
_MANY_TAGS = 8_000
_MANY_OPEN = 2_000
# What a hostile page may cost: the rest of a longer one is not read.
_MAX_LINES = 20_000
_MAX_LINE_CHARACTERS = 20_000
_MAX_SELECTORS = 20
_MAX_SELECTOR_PARTS = 4
_MAX_STRUCK = 2_000

_STRUCK_ELEMENTS: Final = "s,del,strike"
_STRUCK_STYLES: Final = "[style*='line-through' i]"
# Class names that authors use for text that no longer holds.
_STRUCK_CLASSES: Final = (
    "[class~='strike' i],[class~='striked' i],[class~='strikeout' i],"
    "[class~='strikethrough' i],[class~='strike-through' i],[class~='line-through' i],"
    "[class~='linethrough' i],[class~='crossed' i],[class~='crossed-out' i],"
    "[class~='old-deadline' i],[class~='old-date' i],[class~='outdated' i],"
    "[class~='superseded' i]"
)
# Fast looks at the markup: without any of these the slower ones find nothing.
_STYLE_CUES: Final = ("ine-through", "INE-THROUGH")
_CLASS_CUES: Final = (
    "trike",
    "ine-th",
    "inethr",
    "crossed",
    "old-d",
    "outd",
    "supersed",
)
_STRIKING_RULE = re.compile(r"([^{}]{1,500})\{[^{}]{0,2000}?line-through")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

# Left out with all that is in them.
_SKIPPED: Final = [
    "script", "style", "noscript", "template", "svg", "select", "iframe", "textarea",
    "object", "math", "head",
]  # fmt: skip
# Elements that begin no line. The library writes ">" within attributes as an entity.
_INLINE_TAG = re.compile(
    "</?(?:a|abbr|acronym|b|bdi|bdo|big|button|center|cite|code|data|del|dfn|em|font|i|"
    "img|input|ins|kbd|label|link|mark|meta|nobr|path|q|rp|rt|ruby|s|samp|small|source|"
    "span|strike|strong|sub|sup|time|tt|u|var|wbr)(?: [^>]*)?>"
)
_COMMENT_NODE = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
# A tag with the text behind it: what remains is one line each.
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9-]*)([^>]*)>([^<]*)")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200e\u200f\ufeff\u00ad"))
_TITLE = re.compile(r"<(?:title|TITLE|Title)\b[^>]*>([^<]*)")
_LANGUAGE = re.compile(r"""<(?:html|HTML)\b[^>]*?\slang\s*=\s*["']?([a-zA-Z]{2})""")
_MAX_TITLE = 500
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = re.compile(r"\d")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>?")

# Without an end of their own, they nest in nothing.
_SHALLOW: Final = frozenset({"br", "p", "li", "img", "hr", "input", "meta", "link"})
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_VOID: Final = frozenset({"br", "hr", "area", "base", "col", "embed", "param", "track"})
_REGIONS: Final = frozenset({"nav", "footer", "header", "aside"})
# Whole class names and ids: "menu" alone names a region, "has-menu" may be the page.
_REGION_NAMES = re.compile(
    r"""\s(?:class|id)="(?:[^"]*\s)?(?:(nav|navbar|navigation|menu|main-menu|topnav"""
    r"""|breadcrumbs?|mobile-menu)|(footer|site-footer|page-footer|copyright|colophon)"""
    r"""|(news|newsfeed|news-list|news-item|latest-news|timestamp|post-date))"""
    r"""(?:\s[^"]*)?["]""",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Line:
    """One line as a person sees it, and where it stands.

    ``start`` counts characters in the page's text. ``struck`` are the (start, end)
    spans of this line that are struck out. ``path`` names the open containers from the
    root inwards; two lines belong together as far as their paths agree. ``cell`` is
    (table, row, column) of the innermost cell. ``region`` is nav, footer, header,
    aside, news or "".
    """

    text: str
    start: int
    path: tuple[int, ...] = ()
    tag: str = ""
    level: int = 0
    region: str = ""
    cell: tuple[int, int, int] | None = None
    struck: list[tuple[int, int]] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Return where the line ends in the page's text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Blocks:
    """A page as lines: its title, its language as declared, and its text."""

    title: str | None
    lines: tuple[Line, ...]
    text: str
    language: str = ""
    events: tuple[MarkedEvent, ...] = ()


def is_html(text: str) -> bool:
    """Tell whether a text looks like HTML rather than plain text."""
    head = text[:2000].lower()
    return (
        "<" in head
        and re.search(r"<(!doctype|html|head|body|div|p|table|\w+)\b", head) is not None
    )


def read_blocks(html: str) -> Blocks:
    """Return the visible lines of a page."""
    tree = LexborHTMLParser(_flattened(html))
    struck = _struck_selectors(tree, html)
    if struck:
        _mark_struck(tree, struck)
    title = _TITLE.search(html)
    language = _LANGUAGE.search(html)
    if "datetime=" in html:
        _spell_out_times(tree)
    events = marked_events(tree, html)
    tree.strip_tags(_SKIPPED)
    markup = tree.html or ""
    if "<!--" in markup:
        markup = _COMMENT_NODE.sub("", markup)
    lines = _Reader().read(_INLINE_TAG.sub("", markup))
    return Blocks(
        title=_clean(unescape(title[1][:_MAX_TITLE])) or None if title else None,
        lines=tuple(lines),
        text="\n".join([line.text for line in lines]),
        language=language[1].lower() if language else "",
        events=events,
    )


def read_plain(text: str) -> Blocks:
    """Return the lines of a plain text; blank lines part its paragraphs."""
    lines: list[Line] = []
    start, paragraph = 0, 0
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        clean = _clean(raw[:_MAX_LINE_CHARACTERS])
        if not clean:
            paragraph += 1
            continue
        if len(lines) >= _MAX_LINES:
            break
        lines.append(Line(clean, start, path=(paragraph,)))
        start += len(clean) + 1
    return Blocks(None, tuple(lines), "\n".join(line.text for line in lines))


def _clean(text: str) -> str:
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def _flattened(html: str) -> str:
    """Leave out tags that nest too deep: the library's time grows with their square."""
    tags, closing = html.count("<"), html.count("</")
    if tags < _MANY_TAGS and tags - 2 * closing < _MANY_OPEN:
        return html
    depth = 0
    kept: list[str] = []
    end = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() in _SHALLOW:
            continue
        if not tag[1]:
            depth += 1
        if depth > _MAX_DEPTH:
            kept.append(html[end : tag.start()])
            end = tag.end()
        if tag[1]:
            depth = max(0, depth - 1)
    kept.append(html[end:])
    return "".join(kept)


def _spell_out_times(tree: LexborHTMLParser) -> None:
    """Write the machine's date of a <time> out where its text holds none."""
    for node in tree.css("time[datetime]"):
        stamp = node.attributes.get("datetime") or ""
        if _ISO_DAY.match(stamp) and not _DIGITS.search(node.text(deep=True) or ""):
            node.insert_child(f" {stamp[:10]} {stamp[11:16]}")


def _struck_selectors(tree: LexborHTMLParser, html: str) -> list[str]:
    """Return the selectors of what may be struck out, those of style sheets last."""
    selectors: list[str] = []
    if tree.css(_STRUCK_ELEMENTS):
        selectors.append(_STRUCK_ELEMENTS)
    if any(cue in html for cue in _CLASS_CUES):
        selectors.append(_STRUCK_CLASSES)
    if any(cue in html for cue in _STYLE_CUES):
        selectors.append(_STRUCK_STYLES)
        for style in tree.css("style"):
            rules = _COMMENT.sub("", style.text(deep=True) or "").lower()
            selectors += [
                rule[1].strip()
                for rule in _STRIKING_RULE.finditer(rules)
                if _is_plain(rule[1])
            ]
    return selectors


def _is_plain(selector: str) -> bool:
    """Tell whether a selector costs little on any page, whoever wrote both."""
    return (
        not any(sign in selector for sign in "*~+:")
        and len(selector.replace(">", " ").split()) <= _MAX_SELECTOR_PARTS
    )


def _mark_struck(tree: LexborHTMLParser, selectors: Sequence[str]) -> None:
    """Put marks around every element that is shown struck out."""
    seen: set[int] = set()
    for selector in selectors[:_MAX_SELECTORS]:
        try:
            nodes = tree.css(selector.strip())
        except SelectolaxError:  # a selector that the library does not know
            continue
        for node in nodes:
            if len(seen) >= _MAX_STRUCK:
                return
            if node.mem_id not in seen and node.tag not in {"html", "body", "head"}:
                seen.add(node.mem_id)
                node.insert_before(_STRUCK)
                node.insert_after(_UNSTRUCK)


@lru_cache(maxsize=4096)
def _region_of(attributes: str) -> str:
    named = _REGION_NAMES.search(attributes)
    if named is None:
        return ""
    return "nav" if named[1] else "footer" if named[2] else "news"


class _Open(NamedTuple):
    """A container that is open: what a line in it has from it."""

    tag: str
    path: tuple[int, ...]
    region: str
    level: int
    table: list[int] | None
    is_pre: bool


class _Reader:
    """Turns well-formed markup into lines, in one pass."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._struck_depth = 0
        self._offset = 0

    def read(self, markup: str) -> list[Line]:
        """Return the lines of markup; the loop is written for speed, not for beauty."""
        here = _Open("", (), "", 0, None, False)
        stack = [here]
        count = 0
        lines, is_marked = self._lines, _STRUCK in markup
        for closing, tag, attributes, text in _TOKEN.findall(markup):
            if closing:
                if here[0] == tag and len(stack) > 1:
                    stack.pop()
                    here = stack[-1]
            elif tag not in _VOID:
                count += 1
                here = _entered(here, tag, attributes, count)
                stack.append(here)
            if not text or text.isspace():
                continue
            if "&" in text:
                text = unescape(text)
            if here.is_pre and "\n" in text:
                for piece in text.split("\n"):
                    self._add(piece, here)
            elif is_marked or len(text) > _MAX_LINE_CHARACTERS:
                self._add(text, here)
            else:
                self._append(_clean(text), here, [])
            if len(lines) >= _MAX_LINES:
                break
        return lines

    def _add(self, raw: str, here: _Open) -> None:
        text = _clean(raw[:_MAX_LINE_CHARACTERS])
        struck: list[tuple[int, int]] = []
        if self._struck_depth or _STRUCK in text or _UNSTRUCK in text:
            text, struck = self._without_marks(text)
        self._append(text, here, struck)

    def _append(self, text: str, here: _Open, struck: list[tuple[int, int]]) -> None:
        if not text or len(self._lines) >= _MAX_LINES:
            return
        tag, path, region, level, table, _ = here
        cell = (table[0], table[1], table[2]) if table and table[2] else None
        line = Line(text, self._offset, path, tag, level, region, cell, struck)
        self._lines.append(line)
        self._offset += len(text) + 1

    def _without_marks(self, text: str) -> tuple[str, list[tuple[int, int]]]:
        """Return the text without marks, and the spans that they enclosed."""
        parts: list[str] = []
        struck: list[tuple[int, int]] = []
        length = last = 0
        began = 0 if self._struck_depth else -1
        for mark in _MARKS.finditer(text):
            parts.append(text[last : mark.start()])
            length += mark.start() - last
            last = mark.end()
            if mark[0] == _STRUCK:
                if not self._struck_depth:
                    began = length
                self._struck_depth += 1
            elif self._struck_depth:
                self._struck_depth -= 1
                if not self._struck_depth:
                    struck.append((began, length))
                    began = -1
        parts.append(text[last:])
        length += len(text) - last
        if began >= 0:
            struck.append((began, length))
        joined = "".join(parts)
        left = len(joined) - len(joined.lstrip())
        clean = joined.strip()
        spans = [
            (max(0, a - left), min(len(clean), b - left))
            for a, b in struck
            if min(len(clean), b - left) > max(0, a - left)
        ]
        return clean, spans


def _entered(outer: _Open, tag: str, attributes: str, number: int) -> _Open:
    """Return what holds within a container that opens within another."""
    _, path, region, level, table, is_pre = outer
    if tag in _REGIONS:
        region = tag
    elif attributes:
        region = _region_of(attributes) or region
    if tag == "table":
        table = [number, 0, 0]
    elif table is not None:
        if tag == "tr":
            table[1] += 1
            table[2] = 0
        elif tag in {"td", "th"}:
            table[2] += 1
    return _Open(
        tag,
        (*path, number),
        region,
        _HEADINGS.get(tag, level),
        table,
        is_pre or tag == "pre",
    )
