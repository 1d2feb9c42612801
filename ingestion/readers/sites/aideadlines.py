"""AI deadlines: boxes that name conferences, and scripts that hold their deadlines.

The page shows a countdown; the deadline itself stands only in a script, once for each
conference: ``var timezone = "Etc/GMT+12"; var confDate = moment.tz("2027-01-28 23:59",
timezone);`` between statements that name the conference's box. A date belongs to the
box that the statements after it fill with its countdown, and where none do, to the one
that was named last before it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding, Reason
from ingestion.readers.sites.entries import EntryDraft, or_none, without_repeats
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.identity import homepage
from ingestion.readers.sites.markup import (
    attribute,
    first,
    links_of,
    parse_tree,
    text_of,
    title_of,
    visible_text,
    web_address,
)
from ingestion.readers.sites.names import split_title
from ingestion.readers.text import storable_text

VERSION: Final = 2

_SITE: Final = "aideadlines.org"
_CONFERENCE_PAGE: Final = f"https://{_SITE}/conference?id="
_MEANING: Final = "Submission deadline"

_TOKEN = re.compile(
    # The box of a conference, and what of it: $('#icml-27 .timer'), '#icml27 .calendar'
    r"""['"]\#(?P<box>[A-Za-z0-9][\w.-]{0,60})(?:\s+\.(?P<part>[\w-]{1,40}))?['"]"""
    # id: 'icml27' of its calendar button; if (conf == "icml27") of its own page
    r"""|\bid:\s*['"](?P<id>[\w.-]{1,60})['"]"""
    r"""|\bconf\s*={2,3}\s*['"](?P<page>[\w.-]{1,60})['"]"""
    r"""|\bvar\s+timezone\s*=\s*['"](?P<zone>[^'"\n]{0,60})['"]"""
    r"""|\bmoment\.tz\(\s*['"](?P<date>[^'"\n]{0,60})['"]"""
    r"""(?:\s*,\s*(?:['"](?P<own>[^'"\n]{0,60})['"]|(?P<name>\w{1,60})))?"""
    r"""|\.html\(\s*['"](?P<html>[^'"\n]{0,40})['"]\s*\)"""
    r"""|\.text\(\s*"(?P<text>[^"\n]{0,300})"\s*\)"""
    r"""|\.attr\(\s*['"]href['"]\s*,\s*['"](?P<href>[^'"\n]{0,300})['"]"""
)
_LATER = re.compile(r"tb[adc]\.?", re.IGNORECASE)
# Parts of a box that are filled from its deadline, after it.
_FILLED = frozenset({"timer", "deadline-time", "calendar", "countdown"})
_SUBJECTS = re.compile(r"\bconf_type_data\s*=\s*")
_YEAR_IN_ID = re.compile(r"(?<!\d)(?:20)?(\d\d)$")
_VARIABLE = re.compile(r"\b(\w{1,60})\s*=\s*$")
_CAMEL = re.compile(r"[A-Z]?[a-z]+")


@dataclass(slots=True)
class _Conference:
    """What the page says of one conference, from its box and from the scripts."""

    name: str = ""
    dates: str = ""
    place: str = ""
    link: str | None = None
    subjects: list[str] = field(default_factory=list)
    # (label, date as written, zone as written, the statement)
    dues: list[tuple[str, str, str | None, str]] = field(default_factory=list)


