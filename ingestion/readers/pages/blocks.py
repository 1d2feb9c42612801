"""HTML to lines of visible text, each with its place in the layout.

The library parses as browsers do and writes the tree down again; one linear pass over
that well-formed text is several times faster than walking the nodes, and no depth of
nesting can exhaust a stack. What is struck out is found by selectors, those of the
page's own style sheets among them, and marked in the text before that pass.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

# Marks in the text where something struck begins and ends, and those of bold text.
_STRUCK, _UNSTRUCK = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_STRUCK}{_UNSTRUCK}]")

_MAX_DEPTH = 400
_DEEP = 2_000
_MAX_SELECTORS = 40

# Class names that authors use for text that no longer holds.
_STRUCK_SELECTOR: Final = (
    "s,del,strike,[style*='line-through' i],[class~='strike' i],"
    "[class~='striked' i],[class~='strikeout' i],[class~='strikethrough' i],"
    "[class~='strike-through' i],[class~='line-through' i],[class~='linethrough' i],"
    "[class~='crossed' i],[class~='crossed-out' i],[class~='old-deadline' i],"
    "[class~='old-date' i],[class~='outdated' i],[class~='superseded' i]"
)
_MAY_STRIKE = re.compile(
    r"line-through|<(?:s|del|strike)[\s>]|strike|linethrough|crossed|old-d|outdated"
    r"|superseded",
    re.IGNORECASE,
)
_STRIKING_RULE = re.compile(r"([^{}]{1,500})\{[^{}]{0,2000}?line-through")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

_INLINE: Final = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|dfn|em|font|i|img|ins|kbd|label|mark|"
    "nobr|path|q|rp|rt|ruby|s|samp|small|source|span|strike|strong|sub|sup|time|tt|u|"
    "use|var|wbr|del|input|center|meta|link"
)
_ATTRIBUTES: Final = r"""(?:\s[^>"]*(?:"[^"]*"[^>"]*)*)?"""
_INLINE_TAG = re.compile(f"</?(?:{_INLINE}){_ATTRIBUTES}>")
_TOKEN = re.compile(
    r"<!--.*?(?:-->|$)"
    r"|<(script|style|noscript|template|svg|select|iframe|textarea|object|math|button"
    rf"|head){_ATTRIBUTES}>.*?(?:</\1>|$)"
    rf"|<(/?)([a-z][a-z0-9-]*)({_ATTRIBUTES})>"
    r"|([^<]+)",
    re.DOTALL,
)
_TITLE = re.compile(r"<title[^>]*>(.*?)(?:</title>|$)", re.DOTALL)
_SPACE = re.compile(r"[\s\u200b\u200e\u200f\ufeff\u00ad]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>?")

_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_REGIONS: Final = frozenset({"nav", "footer", "header", "aside"})
_REGION_NAMES = re.compile(
    r"""\b(?:class|id)="[^"]*?(?:\b|_)(?:(nav|navbar|menu|breadcrumb)"""
    r"""|(footer|copyright)|(news(?:feed|list|item)?|timestamp"""
    r"""|last-?(?:update|modified)\w*))(?:\b|_)""",
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
    if _MAY_STRIKE.search(html):
        _mark_struck(tree, html)
    markup = tree.html or ""
    title = _TITLE.search(markup)
    language = re.match(r'<html[^>]*?\slang="([a-zA-Z]{2})', markup)
    body = markup.find("<body")
    lines = _Reader().read(_INLINE_TAG.sub("", markup[max(body, 0) :]))
    return Blocks(
        title=_clean(unescape(title[1])) or None if title else None,
        lines=tuple(lines),
        text="\n".join(line.text for line in lines),
        language=language[1].lower() if language else "",
    )


def read_plain(text: str) -> Blocks:
    """Return the lines of a plain text; blank lines part its paragraphs."""
    lines: list[Line] = []
    start, paragraph = 0, 0
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        clean = _clean(raw)
        if not clean:
            paragraph += 1
            continue
        lines.append(Line(clean, start, path=(paragraph,)))
        start += len(clean) + 1
    return Blocks(None, tuple(lines), "\n".join(line.text for line in lines))


def _clean(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _flattened(html: str) -> str:
    """Leave out opening tags that nest too deep: the library's time grows squarely."""
    if html.count("<") - 2 * html.count("</") < _DEEP:
        return html
    depth = 0
    kept: list[str] = []
    end = 0
    for tag in _TAG.finditer(html):
        if tag[1]:
            depth = max(0, depth - 1)
        elif tag[2].lower() not in {"br", "p", "li", "img", "hr", "input", "meta"}:
            depth += 1
        if depth > _MAX_DEPTH and not tag[1]:
            kept.append(html[end : tag.start()])
            end = tag.end()
    kept.append(html[end:])
    return "".join(kept)


def _mark_struck(tree: LexborHTMLParser, html: str) -> None:
    """Put marks around every element that is shown struck out."""
    selectors = [_STRUCK_SELECTOR]
    if "line-through" in html:
        for style in tree.css("style"):
            rules = _COMMENT.sub("", style.text(deep=True) or "")
            selectors += [rule[1] for rule in _STRIKING_RULE.finditer(rules)]
    seen: set[int] = set()
    for selector in selectors[:_MAX_SELECTORS]:
        try:
            nodes = tree.css(selector.strip())
        except SelectolaxError:  # a selector that the library does not know
            continue
        for node in nodes:
            if node.mem_id not in seen and node.tag not in {"html", "body", "head"}:
                seen.add(node.mem_id)
                node.insert_before(_STRUCK)
                node.insert_after(_UNSTRUCK)


class _Reader:
    """Turns well-formed markup into lines, in one pass."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._struck_depth = 0
        self._offset = 0
        self._count = 0
        # Open containers: (tag, number, region, heading level).
        self._open: list[tuple[str, int, str, int]] = []
        # Open tables: [number, row, column].
        self._tables: list[list[int]] = []

    def read(self, markup: str) -> list[Line]:
        for token in _TOKEN.finditer(markup):
            text = token[5]
            if text is not None:
                self._parts.append(text)
                continue
            tag = token[3]
            if tag is None:
                if token[1] == "button":
                    self._parts.append(" ")
                continue
            if tag == "br":
                self._flush()
            elif token[2]:
                self._close(tag)
            else:
                self._enter(tag, token[4])
        self._flush()
        return self._lines

    def _enter(self, tag: str, attributes: str) -> None:
        self._flush()
        if tag == "hr":
            return
        self._count += 1
        region = self._open[-1][2] if self._open else ""
        if tag in _REGIONS:
            region = tag
        elif attributes:
            named = _REGION_NAMES.search(attributes)
            if named:
                region = "nav" if named[1] else "footer" if named[2] else "news"
        level = _HEADINGS.get(tag, self._open[-1][3] if self._open else 0)
        if tag == "table":
            self._tables.append([self._count, 0, 0])
        elif self._tables:
            if tag == "tr":
                self._tables[-1][1] += 1
                self._tables[-1][2] = 0
            elif tag in {"td", "th"}:
                self._tables[-1][2] += 1
        self._open.append((tag, self._count, region, level))

    def _close(self, tag: str) -> None:
        self._flush()
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
            if tag == "table" and self._tables:
                self._tables.pop()

    def _flush(self) -> None:
        if not self._parts:
            return
        raw = "".join(self._parts)
        self._parts.clear()
        if "&" in raw:
            raw = unescape(raw)
        in_pre = any(entry[0] == "pre" for entry in self._open)
        for piece in raw.split("\n") if in_pre else (raw,):
            self._add(piece)

    def _add(self, raw: str) -> None:
        text = _clean(raw)
        struck: list[tuple[int, int]] = []
        if self._struck_depth or _STRUCK in text or _UNSTRUCK in text:
            text, struck = self._without_marks(text)
        if not text:
            return
        tag, _, region, level = self._open[-1] if self._open else ("", 0, "", 0)
        cell = None
        if self._tables and self._tables[-1][2]:
            table, row, column = self._tables[-1]
            cell = (table, row, column)
        self._lines.append(
            Line(
                text,
                self._offset,
                path=tuple(entry[1] for entry in self._open),
                tag=tag,
                level=level,
                region=region,
                cell=cell,
                struck=struck,
            )
        )
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
