"""The links of a page, and which of them speak of dates, calls or submission."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.encoding import decode
from ingestion.readers.sites.markup import attribute, first, parse_tree, text_of
from ingestion.web.addresses import AddressError, normalised, page_path, site_of

# What a link says that is worth following, most telling first. Without accents, in
# lower case, and with blanks for whatever separates words in an address; a "+" at the
# end lets the word go on. English, German, French, Spanish, Portuguese, Italian,
# Dutch, Polish, Russian, Chinese, Japanese, Korean.
LINK_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "dates": (
            *("dates", "keydates", "importantdates", "important date", "deadline+"),
            *("timeline", "termine", "fristen", "abgabefrist+", "echeance+"),
            *("calendrier", "fechas", "plazos", "datas", "datasimportantes", "prazos"),
            *("scadenz+", "data+ important+", "calendario", "belangrijke data"),
            *("terminy", "wazne daty", "важные даты", "сроки", "重要日期", "重要时间"),
            *("截止", "重要日程", "締切", "締め切り", "重要な日付", "주요 일정"),
        ),
        "calls": (
            *("cfp+", "cfps", "call for+", "callfor+", "calls", "call4+", "call 4+"),
            *("call", "aufruf", "appel+", "convocatoria+", "chamada+", "invito"),
            *("llamado+", "llamada+", "oproep", "zaproszenie", "приглашение"),
            *("征稿", "征文", "論文募集", "発表募集", "논문 모집", "논문모집"),
        ),
        "submission": (
            *("submission+", "submit+", "paper submission+", "einreichung+"),
            *("soumission+", "soumettre", "envio+", "submissa+", "submeter"),
            *(
                "sottomission+",
                "indiening",
                "zglaszanie",
                "подача",
                "投稿",
                "논문 제출",
            ),
        ),
        "authors": (
            *("author", "authors", "for authors", "autoren", "auteurs"),
            *("autores", "autori", "auteursinformatie"),
            *("авторам", "作者", "執筆者", "저자"),
        ),
        "registration": (
            *("registration+", "register", "anmeldung", "inscri+", "registrazione"),
            *("registro", "registratie", "rejestracja", "регистрация", "注册"),
            *("参加登録", "参加申込", "등록"),
        ),
    }
)

_NO_PAGES: Final = re.compile(
    r"\.(?:zip|t?gz|rar|7z|docx?|pptx?|xlsx?|tex|cls|sty|bib|ics|jpe?g|png|gif|svg|"
    r"webp|mp[34]|mov|avi|css|js)$"
)
# The homepage itself, by its other names.
_INDEX: Final = re.compile(r"(?:(?:index|default|home)\.\w{3,5})?")
_REFRESH: Final = re.compile(r"url\s*=\s*['\"]?\s*([^'\"\s;]+)", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?<!\d)20\d\d(?!\d)")
_MAX_LINKS: Final = 3000
_MAX_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page leads; ``is_only_way`` of a frame or an automatic redirect."""

    url: str
    text: str
    is_only_way: bool = False


def links_in(content: bytes, url: str, media_type: str | None = None) -> list[Link]:
    """Return the links of a page in their order, each address once, at most 3,000.

    Args:
        content: the page as published; one that is not HTML has no links.
        url: where it is, which relative links start from.
        media_type: what the server said.
    """
    tree = parse_tree(decode(content, media_type))
    if tree is None:
        return []
    base = urljoin(url, attribute(first(tree, "base[href]"), "href"))
    found: dict[str, Link] = {}
    for href, text, is_only_way in _hrefs(tree):
        if len(found) >= _MAX_LINKS:
            break
        try:
            address = normalised(href, base)
        except (AddressError, ValueError):
            continue
        known = found.get(address)
        if known is None:
            found[address] = Link(address, text, is_only_way)
        elif text and text not in known.text and len(known.text) < _MAX_TEXT:
            both = f"{known.text} {text}".strip()
            found[address] = Link(address, both, known.is_only_way)
    return list(found.values())


def topic_rank(link: Link, home: str, year: str | None = None) -> int | None:
    """Return how telling a link of a site is, 0 the most; None if it is none to follow.

    PDF comes last, and only if it is about dates or a call: it is kept, and not read.

    Args:
        link: of a page of the site.
        home: the site's homepage: what both addresses begin with says nothing.
        year: of the edition; a link that names another year only is not followed.
    """
    file = link.url.partition("?")[0].lower()
    tail = _tail(link.url, home)
    if _NO_PAGES.search(file) or _INDEX.fullmatch(tail):
        return None
    is_pdf = file.endswith(".pdf")
    said = _spelt(f"{link.text} {tail}")
    years = set(_YEAR.findall(said))
    if year and years and year not in years:
        return None
    if link.is_only_way:
        return 0
    for rank, pattern in enumerate(_PATTERNS):
        if pattern.search(said):
            return rank if not is_pdf else len(LINK_WORDS) if rank < 2 else None
    return None


def _hrefs(tree: LexborHTMLParser) -> list[tuple[str, str, bool]]:
    hrefs: list[tuple[str, str, bool]] = []
    for node in tree.css("meta[http-equiv][content]"):
        if attribute(node, "http-equiv").lower() == "refresh":
            target = _REFRESH.search(attribute(node, "content"))
            if target:
                hrefs.append((target[1], "", True))
    for node in tree.css("frame[src], iframe[src]"):
        hrefs.append((attribute(node, "src"), "", node.tag == "frame"))
    for node in tree.css("a[href], area[href]")[: 4 * _MAX_LINKS]:
        href = attribute(node, "href")
        if href and not href.startswith("#"):
            hrefs.append((href, _text(node)[:_MAX_TEXT], False))
    return hrefs


def _text(node: LexborNode) -> str:
    """Return what a link says: its text, else that of its picture or its title."""
    said = text_of(node)
    picture = first(node, "img[alt]")
    return said or attribute(picture, "alt") or attribute(node, "title")


def _tail(url: str, home: str) -> str:
    """Return the part of an address that is not that of the homepage or its folder."""
    path = page_path(url).removeprefix("www.")
    for start in (page_path(home).rpartition("/")[0] + "/", site_of(home)):
        start = start.removeprefix("www.")
        if path.startswith(start):
            return path[len(start) :]
    return path.partition("/")[2]


def _spelt(text: str) -> str:
    """Return a text as ``LINK_WORDS`` spells its words."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unquote(text))
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(part for part in parts if not unicodedata.combining(part))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", kept))


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of the words, whole where its script has such a thing."""
    spelt = []
    for word in words:
        stem = r"\S*".join(re.escape(_spelt(part)) for part in word.split("+"))
        if word[0].isascii():
            spelt.append(rf"(?<![^\W\d_]){stem}(?![^\W\d_])")
        else:
            spelt.append(stem)
    return re.compile("|".join(spelt))


_PATTERNS: Final = tuple(_pattern(words) for words in LINK_WORDS.values())