def read(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the conferences of the page with the deadlines of its scripts."""
    html = decode(page.content, page.media_type)
    text = PageText(visible_text(html))
    tree = parse_tree(html)
    if tree is None:
        detail = "tags are nested deeper than on any page of the site"
        finding = Finding("", Reason.TOO_DEEP, detail, None, is_dropped=True)
        return PageReading(None, text.text, (), (finding,))
    conferences = dict(_boxes(tree, page))
    findings: list[Finding] = []
    for script in tree.css("script:not([src])"):
        _read_script(script.text(deep=True) or "", conferences, page, findings)
    named = {key: one for key, one in conferences.items() if one.name}
    if not named:
        detail = "there is no conference on it"
        findings.append(
            Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
        )
    drafted = (
        _entry(key, one, text, vocabulary, findings) for key, one in named.items()
    )
    entries = without_repeats(drafted, findings)
    return PageReading(
        title=title_of(tree),
        text=text.text,
        entries=entries,
        findings=tuple(findings),
        links=links_of(tree, page.url),
    )


def _boxes(tree: LexborHTMLParser, page: Page) -> Iterator[tuple[str, _Conference]]:
    """Yield the boxes of the page by their ids."""
    subjects = _subjects(tree)
    for node in tree.css(".ConfItem[id], .conf[id], [class~='conf-row'][id]"):
        conference = _box(node, page, subjects)
        if conference.name:
            yield attribute(node, "id"), conference
    # A bare list of links to the conferences' pages.
    for link in tree.css("a[href*='conference?id=']"):
        key = attribute(link, "href").partition("conference?id=")[2].partition("&")[0]
        if key and text_of(link) and not _is_in_box(link):
            yield key, _Conference(name=text_of(link))


def _is_in_box(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if "ConfItem" in attribute(parent, "class").split():
            return True
        parent = parent.parent
    return False


def _box(node: LexborNode, page: Page, subjects: Mapping[str, str]) -> _Conference:
    tags = [attribute(tag, "data-sub") for tag in node.css("[data-sub]")]
    link = first(node, "a.conf-title, a[href*='conference?id=']")
    title = link if link is not None else first(node, ".conf-title")
    return _Conference(
        name=text_of(title),
        dates=text_of(first(node, ".conf-date")).rstrip("."),
        place=text_of(first(node, ".conf-place")).rstrip("."),
        link=homepage(node.css("a[href]"), page, _SITE),
        subjects=[subjects.get(tag, tag) for tag in tags if tag],
    )


def _subjects(tree: LexborHTMLParser) -> dict[str, str]:
    """Return the names of the site's subjects, by their codes."""
    for script in tree.css("script:not([src])"):
        source = script.text(deep=True) or ""
        if found := _SUBJECTS.search(source):
            try:
                data, _ = json.JSONDecoder().raw_decode(source, found.end())
            except (ValueError, RecursionError):
                return {}
            if isinstance(data, list):
                return {
                    str(one["sub"]): str(one["name"])
                    for one in data
                    if isinstance(one, dict) and "sub" in one and "name" in one
                }
    return {}


def _read_script(
    source: str,
    conferences: dict[str, _Conference],
    page: Page,
    findings: list[Finding],
) -> None:
    """Give every date of a script to the conference in whose block it stands."""
    if "moment.tz(" not in source and "deadline-time" not in source:
        return
    tokens = list(_TOKEN.finditer(source))
    owner: str | None = None
    part = zone = None
    zone_start = 0
    for number, token in enumerate(tokens):
        if key := token["page"]:
            owner, zone, part = key, None, None
            conferences.setdefault(key, _Conference())
        elif key := token["id"]:
            owner = key if key in conferences else owner
        elif key := token["box"]:
            part = token["part"] or key
            if key in conferences and key != owner:
                owner, zone = key, None
        elif token["zone"] is not None:
            zone, zone_start = token["zone"], token.start()
        elif token["date"] is not None:
            belongs_to = _owner_after(tokens, number, conferences) or owner
            if belongs_to is None:
                detail = f"{token[0]!r} belongs to no conference"
                findings.append(
                    Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
                )
                continue
            own_zone = token["own"] or (zone if token["name"] else None)
            begins = zone_start if token["name"] and zone else token.start()
            is_near = token.end() - begins < 300
            end = source.find(")", token.end() - 1, token.end() + 60) + 1
            statement = source[begins if is_near else token.start() : end or None]
            label = _label(source[max(0, token.start() - 80) : token.start()])
            conferences[belongs_to].dues.append(
                (label, token["date"], own_zone, statement[:400])
            )
        elif token["html"] is not None:
            if owner and part == "deadline-time" and _LATER.fullmatch(token["html"]):
                statement = f"{owner} {token[0]}"
                conferences[owner].dues.append(
                    ("Deadline", token["html"], None, statement)
                )
        elif owner in conferences and owner is not None:
            _describe(conferences[owner], part, token, page)


def _owner_after(
    tokens: list[re.Match[str]], number: int, conferences: Mapping[str, _Conference]
) -> str | None:
    """Return the conference whose box the statements after a date fill from it."""
    for token in tokens[number + 1 : number + 12]:
        if token["date"] is not None or token["zone"] is not None or token["page"]:
            return None
        if token["box"] in conferences:
            return token["box"] if token["part"] in _FILLED else None
        if token["id"] in conferences:
            return token["id"]
    return None


def _describe(
    conference: _Conference, part: str | None, token: re.Match[str], page: Page
) -> None:
    """Take what the script of a conference's own page writes into its fields."""
    written = storable_text(unescape(token["text"] or ""))
    if token["href"] is not None:
        if part == "conf-website":
            conference.link = web_address(token["href"], page.url)
    elif part == "conf-title-href":
        conference.name = conference.name or written
    elif part == "conf-date":
        conference.dates = conference.dates or written
    elif part == "conf-place":
        conference.place = conference.place or written


def _label(before: str) -> str:
    """Return the label of a date by its variable: confAbstractDate is an abstract's."""
    variable = _VARIABLE.search(before)
    words = [
        word.casefold() for word in _CAMEL.findall(variable[1] if variable else "")
    ]
    telling = [word for word in words if word not in {"conf", "date", "deadline"}]
    return " ".join([*telling, "deadline"]).capitalize()


def _entry(
    key: str,
    conference: _Conference,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> PageEntry:
    draft = EntryDraft(f"/events/{key}", vocabulary)
    for label, written, zone, statement in conference.dues:
        draft.add_date(
            label,
            written,
            text.added(f"{conference.name}: {statement}"),
            meaning=_MEANING,
            timezone_text=zone or None,
        )
    dates = or_none(conference.dates)
    draft.set_days(dates)
    findings.extend(draft.findings)
    name = split_title(conference.name)
    year = name.year
    if year is None and (found := _YEAR_IN_ID.search(key)):
        year = f"20{found[1]}"
    return PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=key,
        series_text=name.series,
        full_name_text=name.full_name,
        year_text=year or draft.year,
        homepage_url=conference.link,
        place_text=or_none(conference.place),
        dates_text=dates,
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
        areas_text=";".join(conference.subjects) or None,
        entry_url=f"{_CONFERENCE_PAGE}{quote(key)}",
    )
