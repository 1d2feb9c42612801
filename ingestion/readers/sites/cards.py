"""Events that stand in boxes of their own: a heading, and below it what is known."""

from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.readers.pages.records import Page, PageEntry
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding
from ingestion.readers.sites.entries import EntryDraft, or_none
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.identity import homepage, own_address, record_id
from ingestion.readers.sites.markup import first, text_of
from ingestion.readers.sites.names import split_title, year_in

_HEADING = (
    "h1, h2, h3, h4, h5, h6, [class*='title' i], [class*='name' i], strong, b, a[href]"
)
_DATES = "[class*='date' i]:not([class*='deadline' i]), time, [class*='when' i]"
_PLACE = (
    "[class*='location' i], [class*='place' i], [class*='venue' i], [class*='where' i]"
)
_MAX_CARD = 100_000


def outermost(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """Return the nodes that a selector finds, those inside another left out."""
    found = tree.css(selector)
    known = {node.mem_id for node in found}
    return [node for node in found if not _is_inside(node, known)]


def _is_inside(node: LexborNode, known: set[int]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id in known:
            return True
        parent = parent.parent
    return False


def cards_of(
    nodes: Iterable[LexborNode],
    page: Page,
    site: str,
    text: PageText,
    vocabulary: Vocabulary,
    findings: list[Finding],
) -> Iterator[PageEntry]:
    """Yield an entry for each box that names an edition.

    One without a year, or without any date, is news or a menu: it is passed over.
    """
    for node in nodes:
        name_text = text_of(first(node, _HEADING))
        html = node.html or ""
        if not name_text or len(html) > _MAX_CARD:
            continue
        links = node.css("a[href]")
        name = split_title(name_text)
        address = own_address(links, page, site)
        entry_id = record_id(address, name_text)
        draft = EntryDraft(f"/events/{entry_id}", vocabulary)
        when = next(
            (written for one in node.css(_DATES) if (written := or_none(text_of(one)))),
            None,
        )
        draft.set_days(when)
        year = name.year or year_in(when) or draft.year
        draft.add_call(html, page, text, year, name_text)
        year = year or draft.year
        if year is None or not (draft.phrases or draft.starts_text):
            continue
        findings.extend(draft.findings)
        yield PageEntry(
            position=draft.position,
            phrases=tuple(draft.phrases),
            entry_id_text=entry_id,
            series_text=name.series,
            full_name_text=name.full_name,
            year_text=year,
            homepage_url=homepage(links, page, site),
            place_text=or_none(text_of(first(node, _PLACE))),
            dates_text=when,
            starts_text=draft.starts_text,
            ends_text=draft.ends_text,
            entry_url=address,
        )
