"""Pages that need nothing but themselves, and the folder that they are written to."""

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from confradar.errors import ConfRadarError

_INLINE = {
    "script-src": re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL),
    "style-src": re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL),
}
_PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site, with the policy under which it is shown."""

    name: str
    html: bytes = field(repr=False)
    policy: str


@dataclass(frozen=True, slots=True)
class Site:
    """All pages by their names; ``is_built`` tells whether there are marts at all."""

    pages: Mapping[str, Page]
    is_built: bool

    def write(self, folder: Path) -> None:
        """Write the pages; each is the old or the new one at any moment.

        Raises:
            ConfRadarError: the folder cannot be written to.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for page in self.pages.values():
                written = folder / f".{page.name}.{os.getpid()}"
                written.write_bytes(page.html)
                written.replace(folder / page.name)
        except OSError as error:
            raise ConfRadarError(
                f"the docs cannot be written to {folder}: {error.strerror}",
                "give another folder: confradar docs --to DIR",
            ) from error


def page_of(name: str, html: str, *, styles: Iterable[str] = ()) -> Page:
    """Return a page that may run and show what it has in it, and nothing else.

    Args:
        name: of its file.
        html: the whole page.
        styles: sources of styles beside those that are written in it.
    """
    allowed = {
        place: [_source_of(text) for text in found.findall(html)]
        for place, found in _INLINE.items()
    }
    allowed["style-src"] = list(styles) or allowed["style-src"]
    policy = "; ".join(
        (
            "default-src 'none'",
            *(
                f"{place} {' '.join(sources) or chr(39) + 'none' + chr(39)}"
                for place, sources in allowed.items()
            ),
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    tag = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    return Page(name, html.replace("<head>", f"<head>{tag}", 1).encode(), policy)


def picture(data: bytes, suffix: str = ".svg") -> str:
    """Return a picture as the address that holds it."""
    return f"data:{_PICTURES[suffix]};base64,{base64.b64encode(data).decode()}"


def _source_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
