"""Pages of the folder ``docs``, from Markdown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from confradar.docsite.pages import picture


@dataclass(frozen=True, slots=True)
class Text:
    """One page of text."""

    title: str
    html: str


def read_text(file: Path, pages: Mapping[Path, str]) -> Text:
    """Return a page; what it shows is put into it, what it links to is on the site.

    Args:
        file: of Markdown.
        pages: files of Markdown that become pages, with the names of those. Links to
            any other file of the project lose their address and keep their words.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(file.read_text("utf-8"))
    title = file.stem
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[number + 1].content
            token.attrSet("id", _anchor(words))
            if token.tag == "h1":
                title = words
        if token.attrs.pop("style", "") == "text-align:right":
            token.attrSet("class", "right")  # no policy has to allow it
        for child in token.children or ():
            _lead_on(child, file.parent, pages)
    return Text(title, parser.renderer.render(tokens, parser.options, {}))


def _lead_on(token: Token, folder: Path, pages: Mapping[Path, str]) -> None:
    if token.type == "image":
        shown = folder / str(token.attrGet("src"))
        token.attrSet("src", picture(shown.read_bytes(), shown.suffix))
    if token.type == "link_open":
        parts = urlsplit(str(token.attrGet("href")))
        if parts.scheme or not parts.path:
            return
        page = pages.get((folder / parts.path).resolve())
        if page is None:
            del token.attrs["href"]
        else:
            token.attrSet("href", parts._replace(path=page).geturl())


def _anchor(words: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
