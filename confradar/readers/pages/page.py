"""What all pages share: how they are rendered, what they may load, the assets.

Whatever a template puts out goes through ``text_of`` and is escaped, so that nothing
that a source wrote reaches a page as it is.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from confradar.readers import addresses
from confradar.readers.harmless import text_of, url_of

# Nothing from elsewhere, nothing written into the page itself.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)

_ASSETS = ("style.css", "app.js", "icon.svg")
_NAVIGATION = (
    (addresses.INDEX, "Deadlines"),
    (addresses.MONTHS, "Calendar"),
    (addresses.CHANGES_PAGE, "Changes"),
    (addresses.SOURCES, "Sources"),
    (addresses.SUBSCRIBE, "Subscribe"),
    (addresses.READING, "How to read"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it stands, its HTML, and the policy under which it is shown."""

    path: str
    body: bytes = field(repr=False)
    policy: str = POLICY


def assets() -> dict[str, bytes]:
    """Return what pages load, by path; another content has another path."""
    return {path: body for path, body in _assets().values()}


def asset(name: str) -> str:
    """Return the path of ``style.css``, ``app.js`` or ``icon.svg``."""
    return _assets()[name][0]


def digest(body: bytes) -> str:
    """Return what names a content in the path of a file that may be kept for ever."""
    return hashlib.sha256(body).hexdigest()[:12]


@cache
def _assets() -> dict[str, tuple[str, bytes]]:
    folder = files(__package__) / "assets"
    found = {}
    for name in _ASSETS:
        body = (folder / name).read_bytes()
        stem, _, suffix = name.rpartition(".")
        found[name] = (f"assets/{stem}.{digest(body)}.{suffix}", body)
    return found


def render(path: str, template: str, *, current: str = "", **values: object) -> Page:
    """Return the page of a template.

    Args:
        path: where it stands: links in it lead there from.
        template: the name of its file.
        current: the path of the entry of the navigation that it belongs to.
        values: what the template is filled with.
    """
    base = "../" * path.count("/")
    html = _template(template).render(base=base, current=current or path, **values)
    return Page(path, html.encode("utf-8", "replace"))


@cache
def _template(name: str) -> Any:  # noqa: ANN401 - jinja2 types it so
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        auto_reload=False,
    )
    environment.filters["url"] = _url
    environment.filters["path"] = _path
    environment.globals.update(
        addresses=addresses, asset=asset, navigation=_NAVIGATION, policy=POLICY
    )
    return environment


def _harmless(value: object) -> object:
    """Return what may be put out: texts in one line, without what cannot be seen."""
    if value is None:
        return ""
    return text_of(value) if type(value) is str else value


@lru_cache(maxsize=4096)
def _url(url: str | None) -> Markup | None:
    """Return an address of a source as an attribute; None if it leads to no page."""
    harmless = url_of(url)
    return None if harmless is None else escape(harmless)


@lru_cache(maxsize=16_384)  # a list has one address for all that it says
def outward(url: str | None, text: str) -> Markup:
    """Return a link to a page of a source, or the text alone if it leads to none."""
    harmless, name = url_of(url), text_of(text, 80)
    if harmless is None:
        return escape(name)
    return Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>').format(
        harmless, name
    )


@lru_cache(maxsize=4096)
def _path(path: str, base: str) -> Markup:
    """Return a path of the site as an attribute of a page."""
    return escape(addresses.link(path, base))
