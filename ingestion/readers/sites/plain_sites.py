"""What the smaller sites have in common: a page is tables of events, or boxes."""

from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding, Reason
from ingestion.readers.sites.cards import cards_of, outermost
from ingestion.readers.sites.entries import without_repeats
from ingestion.readers.sites.evidence import PageText
from ingestion.readers.sites.markup import (
    links_of,
    parse_tree,
    title_of,
    visible_text,
)
from ingestion.readers.sites.tables import event_tables, rows_of


def read_events(
    page: Page, vocabulary: Vocabulary, *, site: str, boxes: str, what: str
) -> PageReading:
    """Read tables of events and, where there are none, boxes; never raises.

    Args:
        page: as published.
        vocabulary: the rules of labels.
        site: the host whose links are internal.
        boxes: a selector of what holds one event each.
        what: what the page should have been, for the remark that it is not.
    """
    html = decode(page.content, page.media_type)
    text = PageText(visible_text(html))
    tree = parse_tree(html)
    if tree is None:
        detail = "tags are nested deeper than on any page of the site"
        finding = Finding("", Reason.TOO_DEEP, detail, None, is_dropped=True)
        return PageReading(None, text.text, (), (finding,))
    findings: list[Finding] = []
    tables = list(event_tables(tree))
    found: list[PageEntry] = []
    for table in tables:
        found.extend(rows_of(table, page, site, text, vocabulary, findings))
    if not tables:
        nodes = outermost(tree, boxes)
        found.extend(cards_of(nodes, page, site, text, vocabulary, findings))
    if not tables and not found:
        detail = f"there is no {what} on it"
        if not text.text.strip() and "<script" in html:
            detail = "nothing is on it but what a script would fetch"
        findings.append(
            Finding("", Reason.UNEXPECTED_PAGE, detail, None, is_dropped=True)
        )
    entries = without_repeats(found, findings)
    return PageReading(
        title=title_of(tree),
        text=text.text,
        entries=entries,
        findings=tuple(findings),
        links=links_of(tree, page.url),
    )
