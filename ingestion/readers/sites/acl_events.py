"""The events that the ACL sponsors: one table, and a page for each event."""

from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import EXTRACTOR_VERSION
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding
from ingestion.readers.sites.entries import EntryDraft, or_none
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.identity import homepage, joined_place, record_id
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
from ingestion.readers.sites.names import split_acronym, split_title, year_in
from ingestion.readers.sites.plain_sites import read_events

VERSION: Final = 2 + EXTRACTOR_VERSION

_SITE: Final = "aclweb.org"
_NO_BOXES: Final = "[class~='views-row']"


def read(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the events that a page of the portal speaks of; never raises."""
    html = decode(page.content, page.media_type)
    if "field-label" in html:
        tree = parse_tree(html)
        if tree is not None and (fields := _fields(tree)):
            text = PageText(visible_text(html))
            findings: list[Finding] = []
            entries = tuple(_event(tree, fields, page, text, vocabulary, findings))
            if entries:
                return PageReading(
                    title=title_of(tree),
                    text=text.text,
                    entries=entries,
                    findings=tuple(findings),
                    links=links_of(tree, page.url),
                )
    return read_events(
        page, vocabulary, site=_SITE, boxes=_NO_BOXES, what="table of events"
    )


def _fields(tree: LexborHTMLParser) -> dict[str, tuple[str, str]]:
    """Return the labelled fields of an event's page: (label, value) by its words."""
    fields: dict[str, tuple[str, str]] = {}
    for node in tree.css(".field"):
        label = text_of(first(node, ".field-label")).rstrip(": ")
        value = text_of(first(node, ".field-items")) or text_of(
            first(node, ".field-item")
        )
        if label and value:
            fields.setdefault(label.casefold(), (label, value))
    return fields


def _event(
    tree: LexborHTMLParser,
    fields: dict[str, tuple[str, str]],
    page: Page,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    heading = first(tree, "h1.title, h1#page-title, h1")
    title = text_of(heading) or text_of(first(tree, "title"))
    dues = [one for words, one in fields.items() if "deadline" in words]
    when = _value(fields, "event dates", "event date", "dates", "date")
    if not title or not (dues or when):
        return
    name = split_title(title)
    short, short_year = split_acronym(
        _value(fields, "abbreviated title", "acronym") or ""
    )
    canonical = attribute(first(tree, "link[rel='canonical']"), "href")
    address = web_address(canonical, page.url) or page.url
    draft = EntryDraft(f"/events/{record_id(address, title)}", vocabulary)
    for label, written in dues:
        passage = text.passage(label, written)
        draft.add_date(label, written, passage, meaning="Submission deadline")
    draft.set_days(when)
    year = short_year or name.year or year_in(when) or draft.year
    body = first(tree, ".field-name-body, .field-type-text-with-summary")
    if body is not None:
        draft.add_call(body.html or "", page, text, year, title)
    findings.extend(draft.findings)
    links = tree.css(".field a[href]")
    yield PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=draft.position.removeprefix("/events/"),
        series_text=short or name.series,
        full_name_text=name.full_name,
        year_text=year,
        homepage_url=homepage(links, page, _SITE),
        place_text=joined_place(
            _value(fields, field) or "" for field in ("location", "city", "country")
        ),
        dates_text=when,
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
        entry_url=address,
    )


def _value(fields: dict[str, tuple[str, str]], *names: str) -> str | None:
    for name in names:
        if name in fields:
            return or_none(fields[name][1])
    return None
