"""WikiCFP: lists of calls, single calls, feeds, and the dumps of 2008 and 2009.

What kind of page it is, its content says. Every event has a number there, so that the
same call on a list, in a search and on its own page is one record.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from html import escape, unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import EXTRACTOR_VERSION
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding, Reason
from ingestion.readers.sites.entries import EntryDraft, or_none, without_repeats
from ingestion.readers.sites.evidence import PageText, one_line
from ingestion.readers.sites.markup import (
    attribute,
    first,
    innermost_tables,
    links_of,
    parse_tree,
    text_of,
    title_of,
    visible_text,
    web_address,
    written_in,
)
from ingestion.readers.sites.names import split_acronym
from ingestion.readers.text import storable_text

# Changes when the same bytes would be read otherwise; the text of a call is read by
# the extractor, whose version counts too.
VERSION: Final = 2 + EXTRACTOR_VERSION

EXPIRED = "expired"

# The labels of an event's own page; lists and dumps mean the same by other names.
ABSTRACT_LABEL: Final = "Abstract Registration Due"
SUBMISSION_LABEL: Final = "Submission Deadline"
NOTIFICATION_LABEL: Final = "Notification Due"
FINAL_LABEL: Final = "Final Version Due"

# The page of one event; whatever a link to it says besides changes nothing on it.
_EVENT_PAGE: Final = "http://www.wikicfp.com/cfp/servlet/event.showcfp?eventid="

MAX_INFLATED_BYTES: Final = 64 * 1024 * 1024

_GZIP = b"\x1f\x8b"
_HEAD = 2_000
_EVENT_ID = re.compile(r"[?&;]eventid=(\d{1,12})(?!\d)")
_LIST_COLUMNS = ("event", "when", "where", "deadline")
_MARKED_AS_LIST = re.compile(
    r"matched call for papers for|all cfps on wikicfp", re.IGNORECASE
)
_DEADLINE_CELL = re.compile(r"^([^()]*)(?:\(([^()]*)\))?\s*$")
_DBLP = re.compile(r"/db/((?:conf|journals|series)/[\w-]+)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\[\]]{0,300})\]")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_DUMP_DATES: Final[Mapping[str, str]] = {
    "presubdate": ABSTRACT_LABEL,
    "submitdate": SUBMISSION_LABEL,
    "notifydate": NOTIFICATION_LABEL,
    "cameradate": FINAL_LABEL,
}
_MAX_CALL = 200_000


def read(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the editions that a page of WikiCFP speaks of; never raises."""
    content = page.content
    if content.startswith(_GZIP):
        inflated = _inflated(content)
        if isinstance(inflated, Finding):
            return PageReading(None, "", (), (inflated,))
        content = inflated
    text = decode(content, page.media_type)
    head = text[:_HEAD].lower()
    if "<resultset" in head:
        return _dump(text, page, vocabulary)
    if "<rss" in head:
        return _feed(text, vocabulary)
    return _site_page(text, page, vocabulary)


