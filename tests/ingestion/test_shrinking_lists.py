"""A list that loses many of its entries is not believed until a person says so."""

from datetime import datetime

import pytest

from ingestion.documents import PublishedFile
from ingestion.loading import LoadOutcome
from ingestion.loading.looks import MIN_LOST_ENTRIES
from ingestion.loading.stored import instant
from tests.ingestion.raw_databases import (
    FIRST_DAY,
    RawDatabase,
    entry,
    numbered,
    published,
)

WHOLE = [entry(f"Conf{number}") for number in range(20)]
BROKEN = b"a: [b"


def one_file(count: int, path: str = "all.yml") -> list[PublishedFile]:
    """Return a list of one file with so many entries."""
    return [published(path, *WHOLE[:count])]


def standing(raw: RawDatabase) -> set[tuple[str, str]]:
    """Return path and document of the newest look that models believe."""
    accepted = [
        row for row in raw.rows("visits") if row["outcome"] in {"stored", "unchanged"}
    ]
    newest = max(instant(row["observed_at"]) for row in accepted)
    return {
        (row["path"], row["document_key"])
        for row in accepted
        if instant(row["observed_at"]) == newest
    }


def refusals(raw: RawDatabase) -> list[tuple[datetime, str | None, str]]:
    """Return when, of which path and why looks were refused, in order."""
    return sorted(
        (instant(row["observed_at"]), row["path"], row["detail"])
        for row in raw.rows("visits")
        if row["outcome"] == "refused"
    )


def test_a_list_that_shrinks_too_far_is_refused_and_its_rows_stay(
    raw: RawDatabase,
) -> None:
    raw.load(one_file(20))
    documents, before = raw.rows("documents"), standing(raw)

    report = raw.load(one_file(14), day=1)

    assert report.outcome is LoadOutcome.REFUSED
    assert report.error == (
        "test-list: 14 of its 20 entries are left, 30% fewer; past 25% the earlier "
        "rows stay unless --accept-shrink is given"
    )
    assert (report.document_count, report.new_document_count) == (1, 0)
    assert raw.rows("documents") == documents
    assert standing(raw) == before
    ((_, path, detail),) = refusals(raw)
    assert (path, detail) == (None, report.error)


def test_it_is_refused_each_time_until_that_is_accepted(raw: RawDatabase) -> None:
    raw.load(one_file(20))
    raw.load(one_file(10), day=1)

    again = raw.load(one_file(10), day=2)
    accepted = raw.load(one_file(10), day=2, max_shrink_share=1)
    later = raw.load(one_file(10), day=3)

    assert again.outcome is LoadOutcome.REFUSED
    assert "10 of its 20 entries" in (again.error or "")
    assert accepted.outcome is LoadOutcome.LOADED
    assert accepted.message == "documents: 1 new"
    assert later.outcome is LoadOutcome.UNCHANGED
    assert len(refusals(raw)) == 2


def test_a_refusal_at_one_instant_is_stored_once(raw: RawDatabase) -> None:
    raw.load(one_file(20))
    raw.load(one_file(10), day=1)
    before = raw.tables()

    report = raw.load(one_file(10), day=1)

    assert report.outcome is LoadOutcome.REFUSED
    assert raw.tables() == before


def test_a_list_that_recovers_needs_no_word(raw: RawDatabase) -> None:
    raw.load(one_file(20))
    raw.load(one_file(5), day=1)

    assert raw.load(one_file(20), day=2).outcome is LoadOutcome.UNCHANGED
    assert raw.load(one_file(19), day=3).outcome is LoadOutcome.LOADED


def test_an_older_and_smaller_version_that_comes_back_is_refused_too(
    raw: RawDatabase,
) -> None:
    raw.load(one_file(10))
    raw.load(one_file(20), day=1)

    report = raw.load(one_file(10), day=2)

    assert report.outcome is LoadOutcome.REFUSED
    assert standing(raw) != set()


@pytest.mark.parametrize(("left", "outcome"), [(15, "loaded"), (14, "refused")])
def test_the_share_itself_is_still_accepted(
    raw: RawDatabase, left: int, outcome: str
) -> None:
    raw.load(one_file(20))

    assert raw.load(one_file(left), day=1).outcome == outcome


