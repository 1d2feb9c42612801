"""Tables of events whose columns say what they hold: an entry a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.records import Page, PageEntry
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding, Reason
from ingestion.readers.sites.entries import EntryDraft, or_none
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.identity import (
    homepage,
    joined_place,
    own_address,
    record_id,
)
from ingestion.readers.sites.markup import innermost_tables, text_of
from ingestion.readers.sites.names import split_title, year_in

# What the columns are called, the most telling words first.
_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("due", re.compile(r"deadline|\bdue\b|submission|notification|camera")),
    ("dates", re.compile(r"\bdates?\b|\bwhen\b|\bdays?\b")),
    ("name", re.compile(r"^(?:title|event|name|conference|acronym)\b")),
    ("city", re.compile(r"\bcity\b")),
    ("country", re.compile(r"\bcountry\b")),
    ("place", re.compile(r"\blocation\b|\bplace\b|\bwhere\b|\bvenue\b")),
    ("link", re.compile(r"\bweb ?site\b|\burl\b|\blink\b|\bhome ?page\b")),
)


@dataclass(frozen=True, slots=True)
class EventTable:
    """The rows below a header; ``columns`` maps positions to (what it is, label)."""

    columns: dict[int, tuple[str, str]]
    rows: tuple[LexborNode, ...]


def event_tables(tree: LexborHTMLParser) -> Iterator[EventTable]:
    """Yield the tables that have a column of names, and one of dates or deadlines."""
    for table in innermost_tables(tree):
        rows = table.css("tr")
        for number, row in enumerate(rows[:3]):
            columns = dict(_columns(row))
            kinds = {kind for kind, _ in columns.values()}
            if "name" in kinds and kinds & {"due", "dates"}:
                yield EventTable(columns, tuple(rows[number + 1 :]))
                break


def _columns(header: LexborNode) -> Iterator[tuple[int, tuple[str, str]]]:
    for position, cell in enumerate(header.css("th, td")):
        label = text_of(cell)
        for kind, pattern in _COLUMNS:
            if pattern.search(label.casefold()):
                yield position, (kind, label)
                break


def rows_of(
    table: EventTable,
    page: Page,
    site: str,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    """Yield an entry for each row; ``site`` is the host whose links are internal."""
    for row in table.rows:
        cells = row.css("td, th")
        if len(cells) < 2 or not text_of(row):
            continue
        if len(cells) <= max(
            at for at, (kind, _) in table.columns.items() if kind in {"name", "due"}
        ):
            findings.append(
                Finding(
                    "",
                    Reason.INCOMPLETE_ENTRY,
                    f"the row {text_of(row)[:80]!r} has {len(cells)} cells",
                    None,
                    is_dropped=True,
                )
            )
            continue
        yield _entry(table, cells, page, site, text, vocabulary, findings)


def _entry(
    table: EventTable,
    cells: list[LexborNode],
    page: Page,
    site: str,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> PageEntry:
    values: dict[str, str] = {}
    dues: list[tuple[str, str]] = []
    for at, (kind, label) in table.columns.items():
        if at >= len(cells):
            continue
        written = text_of(cells[at])
        if kind == "due":
            dues.append((label, written))
        else:
            values.setdefault(kind, written)
    links = [link for cell in cells for link in cell.css("a[href]")]
    name = split_title(values.get("name", ""))
    address = own_address(links, page, site)
    entry_id = record_id(address, values.get("name", ""))
    draft = EntryDraft(f"/events/{entry_id}", vocabulary)
    passage = text.passage(*(text_of(cell) for cell in cells))
    for label, written in dues:
        draft.add_date(label, written, passage, meaning="Submission deadline")
    when = or_none(values.get("dates", ""))
    draft.set_days(when)
    findings.extend(draft.findings)
    place = [values.get(kind, "") for kind in ("place", "city", "country")]
    return PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=entry_id,
        series_text=name.series,
        full_name_text=name.full_name,
        year_text=name.year or year_in(when) or draft.year,
        homepage_url=homepage(links, page, site),
        place_text=joined_place(place),
        dates_text=when,
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
        entry_url=address,
    )
