"""ChairingTool: the conferences whose papers are submitted through it.

Its pages are filled by a script: as fetched they are empty, which is remarked on. What
is read is a page as a browser saved it, in boxes or in a table, or the JSON that the
script fetches.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ingestion.documents import Body
from ingestion.readers.json_values import parse_json
from ingestion.readers.pages.dates import find_dates
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import EXTRACTOR_VERSION
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import (
    Finding,
    Limits,
    Reason,
    UnusableDocumentError,
)
from ingestion.readers.sites.entries import EntryDraft, or_none, without_repeats
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.identity import joined_place
from ingestion.readers.sites.markup import web_address
from ingestion.readers.sites.names import slug, split_title, year_in
from ingestion.readers.sites.plain_sites import read_events

VERSION: Final = 2 + EXTRACTOR_VERSION

_BOXES: Final = (
    "[class*='conference-card' i], [class*='conference-item' i], "
    "[class*='conferencecard' i], [class*='MuiCard-root' i], article, .card"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_DUE = re.compile(r"deadline|due|notif|camera|submission|rebuttal|registration", re.I)
_NAMES = ("name", "title", "fullName", "full_name")
_SHORT = ("shortName", "short_name", "acronym", "abbreviation")
_KEYS = ("slug", "id", "_id", "key", "url_name")
_LINKS = ("website", "homepage", "url", "link", "webSite")
_STARTS = ("startDate", "start_date", "start", "begins")
_ENDS = ("endDate", "end_date", "end", "ends")
_MAX_DEPTH = 6


def read(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the conferences that a page or an answer of the site names."""
    if page.content.lstrip()[:1] in {b"{", b"["}:
        return _answer(page, vocabulary)
    return read_events(
        page,
        vocabulary,
        site="chairingtool.com",
        boxes=_BOXES,
        what="list of conferences",
    )


def _answer(page: Page, vocabulary: Vocabulary) -> PageReading:
    try:
        parsed = parse_json(decode(page.content, page.media_type), Limits())
    except UnusableDocumentError as error:
        finding = Finding("", error.reason, error.detail, None, is_dropped=True)
        return PageReading(None, "", (), (finding,))
    text = PageText()
    findings = list(parsed.findings)
    conferences = list(_conferences(parsed.body, 0))
    if not conferences:
        detail = "the answer holds no conference"
        findings.append(
            Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
        )
    drafted = (_entry(one, page, text, vocabulary, findings) for one in conferences)
    entries = without_repeats(drafted, findings)
    return PageReading(None, text.text, entries, tuple(findings))


def _conferences(body: Body, depth: int) -> Iterator[Mapping[str, Body]]:
    """Yield what has a name and either days or deadlines, the outermost first."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(body, list):
        for item in body:
            yield from _conferences(item, depth + 1)
    elif isinstance(body, dict):
        if _text(body, *_NAMES, *_SHORT) and (
            _text(body, *_STARTS) or any(_DUE.search(key) for key in body)
        ):
            yield body
        else:
            for value in body.values():
                yield from _conferences(value, depth + 1)


def _entry(
    fields: Mapping[str, Body],
    page: Page,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> PageEntry:
    long, short = _text(fields, *_NAMES), _text(fields, *_SHORT)
    name = split_title(long or short)
    short_name = split_title(short or long)
    entry_id = slug(_text(fields, *_KEYS)) or slug(long or short)
    draft = EntryDraft(f"/events/{entry_id}", vocabulary)
    starts, ends = _text(fields, *_STARTS), _text(fields, *_ENDS)
    draft.set_days(starts)
    first_day = draft.starts_text
    if ends:
        draft.set_days(ends)
        draft.starts_text = first_day
    title = long or short
    text.added(title)
    for label, written, zone in _dues(fields, "", 0):
        passage = text.added(f"{title}: {label}: {written} {zone}".rstrip())
        draft.add_date(label, written, passage, timezone_text=zone or None)
    findings.extend(draft.findings)
    place = [_text(fields, key) for key in ("location", "venue", "city", "country")]
    return PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=entry_id,
        series_text=short_name.series,
        full_name_text=name.full_name,
        year_text=name.year
        or short_name.year
        or year_in(_text(fields, "year"))
        or draft.year,
        homepage_url=web_address(_text(fields, *_LINKS), page.url),
        place_text=joined_place(place),
        dates_text=or_none(f"{starts} - {ends}".strip(" -")),
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
    )


def _dues(
    body: Mapping[str, Body], of: str, depth: int
) -> Iterator[tuple[str, str, str]]:
    """Yield label, date as written and zone of everything that is due, tracks too."""
    zone = _text(body, "timezone", "timeZone", "time_zone", "tz")
    for key, value in body.items():
        label = f"{of} {' '.join(_WORDS.findall(key))}".strip()
        if isinstance(value, str):
            if _DUE.search(key) and find_dates(value).dates:
                yield label, value, zone
        elif depth < _MAX_DEPTH:
            for item in value if isinstance(value, list) else [value]:
                if not isinstance(item, dict):
                    continue
                named = _text(item, "name", "label", "title", "type")
                written = _text(item, "date", "deadline", "due", "value", "time")
                if named and find_dates(written).dates:
                    item_zone = _text(item, "timezone", "timeZone", "tz") or zone
                    yield f"{of} {named}".strip(), written, item_zone
                else:
                    yield from _dues(item, f"{of} {named}".strip(), depth + 1)


def _text(fields: Mapping[str, Body], *names: str) -> str:
    """Return the first of these fields that holds a text, or ""."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip() not in {"", "null"}:
            return value.strip()
    return ""
