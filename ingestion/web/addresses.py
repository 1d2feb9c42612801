"""Addresses of pages: one spelling each, one path each, and which are one's own.

Nothing is resolved here: who stands behind a name is asked where it is connected to.
"""

import ipaddress
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from ingestion.errors import IngestionError

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What quote() leaves alone beside letters and digits, here and in a query.
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_NOT_WRITTEN = re.compile(r"[\x00-\x20\x7f]")

# Many sites under one name: there, so many parts of the path are a site's own.
_SITE_DEPTHS = {"sites.google.com": 2}

# Networks whose addresses hold one of version 4, where it begins in 128 bits.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressError(IngestionError):
    """A text that is no http(s) address."""

    def __init__(self, url: str) -> None:
        """Name the text."""
        super().__init__(f"{url!r} is no http(s) address")
        self.url = url


def normalised(url: str, base: str | None = None) -> str:
    """Return an address in the one spelling of all that mean the same.

    Host in lower case and ASCII, no default port, no user, no fragment, no dot
    segments; escapes only where they are needed. The order of a query is kept.

    Args:
        url: absolute, or relative to ``base``.
        base: the page that it was found on.

    Raises:
        AddressError: it is no http(s) address, whatever else it may be.
    """
    try:
        # Blanks around an address are typing errors; within a line they are dropped
        # by browsers too.
        stripped = re.sub(r"[\t\r\n]", "", url.strip())
        parts = urlsplit(urljoin(base, stripped) if base else stripped)
        netloc = _netloc(parts)
    except ValueError as error:
        raise AddressError(url) from error
    path = _without_dots(_escaped(parts.path, _PATH_SAFE)) or "/"
    query = _escaped(parts.query, _QUERY_SAFE)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def page_path(url: str) -> str:
    """Return a page's path within its source: ``host[:port]/path[?query]``.

    Whether it is fetched by http or https makes no difference.

    Raises:
        AddressError: it is no http(s) address.
    """
    return normalised(url).partition("://")[2]


def host_of(url: str) -> str:
    """Return the host of a normalised address, without a port."""
    return urlsplit(url).hostname or ""


def site_of(url: str) -> str:
    """Return what all pages of an address's site begin with, as in ``page_path``.

    That is the host without "www."; of hosts that many share also the first parts of
    the path ("~someone", or the site's name on sites.google.com).

    Raises:
        AddressError: it is no http(s) address.
    """
    netloc, _, rest = page_path(url).partition("/")
    host = netloc.removeprefix("www.")
    parts = rest.partition("?")[0].split("/")
    depth = _SITE_DEPTHS.get(host, 1 if parts[0].startswith("~") else 0)
    return "/".join([host, *parts[:depth], ""])


def is_same_site(url: str, home: str) -> bool:
    """Tell whether an address belongs to the site of a homepage.

    Raises:
        AddressError: one of them is no http(s) address.
    """
    path = page_path(url).removeprefix("www.")
    return f"{path}/".startswith(site_of(home))


def is_public(address: IPAddress) -> bool:
    """Tell whether an address is one of the public web.

    An address of version 6 that only wraps one of version 4 is what it wraps.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _DEFAULT_PORTS or not host or _NOT_WRITTEN.search(host):
        raise ValueError("no address")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if re.search(r"[%/\\?#@]", host):
        raise ValueError("no host")
    if ":" in host:
        host = f"[{host}]"
    port = parts.port  # may raise
    is_default = port is None or port == _DEFAULT_PORTS[parts.scheme]
    return host if is_default else f"{host}:{port}"


def _escaped(text: str, safe: str) -> str:
    """Escape what must be, and nothing that need not: %7e is ~, %2f stays %2F."""
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    text = _ESCAPE.sub(_shortest, text)
    return quote(text, safe=safe, errors="surrogatepass")


def _shortest(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    """Resolve "." and ".." as browsers do; nothing climbs above the root."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            kept[-1:] = []
        elif part != ".":
            kept.append(part)
    if parts and parts[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
