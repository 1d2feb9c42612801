"""ELRA's events: posts of a news system, each with a heading, days and a place."""

from typing import Final

from ingestion.readers.pages.extract import EXTRACTOR_VERSION
from ingestion.readers.pages.records import Page, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.sites.plain_sites import read_events

VERSION: Final = 2 + EXTRACTOR_VERSION

# A post, a box of an events calendar, or a line of a list that begins with a link.
_BOXES: Final = (
    "article, .event, .post, .entry, .elementor-post, [class*='tribe-events-calendar'] "
    "article, .entry-content li, main li"
)


def read(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the events that a page of the association names; never raises."""
    return read_events(
        page, vocabulary, site="elra.info", boxes=_BOXES, what="list of events"
    )
