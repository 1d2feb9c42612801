from collections import Counter
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from ingestion.origins import FolderOrigin
from ingestion.readers.lists import ReadDocument, read_list
from ingestion.registry import load_registry

pytestmark = pytest.mark.corpus

REGISTRY = load_registry()
# As counted in each repository; ccfddl's 353 series have 1161 editions.
ENTRY_COUNTS = {
    "ccfddl": 1161,
    "huggingface": 122,
    "paperswithcode": 169,
    "hci-deadlines": 138,
    "blockchain-deadlines": 50,
    "audio-mir": 84,
    "cast-ai-chip": 38,
    "some-deadlines": 30,
    "sec-deadlines": 205,
    "se-deadlines": 179,
    "mpc-deadlines": 127,
    "tobna-ai-deadlines": 455,
    "python-deadlines": 1195,
    "ecc-conferences": 52,
    "space-confs": 37,
    "mlsys-deadlines": 18,
    "ruby-conferences": 415,
    "tech-conferences": 533,
}
# Read by eye: each is a fault of the published file, none of the reader.
REMARKS = {
    ("ccfddl", "conference/CG/prcv.yml", "misspelt_field"): 1,
    ("ccfddl", "conference/DS/ica3pp.yml", "duplicate_id"): 3,
    ("audio-mir", "_data/conferences.yml", "duplicate_key"): 1,
    ("se-deadlines", "_data/conferences.yml", "misspelt_field"): 1,
    ("tobna-ai-deadlines", "conferences/icann.yaml", "duplicate_id"): 1,
}


def offsets() -> set[str]:
    return {
        f"{name}{sign}{digits}"
        for name in ("utc", "gmt")
        for sign in "+-"
        for hours in range(15)
        for digits in (f"{hours}", f"{hours:02}")
    }


ZONES = frozenset(
    {
        *(zone.casefold() for zone in available_timezones()),
        *("aoe", "pt", "pst", "pdt", "edt", "cst"),
        *offsets(),
    }
)


@pytest.fixture(scope="module")
def documents(lists: Path) -> dict[str, list[ReadDocument]]:
    origin = FolderOrigin(lists)
    return {
        source.key: [
            read_list(source, file, known_zones=ZONES) for file in origin.files(source)
        ]
        for source in REGISTRY.lists
    }


def test_every_entry_of_every_list_is_read(
    documents: dict[str, list[ReadDocument]],
) -> None:
    assert {
        key: sum(one.entry_count for one in found) for key, found in documents.items()
    } == ENTRY_COUNTS


def test_no_entry_of_any_list_is_left_out(
    documents: dict[str, list[ReadDocument]],
) -> None:
    for found in documents.values():
        assert sum(one.rejected_entry_count for one in found) == 0
        assert all(one.document.body is not None for one in found)


def test_the_remarks_are_those_that_were_read_by_eye(
    documents: dict[str, list[ReadDocument]],
) -> None:
    assert (
        Counter(
            (key, reject.path, reject.reason)
            for key, found in documents.items()
            for one in found
            for reject in one.rejects
        )
        == REMARKS
    )


def test_every_folder_of_the_corpus_is_registered(lists: Path) -> None:
    assert FolderOrigin(lists).unregistered_folders(REGISTRY) == ()


def test_series_of_ccfddl_are_all_there(
    documents: dict[str, list[ReadDocument]],
) -> None:
    bodies = [one.document.body for one in documents["ccfddl"]]
    assert sum(len(body) for body in bodies if body) == 353


@pytest.mark.parametrize("key", ["ccfddl", "huggingface", "sec-deadlines"])
def test_every_month_of_history_is_read_whole(lists: Path, key: str) -> None:
    source = REGISTRY.get(key)
    months = [
        month
        for month in sorted((lists.parent / "history" / key).iterdir())
        if any(source.publishes(str(f.relative_to(month))) for f in month.rglob("*"))
    ]
    assert len(months) > 3
    for month in months:
        found = [
            read_list(source, file, known_zones=ZONES)
            for file in FolderOrigin(month, own_folder_of=key).files(source)
        ]
        assert sum(one.entry_count for one in found) > 40
        assert sum(one.rejected_entry_count for one in found) == 0
