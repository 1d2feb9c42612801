import re
from collections import Counter

import pytest

from ingestion.documents import Reject
from ingestion.origins import SampleOrigin
from ingestion.readers.lists import ReadDocument, read_list
from ingestion.registry import load_registry

REGISTRY = load_registry()
ZONES = frozenset(
    {
        *("aoe", "utc", "utc-12", "utc-8", "utc+0", "pt", "pst", "est", "etc/gmt+12"),
        *("etc/gmt+5", "america/los_angeles", "america/new_york", "europe/berlin"),
        *("europe/warsaw", "utc"),
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
