"""HTML to lines of visible text, each with its place in the layout.

The library parses as browsers do and writes the tree down again; linear passes over
that well-formed text are several times faster than walking the nodes, and no depth of
nesting can exhaust a stack. One pattern takes out what nobody sees, and the rest is
split at its tags. Then texts become lines all at once rather than one by one: tags that
begin a line turn into one character, others into nothing, and the text is split there.
The texts are needed of all lines, but where a line stands only near dates: that is
worked out as far as anybody asks. What a tag means for the lines is remembered by its
text, as a page repeats a few tags many times. What the page's own style sheets strike
out is found by selectors, and marked in the text before all that.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import accumulate, chain, islice
from typing import Final, NamedTuple, TypeAlias

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from ingestion.readers.pages.events import (
    MarkedEvent,
    marked_events,
    may_mark_events,
)

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

_STRUCK_ELEMENTS: Final = frozenset({"s", "del", "strike"})
# Class names that authors use for text that no longer holds.
_STRUCK_CLASSES: Final = frozenset(
    {
        *("strike", "striked", "strikeout", "strikethrough", "strike-through"),
        *("line-through", "linethrough", "crossed", "crossed-out"),
        *("old-deadline", "old-date", "outdated", "superseded"),
    }
)
_CLASSES = re.compile(r' class="([^"]*)"')
_NAMES = re.compile(r' (?:class|id)="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
# A fast look at the markup: without these no style sheet strikes anything out.
_STYLE_CUES: Final = ("ine-through", "INE-THROUGH")
_STRIKES: Final = "line-through"
_MAX_SELECTOR, _MAX_RULE = 500, 2_000
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

# Left out with all that is in them, as is the head: what holds text, written down as it
# is, and what holds elements.
_UNSEEN_TEXTS: Final = ("script", "style", "iframe", "textarea")
_UNSEEN_ELEMENTS: Final = ("noscript", "template", "svg", "select", "object", "math")
# Other elements whose text is written down as it is.
_RAW_TEXTS: Final = ("xmp", "noembed", "noframes", "plaintext")
# Elements that begin no line.
_INLINE: Final = frozenset(
    name
    for names in (
        "a abbr acronym b bdi bdo big button center cite code data del dfn em font i",
        "img input ins kbd label link mark meta nobr path q rp rt ruby s samp small",
        "source span strike strong sub sup time tt u var wbr",
    )
    for name in names.split()
)
# A tag; else a comment, a doctype, whose name may hold a "<", or what only looks like a
# tag, with the text behind it. The library writes both signs within attributes as
# entities.
_TAG = re.compile(
    r"<(/?[a-z][^>]*)>|<!--.*?(?:-->|$)|<!DOCTYPE[^>]*>|<[^<]*", re.DOTALL
)
_AFTER_NAME = re.compile(r"[^a-z0-9-]")
_MAX_TAGS = 4_096


def _letters(names: Iterable[str]) -> str:
    """Return a pattern of names by their letters: no name is tried twice at a place."""
    tails: dict[str, list[str]] = {}
    for name in sorted(names):
        tails.setdefault(name[:1], []).append(name[1:])
    is_whole = tails.pop("", None) is not None
    branches = [
        letter + (_letters(rest) if any(rest) else "") for letter, rest in tails.items()
    ]
    return f"(?:{'|'.join(branches)})" + ("?" if is_whole else "")


_RAW_NAME: Final = "|".join((*_UNSEEN_TEXTS, *_RAW_TEXTS))
_UNCERTAIN_NAME: Final = _letters((*_UNSEEN_TEXTS, *_UNSEEN_ELEMENTS, *_RAW_TEXTS))
# What nobody sees; and where it is not certain where that ends, all the rest, which is
# then missed: where elements hold what may hide an end (comments, texts with a "<"),
# where a script speaks of scripts, where an end is left over. Possessive groups need no
# way back: linear time. Every branch begins with a letter of its own, so that most tags
# are passed over without a closer look.
_UNSEEN_TEXT: Final = (
    r"{name}(?=[ >])(?:(?: [^>]*)?>(?:[^<]++|<(?!/{name}>|(?i:script)))*+</{name}>"
    r"|(?s:.*))"
)
_UNSEEN_ELEMENT: Final = (
    r"{name}(?=[ >])(?:(?: [^>]*)?>(?:[^<]++"
    r"|<style(?: [^>]*)?>[^<]*+</style>|<iframe(?: [^>]*)?>[^<]*+</iframe>"
    rf"|<(?!/{{name}}>|[!?]|{_RAW_NAME}))*+</{{name}}>"
    r"|(?s:.*))"
)
_UNSEEN = re.compile(
    "<(?:"
    + "|".join(
        (
            *(_UNSEEN_TEXT.format(name=name) for name in _UNSEEN_TEXTS),
            *(_UNSEEN_ELEMENT.format(name=name) for name in _UNSEEN_ELEMENTS),
            *(rf"{name}(?=[ >])(?s:.*)" for name in _RAW_TEXTS),
            rf"/{_UNCERTAIN_NAME}>(?s:.*)",
            r"!(?:--(?:[^-]++|-(?!->))*+-->|DOCTYPE[^>]*>)",
            # An instruction such as <?xml ?>, with the text behind it as in ``_TAG``.
            rf"\?(?:[^<]*+(?!<{_UNCERTAIN_NAME}[ >])|(?s:.*))",
        )
    )
    + ")"
)
# Between lines while they are made: a page cannot hold it.
_SEAM: Final = "\0"
_INVISIBLE = re.compile("[\u200b\u200e\u200f\ufeff\u00ad]+")
_TITLE = re.compile(r"<(?:title|TITLE|Title)\b[^>]*>([^<]*)")
_LANGUAGE = re.compile(r"""<(?:html|HTML)\b[^>]*?\slang\s*=\s*["']?([a-zA-Z]{2})""")
_MAX_TITLE = 500
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DIGIT = re.compile(r"\d")
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>?")

