import re
from collections import Counter

import pytest

from ingestion.documents import PublishedFile, Reject
from ingestion.origins import SAMPLE_FOLDER, SampleOrigin
from ingestion.readers.lists import ReadDocument, read_list
from ingestion.readers.pages.records import PageEntry
from ingestion.readers.web_pages import ReadPage, read_page
from ingestion.registry import load_registry
from ingestion.web.saved import SavedPagesOrigin
from tests.ingestion.listing_sites.reading import VOCABULARY, check_quotes

REGISTRY = load_registry()
ZONES = frozenset(
    {
        *("aoe", "utc", "utc-12", "utc-8", "utc+0", "pt", "pst", "est", "etc/gmt+12"),
        *("etc/gmt+5", "america/los_angeles", "america/new_york", "europe/berlin"),
        *("europe/warsaw", "utc", "utc+1", "anywhere on earth"),
    }
)


@pytest.fixture(scope="module")
def documents() -> dict[str, list[ReadDocument]]:
    origin = SampleOrigin()
    return {
        source.key: [
            read_list(source, file, known_zones=ZONES) for file in origin.files(source)
        ]
        for source in REGISTRY.lists
    }


def rejects(documents: dict[str, list[ReadDocument]]) -> list[Reject]:
    return [
        reject
        for read_documents in documents.values()
        for found in read_documents
        for reject in found.rejects
    ]


def test_every_source_has_a_few_editions_in_the_sample(
    documents: dict[str, list[ReadDocument]],
) -> None:
    for key, found in documents.items():
        assert 3 <= sum(one.entry_count for one in found) <= 15, key


def test_the_sample_has_no_folder_that_is_not_registered() -> None:
    assert SampleOrigin().unregistered_folders(REGISTRY) == ()


def test_the_sample_holds_exactly_the_faults_it_was_written_with(
    documents: dict[str, list[ReadDocument]],
) -> None:
    assert Counter(
        (reject.source_key, reject.reason) for reject in rejects(documents)
    ) == {
        ("paperswithcode", "missing_title"): 1,
        ("audio-mir", "unknown_zone"): 1,
        ("mlsys-deadlines", "impossible_date"): 1,
        ("se-deadlines", "misspelt_field"): 1,
    }


def test_the_sample_has_many_deadlines_in_the_half_year_after_it(
    documents: dict[str, list[ReadDocument]],
) -> None:
    due = re.compile(rb"(?:deadline|cfp|date)\S*\s+['\"]?202(?:6-12|7-0[1-6])-\d\d")
    found = [
        match
        for read_documents in documents.values()
        for one in read_documents
        for match in due.findall(one.document.content)
    ]
    assert len(found) >= 40


@pytest.fixture(scope="module")
def pages() -> dict[str, list[ReadPage]]:
    origin = SavedPagesOrigin(SAMPLE_FOLDER)
    found: dict[str, list[ReadPage]] = {}
    for source in REGISTRY.page_sources:
        for file in origin.visits(source, {}):
            assert isinstance(file, PublishedFile)
            read = read_page(source, file, vocabulary=VOCABULARY, known_zones=ZONES)
            found.setdefault(source.key, []).append(read)
    return found


def editions(read_pages: list[ReadPage]) -> dict[str, PageEntry]:
    return {
        f"{entry.series_text} {entry.year_text}": entry
        for read in read_pages
        if read.reading
        for entry in read.reading.entries
    }


def due(entry: PageEntry, kind: str) -> list[tuple[str | None, bool]]:
    return [(p.date, p.is_superseded) for p in entry.phrases if p.kind == kind]


def test_every_source_of_pages_has_usable_pages_with_addresses(
    pages: dict[str, list[ReadPage]],
) -> None:
    assert set(pages) == {source.key for source in REGISTRY.page_sources}
    for read_pages in pages.values():
        for read in read_pages:
            assert read.outcome is None
            assert read.reading is not None
            assert read.reading.entries
            assert str(read.document.source_url).endswith(read.document.path)
            check_quotes(read.reading)


def test_the_pages_of_the_sample_have_the_one_fault_they_were_written_with(
    pages: dict[str, list[ReadPage]],
) -> None:
    faults = [
        (reject.source_key, reject.position, reject.reason)
        for read_pages in pages.values()
        for read in read_pages
        for reject in read.rejects
    ]
    assert faults == [("wikicfp", "/events/990003", "impossible_date")]


def test_an_official_page_strikes_out_what_it_extended(
    pages: dict[str, list[ReadPage]],
) -> None:
    kdd = editions(pages["conference_pages"])["KDD 2027"]
    assert due(kdd, "submission") == [("2027-02-08", True), ("2027-02-11", False)]


def test_a_listing_site_disagrees_with_the_official_page(
    pages: dict[str, list[ReadPage]],
) -> None:
    for edition, kind, official, listed in (
        ("KDD 2027", "submission", "2027-02-11", "2027-02-08"),
        ("ICML 2027", "submission", "2027-01-28", "2027-01-28"),
    ):
        current = [
            date
            for date, is_superseded in due(
                editions(pages["conference_pages"])[edition], kind
            )
            if not is_superseded
        ]
        assert current == [official]
        assert due(editions(pages["wikicfp"])[edition], kind) == [(listed, False)]
