"""Pages to dated phrases."""

from ingestion.readers.pages.blocks import read_blocks
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.records import Page, PageEntry, PageReading
from ingestion.readers.pages.vocabulary import Vocabulary

EXTRACTOR_VERSION = 1


def extract(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the reading of a page, with one entry that holds all its phrases."""
    blocks = read_blocks(decode(page.content, page.media_type))
    return PageReading(title=blocks.title, text=blocks.text, entries=(PageEntry(""),))