# Without an end of their own, they nest in nothing.
_SHALLOW: Final = frozenset({"br", "p", "li", "img", "hr", "input", "meta", "link"})
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_VOID: Final = frozenset(
    {
        *("br", "hr", "area", "base", "col", "embed", "param", "track"),
        *("img", "input", "link", "meta", "source", "wbr"),
    }
)
_REGIONS: Final = frozenset({"nav", "footer", "header", "aside"})
# Whole class names and ids: "menu" alone names a region, "has-menu" may be the page.
_REGION_NAMES: Final = {
    name: region
    for region, names in {
        "nav": "nav navbar navigation menu main-menu topnav breadcrumb breadcrumbs "
        "mobile-menu",
        "footer": "footer site-footer page-footer copyright colophon",
        "news": "news newsfeed news-list news-item latest-news timestamp post-date",
    }.items()
    for name in names.split()
}


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
    struck: Sequence[tuple[int, int]] = ()

    @property
    def end(self) -> int:
        """Return where the line ends in the page's text."""
        return self.start + len(self.text)


class Lines:
    """The lines of a page: all their texts, and their places as far as anybody asked.

    ``text`` is that of the page, in which line breaks join the lines. ``numbered`` are
    the lines that hold digits.
    """

    def __init__(self, texts: Sequence[str], placing: Iterator[Line]) -> None:
        """Take the texts of all lines, and what yields these lines in their order."""
        self.texts = texts
        self.text = "\n".join(texts)
        self.numbered = _numbered(texts, self.text)
        self._placed: list[Line] = []
        self._coming = placing

    @cached_property
    def starts(self) -> list[int]:
        """The lines' positions in the page's text."""
        lengths = accumulate([len(text) + 1 for text in self.texts])
        return [0, *lengths][: len(self.texts)]

    def first(self, count: int) -> list[Line]:
        """Return so many lines from the top, or more, or all that there are."""
        missing = count - len(self._placed)
        if missing > 0:
            self._placed.extend(islice(self._coming, missing))
        return self._placed

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines; who stops early leaves the rest without places."""
        for index in range(len(self.texts)):
            yield self.first(index + 1)[index]


# All bytes but digits and line breaks.
_NO_DIGITS: Final = bytes(set(range(256)) - {*b"0123456789\n"})


def _numbered(texts: Sequence[str], text: str) -> list[int]:
    """Return which lines hold digits; ``text`` is all of them, a line each."""
    # Taking out all else is several times faster than a search in every line.
    digits = text.encode(errors="replace").translate(None, _NO_DIGITS).split(b"\n")
    if text.isascii():
        return [index for index, found in enumerate(digits) if found]
    has_other = _DIGIT.search
    return [
        index
        for index, found in enumerate(digits)
        if found or not (texts[index].isascii() or has_other(texts[index]) is None)
    ]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A page as lines: its title, its language as declared, and its text."""

    title: str | None
    content: Lines
    text: str
    language: str = ""
    html: str = ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return all lines with their places."""
        return tuple(self.content.first(len(self.content.texts)))

    @property
    def events(self) -> tuple[MarkedEvent, ...]:
        """Return the events in the page's markup, which is parsed anew for them.

        Hardly any page is asked: the text of most says when the event is.
        """
        if not may_mark_events(self.html):
            return ()
        return marked_events(_parsed(self.html), self.html)


_BEGINS_TAG = re.compile(r"<(?:!doctype|\w+)\b", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Tell whether a text looks like HTML rather than plain text."""
    return _BEGINS_TAG.search(text, 0, 2000) is not None