def _inflated(content: bytes) -> bytes | Finding:
    """Inflate a dump; what is beyond the limit or broken makes it unusable."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        inflated = inflater.decompress(content, MAX_INFLATED_BYTES)
    except zlib.error as error:
        detail = f"the gzip file is broken: {error}"
        return Finding("", Reason.BINARY, detail, None, is_dropped=True)
    if inflater.unconsumed_tail:
        detail = f"inflated it has more than {MAX_INFLATED_BYTES:,} bytes"
        return Finding("", Reason.TOO_LARGE, detail, None, is_dropped=True)
    return inflated


def _address(event_id: str) -> str:
    return f"{_EVENT_PAGE}{event_id}"


def _site_page(html: str, page: Page, vocabulary: Vocabulary) -> PageReading:
    text = PageText(visible_text(html))
    tree = parse_tree(html)
    if tree is None:
        detail = "tags are nested deeper than on any page of the site"
        finding = Finding("", Reason.TOO_DEEP, detail, None, is_dropped=True)
        return PageReading(None, text.text, (), (finding,))
    findings: list[Finding] = []
    entries: tuple[PageEntry, ...] = ()
    is_call = "[property='v:eventType'], [property='dc:identifier']"
    if first(tree, is_call) is not None:
        entries = tuple(_event(tree, page, text, vocabulary, findings))
    else:
        tables = list(_lists(tree))
        rows = _rows(tables, _dblp(tree), text, vocabulary, findings)
        entries = without_repeats(rows, findings)
        if not tables and not _MARKED_AS_LIST.search(text.text):
            detail = "this is neither a list of calls nor a call"
            findings.append(
                Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
            )
    return PageReading(
        title=title_of(tree),
        text=text.text,
        entries=entries,
        findings=tuple(findings),
        links=links_of(tree, page.url),
    )


# ------------------------------------------------------------------ lists


def _lists(tree: LexborHTMLParser) -> Iterator[list[LexborNode]]:
    """Yield the rows of every table that begins as lists of calls do."""
    for table in innermost_tables(tree):
        rows = table.css("tr")
        for number, row in enumerate(rows):
            header = [text_of(cell).casefold() for cell in row.css("td, th")[:4]]
            if tuple(header) == _LIST_COLUMNS:
                yield rows[number + 1 :]
                break


def _dblp(tree: LexborHTMLParser) -> str | None:
    """Return the key of the series that a series page is about."""
    for link in tree.css("a[href*='dblp']"):
        if found := _DBLP.search(attribute(link, "href")):
            return found[1].lower()
    return None


def _rows(
    tables: list[list[LexborNode]],
    dblp_text: str | None,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    """Yield the entries of all lists: two table rows each."""
    for rows in tables:
        status: str | None = None
        begun: LexborNode | None = None
        for row in rows:
            cells = row.css("td, th")
            if len(cells) == 1 and text_of(cells[0]).casefold() == "expired cfps":
                status, begun = EXPIRED, None
                continue
            if first(row, "a[href*='eventid=']") is not None and len(cells) >= 2:
                if begun is not None:
                    findings.append(_broken_row(begun))
                begun = row
            elif begun is not None:
                entry = _row(begun, row, status, dblp_text, text, vocabulary, findings)
                begun = None
                if entry is not None:
                    yield entry
        if begun is not None:
            findings.append(_broken_row(begun))


def _row(
    upper: LexborNode,
    lower: LexborNode,
    status: str | None,
    dblp_text: str | None,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> PageEntry | None:
    link = first(upper, "a[href*='eventid=']")
    found = _EVENT_ID.search(attribute(link, "href"))
    cells = [written_in(cell) for cell in lower.css("td, th")]
    if found is None or len(cells) < 3:
        findings.append(_broken_row(upper))
        return None
    acronym = text_of(link)
    full_name = written_in(upper.css("td, th")[1])
    when, where, deadline = cells[:3]
    series, year = split_acronym(acronym)
    draft = EntryDraft(f"/events/{found[1]}", vocabulary)
    passage = text.passage(acronym, full_name, when, where, deadline)
    due = _DEADLINE_CELL.match(one_line(deadline))
    if due is None:
        due_text, abstract_text = deadline, ""
    else:
        due_text, abstract_text = due[1], due[2] or ""
    draft.add_date(ABSTRACT_LABEL, abstract_text, passage)
    draft.add_date(SUBMISSION_LABEL, due_text, passage)
    draft.set_days(or_none(when))
    findings.extend(draft.findings)
    return PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=found[1],
        series_text=series,
        full_name_text=full_name or None,
        dblp_text=dblp_text,
        year_text=year,
        place_text=or_none(where),
        dates_text=or_none(when),
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
        status_text=status,
        entry_url=_address(found[1]),
    )


def _broken_row(row: LexborNode) -> Finding:
    found = _EVENT_ID.search(attribute(first(row, "a[href*='eventid=']"), "href"))
    return Finding(
        f"/events/{found[1]}" if found else "",
        Reason.INCOMPLETE_ENTRY,
        f"the row of {text_of(row)[:80]!r} has not the cells of a call",
        None,
        is_dropped=True,
    )


# ------------------------------------------------------------------ one call


def _event(
    tree: LexborHTMLParser,
    page: Page,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    """Yield the entry of an event's own page."""
    kind = first(tree, "[property='v:eventType']")
    about = kind.parent if kind is not None else None
    event_id = _event_id(tree, about, page)
    acronym = _property(about, "v:summary") or _property(tree.body, "dc:title")
    if event_id is None or not acronym:
        detail = "the page of a call tells neither its number nor its name"
        findings.append(
            Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
        )
        return
    series, year = split_acronym(acronym)
    draft = EntryDraft(f"/events/{event_id}", vocabulary)
    when = where = None
    for row in tree.css("table.gglu tr"):
        head, cell = first(row, "th"), first(row, "td")
        if head is None or cell is None:
            continue
        label, written = text_of(head), written_in(cell)
        match label.casefold():
            case "when":
                when = or_none(written)
            case "where":
                where = or_none(written)
            case _:
                draft.add_date(label, written, partial(text.passage, label, written))
    draft.starts_text = _day(_property(about, "v:startDate"))
    draft.ends_text = _day(_property(about, "v:endDate"))
    if draft.starts_text is None:
        draft.set_days(when)
    full_name = _full_name(tree, about, acronym)
    for call in tree.css("div.cfp")[:2]:
        # The box of related calls has the same class; it stands in no table.
        parent = call.parent
        html = call.html or ""
        if parent is not None and parent.tag == "td" and len(html) <= _MAX_CALL:
            draft.add_call(html, page, text, year, full_name or acronym)
            break
    findings.extend(draft.findings)
    yield PageEntry(
        position=draft.position,
        phrases=tuple(draft.phrases),
        entry_id_text=event_id,
        series_text=series,
        full_name_text=full_name,
        year_text=year,
        homepage_url=web_address(_property(tree.body, "dc:source"), None),
        place_text=_property(about, "v:locality") or where,
        dates_text=when,
        starts_text=draft.starts_text,
        ends_text=draft.ends_text,
        areas_text=";".join(_categories(tree)) or None,
        entry_url=_address(event_id),
    )