@pytest.mark.parametrize(("left", "outcome"), [(3, "loaded"), (2, "refused")])
def test_one_or_two_entries_less_are_never_too_many(
    raw: RawDatabase, left: int, outcome: str
) -> None:
    raw.load(one_file(2 + MIN_LOST_ENTRIES))

    assert raw.load(one_file(left), day=1).outcome == outcome


def test_a_list_of_one_that_ends_with_nothing_is_refused(raw: RawDatabase) -> None:
    raw.load(one_file(1))

    report = raw.load([published("all.yml", "[]\n")], day=1)

    assert report.outcome is LoadOutcome.REFUSED
    assert "0 of its 1 entries are left, 100% fewer" in (report.error or "")


def test_a_list_that_was_empty_from_the_first_is_no_shrink(raw: RawDatabase) -> None:
    empty = [published("all.yml", "[]\n")]

    assert raw.load(empty).outcome is LoadOutcome.LOADED
    assert raw.load(empty, day=1).outcome is LoadOutcome.UNCHANGED


def test_files_that_are_gone_are_entries_that_are_gone(raw: RawDatabase) -> None:
    raw.load(numbered(8))

    report = raw.load(numbered(5), day=1)

    assert report.outcome is LoadOutcome.REFUSED
    assert "5 of its 8 entries" in (report.error or "")


def test_moving_splitting_and_merging_files_loses_no_entry(raw: RawDatabase) -> None:
    split = [published(f"conf/{n:02}.yml", text) for n, text in enumerate(WHOLE)]
    raw.load(one_file(20))

    moved = raw.load(one_file(20, "elsewhere.yml"), day=1)
    divided = raw.load(split, day=2)
    merged = raw.load(one_file(20), day=3)

    assert [moved.outcome, divided.outcome, merged.outcome] == ["loaded"] * 3
    assert merged.message == "documents: 1 back, 20 gone"


def test_entries_that_can_no_longer_be_used_are_lost_too(raw: RawDatabase) -> None:
    raw.load(one_file(20))

    report = raw.load(
        [published("all.yml", *WHOLE[:12], *["- {year: 2026}\n"] * 8)], day=1
    )

    assert report.outcome is LoadOutcome.REFUSED
    assert "12 of its 20 entries" in (report.error or "")


def test_a_file_that_is_broken_for_a_while_is_no_shrink(raw: RawDatabase) -> None:
    few, many = published("few.yml", *WHOLE[:2]), published("many.yml", *WHOLE[2:])
    raw.load([few, many])

    broken = raw.load([few, PublishedFile("many.yml", BROKEN)], day=1)
    still = raw.load([few, PublishedFile("many.yml", BROKEN + b" ")], day=2)
    mended = raw.load([few, published("many.yml", *WHOLE[2:6])], day=3)

    assert [broken.outcome, still.outcome] == ["loaded", "loaded"]
    assert mended.outcome is LoadOutcome.REFUSED
    assert "6 of its 20 entries" in (mended.error or "")


def test_a_broken_file_that_never_was_whole_has_no_entry(raw: RawDatabase) -> None:
    raw.load([*one_file(3), PublishedFile("odd.yml", BROKEN)])

    report = raw.load(one_file(3), day=1)

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "documents: 1 gone"


def test_a_list_without_any_file_failed_whatever_is_accepted(raw: RawDatabase) -> None:
    raw.load(one_file(20))
    before = standing(raw)

    report = raw.load([], day=1, max_shrink_share=1)

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == "test-list: has no files"
    assert standing(raw) == before


def test_a_refused_look_does_not_count_as_the_one_before(raw: RawDatabase) -> None:
    raw.load(one_file(20))
    raw.load([published("all.yml", *WHOLE[:4], *["- words\n"] * 9)], day=1)

    report = raw.load(one_file(4), day=2)

    assert report.outcome is LoadOutcome.REFUSED
    assert "4 of its 20 entries" in (report.error or "")
    first, second = refusals(raw)
    assert (first[0] - FIRST_DAY).days == 1
    assert (second[0] - FIRST_DAY).days == 2