def read_blocks(html: str) -> Blocks:
    """Return the visible lines of a page."""
    title = _TITLE.search(html)
    language = _LANGUAGE.search(html)
    content = _lines(_pieces(_parsed(html)))
    return Blocks(
        title=_clean(unescape(title[1][:_MAX_TITLE])) or None if title else None,
        content=content,
        text=content.text,
        language=language[1].lower() if language else "",
        html=html,
    )


def _parsed(html: str) -> LexborHTMLParser:
    """Return the tree of a page, with marks and dates where they cannot be seen."""
    tree = LexborHTMLParser(_flattened(html))
    if any(cue in html for cue in _STYLE_CUES):
        _mark_struck(tree, _striking_selectors(tree))
    if "datetime=" in html:
        _spell_out_times(tree)
    return tree


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
    content = Lines([line.text for line in lines], iter(lines))
    return Blocks(None, content, content.text)


def _clean(text: str) -> str:
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def _flattened(html: str) -> str:
    """Leave out tags that nest too deep: the library's time grows with their square."""
    tags = html.count("<")
    if tags < _MANY_OPEN:  # most pages: the ends need not be counted
        return html
    if tags < _MANY_TAGS and tags - 2 * html.count("</") < _MANY_OPEN:
        return html
    depth = 0
    kept: list[str] = []
    end = 0
    for tag in _ANY_TAG.finditer(html):
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
        if _ISO_DAY.match(stamp) and not _DIGIT.search(node.text(deep=True) or ""):
            node.insert_child(f" {stamp[:10]} {stamp[11:16]}")


def _striking_selectors(tree: LexborHTMLParser) -> list[str]:
    """Return the selectors of what the page's style sheets strike out."""
    selectors: list[str] = []
    for style in tree.css("style"):
        rules = _COMMENT.sub("", style.text(deep=True) or "").lower()
        selectors += filter(_is_plain, _selectors_that_strike(rules))
    return selectors


