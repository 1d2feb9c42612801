"""The real official pages: each is of the edition that its index says."""

import csv
from pathlib import Path

import pytest

from ingestion.documents import PublishedFile, VisitOutcome
from ingestion.readers.web_pages import ReadPage, read_page
from ingestion.registry import load_registry
from tests.ingestion.listing_sites.reading import VOCABULARY

pytestmark = pytest.mark.corpus

SOURCE = load_registry().get("conference_pages")


@pytest.fixture(scope="module")
def index(lists: Path) -> list[tuple[dict[str, str], bytes]]:
    folder = lists.parent / "pages"
    with (folder / "INDEX.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row, (folder / row["file"]).read_bytes()) for row in rows]


def read(row: dict[str, str], content: bytes, year: int) -> ReadPage:
    context = {"series": row["series"], "year": str(year), "kind": row["kind"]}
    file = PublishedFile(row["file"], content, row["url_guess"], context)
    return read_page(SOURCE, file, vocabulary=VOCABULARY, known_zones=frozenset())


def test_no_page_is_taken_for_one_of_another_year(
    index: list[tuple[dict[str, str], bytes]],
) -> None:
    assert len(index) == 112
    for row, content in index:
        found = read(row, content, int(row["year"]))
        assert found.outcome is None, row["file"]
        assert found.reading is not None
        (entry,) = found.reading.entries
        assert (entry.series_text, entry.year_text) == (row["series"], row["year"])


def test_most_pages_are_not_taken_for_the_edition_before_or_after(
    index: list[tuple[dict[str, str], bytes]],
) -> None:
    for shift in (-1, 1):
        told = sum(
            read(row, content, int(row["year"]) + shift).outcome
            is VisitOutcome.OTHER_YEAR
            for row, content in index
        )
        assert told > len(index) / 2
