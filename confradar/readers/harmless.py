"""Text and links of sources, made harmless: what a page says is anybody's to write.

Escaping belongs to each format and to the library that writes it. Here is what no
format escapes: characters that cannot be seen and turn what is read around, texts
without an end, and links that run something.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

MAX_TEXT = 600  # characters of one text in a reader
MAX_URL = 2000

# Marks and overrides of direction: they let a text end before what stands behind it.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What most links are: a host of letters, and a path or a query without odd signs.
_PLAIN_LINK = re.compile(r"https?://[\w.-]*\w(?:/[\w./?=&%#+,;:~-]*)?", re.ASCII)
_NOT_IN_LINKS = re.compile(r"""[ <>"'`\\{}|^]""")


def text_of(text: str | None, limit: int = MAX_TEXT) -> str:
    """Return a text in one line without control characters, no longer than ``limit``.

    Marks of direction are left out; a text that is cut ends in an ellipsis.
    """
    if not text:
        return ""
    if (
        len(text) <= limit
        and text.isprintable()  # there are no spaces then but the usual
        and "  " not in text
        and " " not in (text[0], text[-1])
    ):
        return text  # as nearly all are
    # What is far beyond the limit cannot come to be within it.
    plain = text[: limit * 4]
    if not plain.isprintable():  # marks of direction are not
        plain = "".join(
            character if unicodedata.category(character)[0] != "C" else " "
            for character in _DIRECTION.sub("", plain)
        )
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=4096)  # a list gives the same address for thousands of dates
def url_of(url: str | None) -> str | None:
    """Return a link that leads to a page on the web; None of any other.

    Addresses with a user or password in them are none: they lead elsewhere than they
    seem to.
    """
    if not url or len(url) > MAX_URL:
        return None
    if _PLAIN_LINK.fullmatch(url):
        return url  # which takes a tenth of the time
    wanted = url.strip()
    if not wanted.isprintable() or _NOT_IN_LINKS.search(wanted):
        return None  # what is printable has no other space than the usual
    try:
        parts = urlsplit(wanted)
        has_host = bool(parts.hostname)
        has_user = "@" in parts.netloc
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not has_host or has_user:
        return None
    return wanted