def _selectors_that_strike(rules: str) -> Iterator[str]:
    """Yield the selectors of rules that strike out, each with what strikes after it."""
    end = 0  # of the rule before
    at = rules.find(_STRIKES)
    while at >= 0:
        brace = rules.rfind("{", max(end, at - _MAX_RULE - 1), at)
        if brace >= 0 and rules.find("}", brace, at) < 0:
            first = max(end, brace - _MAX_SELECTOR)
            before = max(rules.rfind(sign, first, brace) for sign in "{}")
            selector = rules[max(first, before + 1) : brace]
            if selector:
                yield selector
                end = at + len(_STRIKES)
        at = rules.find(_STRIKES, at + len(_STRIKES))


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


# What a tag does: only the first two let the line go on in which they stand.
_INLINE_BEGINS, _INLINE_ENDS, _BREAKS, _CLOSES, _OPENS = range(5)


class _Tag(NamedTuple):
    """What a tag means for the lines, whatever it stands in.

    ``region`` and ``level`` are "" and 0 where the element takes those around it.
    """

    does: int
    name: str
    is_struck: bool = False
    region: str = ""
    level: int = 0


# Inline elements without a class or a style, by their names: most tags of a page.
_PLAIN: Final = {
    **{name: _Tag(_INLINE_BEGINS, name) for name in _INLINE},
    **{f"/{name}": _Tag(_INLINE_ENDS, name) for name in _INLINE},
    **{name: _Tag(_INLINE_BEGINS, name, is_struck=True) for name in _STRUCK_ELEMENTS},
}


def _read_tag(text: str) -> _Tag:
    """Read a tag without its angle brackets: ``/p``, or ``li class="strike"``."""
    if text in _PLAIN:
        return _PLAIN[text]
    name = _AFTER_NAME.split(text.lstrip("/"), 1)[0]
    if text[0] == "/":
        return _Tag(_CLOSES, name)
    attributes = text[len(name) :]
    is_inline = name in _INLINE and attributes[:1] in {"", " "}
    is_struck = name not in _VOID and _is_struck(name, attributes)
    if is_inline:
        return _Tag(_INLINE_BEGINS, name, is_struck)
    if name in _VOID:
        return _Tag(_BREAKS, name)
    return _Tag(
        _OPENS, name, is_struck, _region_of(name, attributes), _HEADINGS.get(name, 0)
    )


class _Tags(dict[str, _Tag]):
    """What tags mean, by their text, as far as they were met lately."""

    def __missing__(self, text: str) -> _Tag:
        """Read a tag that is new; one like no other, such as a link, is forgotten."""
        name, blank, attributes = text.partition(" ")
        if blank and 'class="' not in attributes and 'style="' not in attributes:
            plain = _PLAIN.get(name)
            if plain is not None:
                return plain
        if len(self) >= _MAX_TAGS:
            self.clear()
        tag = self[text] = _read_tag(text)
        return tag


_TAGS: Final = _Tags()


def _is_struck(name: str, attributes: str) -> bool:
    """Tell whether an element is struck out by its name, its class or its style."""
    if name in _STRUCK_ELEMENTS:
        return True
    if not attributes or name in {"html", "body"}:
        return False
    # Looking for a few letters first is faster than a pattern that finds nothing.
    if 'class="' in attributes:
        classes = _CLASSES.search(attributes)
        if classes and not _STRUCK_CLASSES.isdisjoint(classes[1].lower().split()):
            return True
    if 'style="' in attributes:
        style = _STYLE.search(attributes)
        return style is not None and "line-through" in style[1].lower()
    return False


def _region_of(name: str, attributes: str) -> str:
    if name in _REGIONS:
        return name
    if 'class="' in attributes or 'id="' in attributes:
        for names in _NAMES.findall(attributes):
            for word in reversed(names.lower().split()):
                if word in _REGION_NAMES:
                    return _REGION_NAMES[word]
    return ""


def _pieces(tree: LexborHTMLParser) -> list[str]:
    """Return the texts of a page and the tags between them, a text first and last.

    A tag is "" where the texts beside it are one.
    """
    if tree.head is not None:
        tree.head.decompose()
    seen = _UNSEEN.sub("", tree.html or "")
    pieces = seen.replace("<", ">").split(">")  # far faster than by a pattern
    if _is_certain(seen, pieces):
        return pieces
    tree.strip_tags([*_UNSEEN_TEXTS, *_UNSEEN_ELEMENTS])
    return [piece or "" for piece in _TAG.split(tree.html or "")]


