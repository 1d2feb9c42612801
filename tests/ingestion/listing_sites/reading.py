"""What the tests of the sites' readers share: the rules of labels, and checks."""

from pathlib import Path

from ingestion.readers.pages.records import Page, PageEntry, PageReading, Phrase
from ingestion.readers.pages.vocabulary import parse_vocabulary

ROOT = Path(__file__).parents[3]
VOCABULARY = parse_vocabulary(
    (ROOT / "dbt_project/seeds/vocabulary/label_rules.csv").read_text("utf-8")
)


def page(html: str, url: str | None = None) -> Page:
    return Page(html.encode(), url)


def dates(entry: PageEntry) -> list[tuple[str, str | None]]:
    return [(phrase.kind, phrase.date) for phrase in entry.phrases]


def by_position(reading: PageReading) -> dict[str, PageEntry]:
    return {entry.position: entry for entry in reading.entries}


def phrases(reading: PageReading) -> list[Phrase]:
    return [phrase for entry in reading.entries for phrase in entry.phrases]


def reasons(reading: PageReading) -> list[tuple[str, str]]:
    return [(finding.position, finding.reason.value) for finding in reading.findings]


def check_quotes(reading: PageReading) -> None:
    """Assert that every quote stands in the text where it says."""
    for phrase in phrases(reading):
        assert phrase.quote
        assert reading.text[phrase.start : phrase.end] == phrase.quote