def _event_id(
    tree: LexborHTMLParser, about: LexborNode | None, page: Page
) -> str | None:
    for place in (
        attribute(first(about, "[rel='v:url']"), "resource"),
        _property(tree.body, "dc:identifier"),
        page.url or "",
    ):
        if found := _EVENT_ID.search(place):
            return found[1]
    field = attribute(first(tree, "input[name='eventid']"), "value")
    return field if field.isdecimal() else None


def _property(node: LexborNode | None, name: str) -> str:
    """Return an RDFa property below a node: its content, or else its text."""
    found = first(node, f"[property='{name}']")
    return one_line(attribute(found, "content")) or text_of(found)


def _day(instant: str) -> str | None:
    """Return the day of an RDFa instant, which is midnight or the day's last second."""
    found = re.match(r"(\d{4}-\d\d-\d\d)(?:T|$)", instant)
    return found[1] if found else None


def _full_name(
    tree: LexborHTMLParser, about: LexborNode | None, acronym: str
) -> str | None:
    described = _property(about, "v:description")
    begins, _, rest = described.partition(" : ")
    if rest and one_line(begins) == acronym:
        return rest
    return _property(tree.body, "dc:description") or described or None


def _categories(tree: LexborHTMLParser) -> list[str]:
    heading = first(tree, "a.blackbold[href*='allcat']")
    if heading is None or heading.parent is None:
        return []
    links = heading.parent.css("a[href*='call?conference=']")
    return [name for link in links if (name := text_of(link))]


# ------------------------------------------------------------------ feeds and dumps


def _feed(xml: str, vocabulary: Vocabulary) -> PageReading:
    """Read an RSS feed: names, places and days; it has no deadlines."""
    channel, *items = xml.split("<item")
    text = PageText()
    findings: list[Finding] = []
    entries = without_repeats(_items(items, text, vocabulary, findings), findings)
    title = _element(channel, "title") or None
    if title:
        text.added(title)
    return PageReading(title, text.text, entries, tuple(findings))