def _is_certain(seen: str, pieces: Sequence[str]) -> bool:
    """Tell whether nothing is missing that is seen, and all pieces are what they are.

    The name of an attribute may hold a "<", which may have been read as a beginning.
    """
    return seen.endswith("</html>") and len(pieces) == 2 * seen.count("<") + 1


def _lines(pieces: list[str]) -> Lines:
    """Return the lines that texts and tags in turn make, of which nothing is left.

    Marks tell what is struck out; a line that ends within <pre> ends at a <br>.
    """
    tags = pieces[1::2]
    seams = dict.fromkeys(tags, "")
    breaking: dict[str, _Tag] = {}
    striking: set[str] = set()  # names
    has_pre = False
    for tag in filter(None, seams):
        meaning = _TAGS[tag]
        does, name, is_struck, _, _ = meaning
        if does >= _BREAKS:
            breaking[tag] = meaning
            seams[tag] = _SEAM
            has_pre = has_pre or name == "pre"
        if is_struck:
            striking.add(name)
    pieces[1::2] = map(seams.__getitem__, tags)
    if striking:
        _mark_in(pieces, tags, striking)
    text = "".join(pieces)
    if "&" in text:
        text = text.replace("&nbsp;", " ")  # most of them, and white space here
    texts = text.split(_SEAM)
    breaks: Iterator[_Tag] = filter(None, map(breaking.get, tags))
    if has_pre:
        texts, breaks = _ended_within_pre(texts, breaks)
    if "&" in text:
        texts = [unescape(text) if "&" in text else text for text in texts]
    if len(text) > _MAX_LINE_CHARACTERS:
        texts = [text[:_MAX_LINE_CHARACTERS] for text in texts]
    texts = list(map(str.strip, texts))
    struck: Mapping[int, Sequence[tuple[int, int]]] = {}
    together = "".join(texts)
    if "  " in together or not _is_printable(together):
        texts = [
            text
            if not text or (text.isprintable() and "  " not in text)
            else _clean(text)
            for text in texts
        ]
        if _STRUCK in together or _UNSTRUCK in together:
            texts, struck = _all_without_marks(texts)
    seen = list(filter(None, texts))
    return Lines(seen[:_MAX_LINES], _placed(texts, breaks, struck))


# Of ASCII, what is printable.
_PRINTABLE: Final = bytes(range(32, 127))


def _is_printable(text: str) -> bool:
    """Tell whether a long text has no white space but blanks, and nothing invisible."""
    if text.isascii():  # as ``isprintable`` has it, in a fifth of the time
        return not text.encode().translate(None, _PRINTABLE)
    return text.isprintable()


def _mark_in(joined: list[str], tags: Sequence[str], names: Collection[str]) -> None:
    """Put marks where something struck out begins and ends, at tags of these names.

    ``joined`` are texts and, between them, what is to take the places of the tags.
    """
    near = {tag: _TAGS[tag] for tag in set(tags) if tag}
    near = {tag: meaning for tag, meaning in near.items() if meaning.name in names}
    # The elements around that are struck out, and how many of their name are open.
    striking: list[tuple[str, int]] = []
    for index, tag in enumerate(tags):
        if tag not in near:
            continue
        does, name, is_struck, _, _ = near[tag]
        if is_struck or striking:
            mark = _mark(striking, does, name, is_struck)
            seam = joined[2 * index + 1]
            joined[2 * index + 1] = mark + seam if does == _OPENS else seam + mark


def _ended_within_pre(
    texts: Sequence[str], tags: Iterable[_Tag]
) -> tuple[list[str], Iterator[_Tag]]:
    """Return texts, and the tags between them, in which line ends of <pre> are tags."""
    ended: list[str] = []
    between: list[_Tag] = []
    open_names: list[str] = []
    for text, tag in zip(texts, tags, strict=False):
        if "\n" in text and "pre" in open_names:
            parts = text.split("\n")
            ended += parts
            between += [_TAGS["br"]] * (len(parts) - 1)
        else:
            ended.append(text)
        between.append(tag)
        if tag.does == _OPENS:
            open_names.append(tag.name)
        elif tag.does == _CLOSES and open_names and tag.name == open_names[-1]:
            open_names.pop()
    ended.append(texts[-1])
    return ended, iter(between)


def _mark(
    striking: list[tuple[str, int]], does: int, name: str, is_struck: bool
) -> str:
    """Return the mark to set at a tag, as something struck out begins or ends."""
    if is_struck:
        striking.append((name, 1))
        return _STRUCK
    outer, depth = striking[-1]
    if name != outer:
        return ""
    depth += -1 if does in {_INLINE_ENDS, _CLOSES} else 1
    if depth:
        striking[-1] = (name, depth)
        return ""
    striking.pop()
    return _UNSTRUCK


def _without_marks(text: str, depth: int) -> tuple[str, list[tuple[int, int]], int]:
    """Return a text without marks, the spans that they enclose, and how many are open.

    ``depth`` are those that are open where the text begins.
    """
    parts: list[str] = []
    struck: list[tuple[int, int]] = []
    length = last = 0
    began = 0 if depth else -1
    for mark in _MARKS.finditer(text):
        parts.append(text[last : mark.start()])
        length += mark.start() - last
        last = mark.end()
        if mark[0] == _STRUCK:
            if not depth:
                began = length
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
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
    return clean, spans, depth


def _all_without_marks(
    texts: Sequence[str],
) -> tuple[list[str], dict[int, Sequence[tuple[int, int]]]]:
    """Return texts without marks, and by their numbers the spans that these enclose."""
    bare: list[str] = []
    struck: dict[int, Sequence[tuple[int, int]]] = {}
    depth = 0  # of marks that are open
    for text in texts:
        if depth or not (text.isascii() or _MARKS.search(text) is None):
            text, spans, depth = _without_marks(text, depth)
            if spans:
                struck[len(bare)] = spans
        bare.append(text)
    return bare, struck


# A container that is open: its name, and the region, the heading's level and the table
# in it. A table is its number, and row and column so far.
_Open: TypeAlias = tuple[str, str, int, list[int] | None]
_END: Final = _Tag(_BREAKS, "")


def _placed(
    texts: Sequence[str],
    tags: Iterable[_Tag],
    struck: Mapping[int, Sequence[tuple[int, int]]],
) -> Iterator[Line]:
    """Yield the texts that are lines with their places, given the tags between them.

    Written for speed, not for beauty.
    """
    name = region = ""
    level = containers = start = 0
    table: list[int] | None = None
    outer: list[_Open] = []
    path: list[int] = []
    behind = chain(tags, (_END,))
    for index, (text, tag) in enumerate(zip(texts, behind, strict=True)):
        if text:
            cell = (table[0], table[1], table[2]) if table and table[2] else None
            spans = struck.get(index, ()) if struck else ()
            yield Line(text, start, tuple(path), name, level, region, cell, spans)
            start += len(text) + 1
        does, tag_name, _, tag_region, tag_level = tag
        if does == _OPENS:
            containers += 1
            path.append(containers)
            outer.append((name, region, level, table))
            name = tag_name
            region = tag_region or region
            level = tag_level or level
            if name == "table":
                table = [containers, 0, 0]
            elif table is not None:
                _place_in_table(table, name)
        elif does == _CLOSES and name == tag_name and outer:
            name, region, level, table = outer.pop()
            path.pop()


def _place_in_table(table: list[int], name: str) -> None:
    """Count a row or a cell that begins in a table."""
    if name == "tr":
        table[1] += 1
        table[2] = 0
    elif name in {"td", "th"}:
        table[2] += 1