def _items(
    items: list[str], text: PageText, vocabulary: Vocabulary, findings: list[Finding]
) -> Iterator[PageEntry]:
    for item in items:
        name, link = _element(item, "title"), _element(item, "link")
        found = _EVENT_ID.search(link)
        if found is None or not name:
            findings.append(
                Finding(
                    "",
                    Reason.INCOMPLETE_ENTRY,
                    f"the item {name[:80]!r} has no event's number or no name",
                    None,
                    is_dropped=True,
                )
            )
            continue
        acronym, _, full_name = name.partition(" : ")
        series, year = split_acronym(acronym)
        draft = EntryDraft(f"/events/{found[1]}", vocabulary)
        where = when = None
        described = text.added(f"{name} {_element(item, 'description')}").quote
        # The last two pairs of brackets are the place and the days.
        for bracketed in _BRACKETED.findall(described[-700:])[-2:]:
            draft.set_days(bracketed)
            if draft.starts_text is not None:
                when = when or bracketed
            else:
                where = or_none(bracketed)
        findings.extend(draft.findings)
        yield PageEntry(
            position=draft.position,
            entry_id_text=found[1],
            series_text=series,
            full_name_text=full_name.strip() or None,
            year_text=year,
            place_text=where,
            dates_text=when,
            starts_text=draft.starts_text,
            ends_text=draft.ends_text,
            entry_url=_address(found[1]),
        )


def _element(xml: str, name: str) -> str:
    """Return the text of the first element of this name, "" if there is none."""
    _, opened, rest = xml.partition(f"<{name}")
    if not opened:
        return ""
    inside = rest.partition(">")[2].partition(f"</{name}")[0]
    return _text(inside)


def _text(xml: str) -> str:
    return storable_text(one_line(unescape(_CDATA.sub(r"\1", xml))))


def _dump(xml: str, page: Page, vocabulary: Vocabulary) -> PageReading:
    """Read a dump of all calls of a year, an entry a record.

    It is no well-formed XML (control characters in names), so no XML parser reads it.
    """
    text = PageText()
    findings: list[Finding] = []
    records = xml.split("<row>")[1:]
    drafted = _records(records, page, text, vocabulary, findings)
    entries = without_repeats(drafted, findings)
    return PageReading("WikiCFP data set", text.text, entries, tuple(findings))


def _records(
    records: list[str],
    page: Page,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    for record in records:
        fields = _fields(record)
        event_id, handle = fields.get("eventid", ""), fields.get("handle", "")
        if not event_id.isdecimal():
            detail = "a record has no event's number"
            findings.append(
                Finding("", Reason.INCOMPLETE_ENTRY, detail, None, is_dropped=True)
            )
            continue
        series, written_year = split_acronym(handle)
        year = fields.get("year") or written_year
        draft = EntryDraft(f"/events/{event_id}", vocabulary)
        text.added(f"{handle} {year or ''}: {fields.get('fullname', '')}")
        for name, label in _DUMP_DATES.items():
            due_text = fields.get(name, "")
            if not due_text.startswith("0000"):
                line = f"{name}: {due_text}"
                draft.add_date(label, due_text, partial(text.added, line))
        call = fields.get("info", "")
        if call and len(call) <= _MAX_CALL:
            marked_up = f"<html><body><pre>{escape(call, quote=False)}</pre></body>"
            draft.add_call(marked_up, page, text, year, fields.get("fullname", ""))
        starts, ends = fields.get("begindate", ""), fields.get("finishdate", "")
        draft.set_days(f"{starts} - {ends}" if starts != ends else starts)
        findings.extend(draft.findings)
        yield PageEntry(
            position=draft.position,
            phrases=tuple(draft.phrases),
            entry_id_text=event_id,
            series_text=series,
            full_name_text=fields.get("fullname") or None,
            year_text=year,
            homepage_url=web_address(fields.get("weblink", ""), None),
            place_text=or_none(fields.get("location", "")),
            dates_text=or_none(f"{starts} - {ends}".strip(" -")),
            starts_text=draft.starts_text,
            ends_text=draft.ends_text,
            entry_url=_address(event_id),
        )


def _fields(record: str) -> dict[str, str]:
    """Return the fields of a record by name; the text of its call keeps its lines."""
    fields: dict[str, str] = {}
    for part in record.split('<field name="')[1:]:
        name, _, rest = part.partition('">')
        written = rest.partition("</field>")[0]
        if name == "info":
            fields[name] = storable_text(unescape(written))
        else:
            fields[name] = _text(written)
    return fields
