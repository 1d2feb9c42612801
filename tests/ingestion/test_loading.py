from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.documents import PublishedFile, stable_key
from ingestion.errors import SourceUnavailableError, SourceUnchangedError
from ingestion.loading import LoadOutcome, SourceReport, ingest, store_registry
from ingestion.loading.stored import instant
from ingestion.registry import Source
from tests.ingestion.raw_databases import (
    FIRST_DAY,
    SOURCE,
    RawDatabase,
    entry,
    numbered,
    published,
    then,
)

GOOD = published("a.yml", entry("NeurIPS", deadline="2026-05-11 23:59"))
BAD = published("a.yml", entry("NeurIPS"), "- just words\n", "- other words\n")
UNREACHABLE = SourceUnavailableError(SOURCE.key, "cannot be reached")


def outcomes(raw: RawDatabase) -> dict[tuple[int, str | None], str]:
    """Return the outcome of each visit by day and path."""

    def day(instant: object) -> int:
        value = instant if isinstance(instant, datetime) else f"{instant}+00:00"
        return (datetime.fromisoformat(str(value)) - FIRST_DAY).days

    return {
        (day(row["observed_at"]), row["path"]): row["outcome"]
        for row in raw.rows("visits")
    }


def test_a_new_file_is_kept_as_bytes_as_strings_and_as_a_visit(
    raw: RawDatabase,
) -> None:
    report = raw.load([GOOD])

    assert report.outcome is LoadOutcome.LOADED
    (document,) = raw.rows("documents")
    assert document["content"] == GOOD.content
    assert document["byte_count"] == len(GOOD.content)
    assert document["body"] == [
        {
            "title": "NeurIPS",
            "year": "2026",
            "id": "neurips2026",
            "deadline": "2026-05-11 23:59",
        }
    ]
    key = stable_key(SOURCE.key, "a.yml", document["sha256"])
    assert document["document_key"] == key
    (visit,) = raw.rows("visits")
    assert (visit["outcome"], visit["document_key"]) == ("stored", key)
    assert visit["source_url"] == document["source_url"] == GOOD.source_url
    assert visit["visit_key"] == stable_key(
        SOURCE.key, "a.yml", "2026-01-01T12:00:00+00:00"
    )


def test_an_unchanged_file_adds_a_visit_and_is_not_read_again(
    raw: RawDatabase,
) -> None:
    raw.load([GOOD])

    def read(source: Source, file: PublishedFile) -> None:
        raise AssertionError(f"{source.key}: {file.path} was read again")

    report = raw.load([GOOD], day=1, read=read)

    assert report.outcome is LoadOutcome.UNCHANGED
    assert report.message == "nothing changed"
    assert len(raw.rows("documents")) == 1
    assert outcomes(raw) == {(0, "a.yml"): "stored", (1, "a.yml"): "unchanged"}


def test_a_changed_file_is_a_new_document_beside_the_old_one(raw: RawDatabase) -> None:
    raw.load([GOOD, published("b.yml", entry("ICML"))])

    report = raw.load(
        [replace(GOOD, content=GOOD.content + b"# more\n"), *numbered(1)], day=1
    )

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "documents: 2 new, 1 gone"
    assert (report.document_count, report.new_document_count) == (2, 2)
    assert len(raw.rows("documents")) == 4


def test_an_older_version_that_comes_back_is_a_change_but_no_document(
    raw: RawDatabase,
) -> None:
    raw.load([GOOD])
    raw.load([replace(GOOD, content=entry("ICML").encode())], day=1)

    report = raw.load([GOOD], day=2)

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "documents: 1 back"
    assert len(raw.rows("documents")) == 2
    keys = {row["document_key"] for row in raw.rows("visits")}
    assert len(keys) == 2


def test_a_file_that_is_gone_makes_the_source_changed(raw: RawDatabase) -> None:
    raw.load(numbered(3))

    report = raw.load(numbered(2), day=1)

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "documents: 1 gone"


def test_the_same_look_again_adds_nothing(raw: RawDatabase) -> None:
    raw.load([GOOD])
    before = raw.tables()

    report = raw.load([GOOD])

    assert report.outcome is LoadOutcome.UNCHANGED
    assert report.error is None
    assert "already" in report.message
    assert raw.tables() == before


@pytest.mark.parametrize(
    ("files", "changes"),
    [
        ([GOOD, *numbered(1)], "1 new"),
        ([published("a.yml", entry("NeurIPS", deadline="2026-05-18"))], "1 new"),
        ([published("a.yml", entry("ICML")), *numbered(1)], "1 back, 1 new"),
    ],
)
def test_a_second_look_at_one_instant_that_differs_is_refused_and_adds_nothing(
    raw: RawDatabase, files: list[PublishedFile], changes: str
) -> None:
    raw.load([published("a.yml", entry("ICML"))], day=-1)
    raw.load([GOOD])
    before = raw.tables()

    report = raw.load(files)

    assert report.outcome is LoadOutcome.REFUSED
    assert report.new_document_count == 0
    assert report.error
    assert "observed at 2026-01-01T12:00:00+00:00 already" in report.error
    assert sorted(changes.split(", ")) == sorted(
        report.error.partition("(")[2].partition(")")[0].split(", ")
    )
    assert raw.tables() == before


def test_a_look_before_the_newest_one_is_an_error_and_adds_nothing(
    raw: RawDatabase,
) -> None:
    raw.load([GOOD], day=2)
    before = raw.tables()

    report = raw.load(numbered(2), day=1)

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == (
        "test-list: observed at 2026-01-03T12:00:00+00:00 already, "
        "so 2026-01-02T12:00:00+00:00 would be back in time: give a later --as-of, "
        "or set this machine's clock"
    )
    assert raw.tables() == before


def test_a_look_may_precede_one_that_failed(raw: RawDatabase) -> None:
    raw.load(then([], UNREACHABLE), day=2)

    assert raw.load([GOOD], day=1).outcome is LoadOutcome.LOADED


def test_an_instant_without_a_zone_is_refused(raw: RawDatabase) -> None:
    with pytest.raises(ValueError, match="zone"):
        ingest(
            [SOURCE],
            Files({}),
            destination=raw.destination,
            known_zones=frozenset(),
            observed_at=FIRST_DAY.replace(tzinfo=None),
            pipelines_dir=raw.pipelines_dir,
        )


def test_rejects_name_the_document_the_position_and_the_reason(
    raw: RawDatabase,
) -> None:
    report = raw.load([BAD], max_reject_share=0.9)

    rejects = raw.rows("rejects")
    assert {row["reason"] for row in rejects} == {"not_a_mapping"}
    assert {row["position"] for row in rejects} == {"/1", "/2"}
    assert {row["entry"] for row in rejects} == {"just words", "other words"}
    assert all(row["is_dropped"] for row in rejects)
    (document,) = raw.rows("documents")
    assert {row["document_key"] for row in rejects} == {document["document_key"]}
    assert [edition["title"] for edition in document["body"]] == ["NeurIPS"]
    assert (report.entry_count, report.reject_count) == (3, 2)
    assert report.dropped_entry_count == 2


def test_rejects_of_unchanged_files_are_counted_without_reading_them(
    raw: RawDatabase,
) -> None:
    first = raw.load([BAD, *numbered(2)], max_reject_share=0.9)

    again = raw.load([BAD, *numbered(2)], day=1, max_reject_share=0.9)

    assert again.reject_count == first.reject_count == 2
    assert again.dropped_entry_count == 2
    assert again.entry_count == first.entry_count == 5
    assert len(raw.rows("rejects")) == 2


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 99, b"a: [b"])
def test_an_unusable_file_is_kept_with_a_reject_of_the_whole(
    raw: RawDatabase, content: bytes
) -> None:
    report = raw.load([*numbered(3), PublishedFile("z.yml", content)])

    assert report.outcome is LoadOutcome.LOADED
    (document,) = (row for row in raw.rows("documents") if row["path"] == "z.yml")
    assert document["body"] is None
    assert document["content"] == (content or None)
    (reject,) = raw.rows("rejects")
    assert (reject["position"], reject["path"]) == ("", "z.yml")


def test_a_source_with_too_many_rejects_is_refused_and_kept_apart(
    raw: RawDatabase,
) -> None:
    raw.load([GOOD])

    report = raw.load([BAD], day=1)

    assert report.outcome is LoadOutcome.REFUSED
    assert report.error == (
        "2 of 3 entries were rejected; past 50% the earlier rows stay"
    )
    assert outcomes(raw) == {(0, "a.yml"): "stored", (1, "a.yml"): "refused"}
    assert len(raw.rows("documents")) == 2
    details = {row["detail"] for row in raw.rows("visits")}
    assert details == {None, report.error}


def test_a_refused_source_stays_refused_while_its_files_are_the_same(
    raw: RawDatabase,
) -> None:
    raw.load([GOOD])
    raw.load([BAD], day=1)

    report = raw.load([BAD], day=2)

    assert report.outcome is LoadOutcome.REFUSED
    assert outcomes(raw)[2, "a.yml"] == "refused"


def test_what_can_be_used_of_a_first_look_is_used_however_little(
    raw: RawDatabase,
) -> None:
    report = raw.load([BAD])

    assert report.outcome is LoadOutcome.LOADED
    assert (report.entry_count, report.dropped_entry_count) == (3, 2)


def test_a_first_look_of_which_nothing_can_be_used_is_refused(
    raw: RawDatabase,
) -> None:
    report = raw.load([PublishedFile("a.yml", b"a: [b")])

    assert report.outcome is LoadOutcome.REFUSED
    assert len(raw.rows("documents")) == 1
    assert raw.load([BAD], day=1).outcome is LoadOutcome.LOADED


def test_a_source_that_breaks_off_stores_nothing_but_that_it_failed(
    raw: RawDatabase,
) -> None:
    raw.load(numbered(2))

    report = raw.load(then(numbered(4, "b"), UNREACHABLE), day=1)

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == "test-list: cannot be reached"
    assert len(raw.rows("documents")) == 2
    assert outcomes(raw) == {
        (0, "000.yml"): "stored",
        (0, "001.yml"): "stored",
        (1, None): "failed",
    }
    (failed,) = (row for row in raw.rows("visits") if row["outcome"] == "failed")
    assert failed["detail"] == report.error
    assert failed["document_key"] is None


def test_a_source_that_fails_twice_at_one_instant_failed_once(
    raw: RawDatabase,
) -> None:
    raw.load(then([], UNREACHABLE))
    raw.load(then([], UNREACHABLE))

    assert outcomes(raw) == {(0, None): "failed"}


def test_a_source_that_failed_can_be_looked_at_again_at_the_same_instant(
    raw: RawDatabase,
) -> None:
    raw.load(then([], UNREACHABLE))

    assert raw.load([GOOD]).outcome is LoadOutcome.LOADED


def test_a_source_without_any_file_failed(raw: RawDatabase) -> None:
    raw.load([GOOD])

    report = raw.load([], day=1)

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == "test-list: has no files"
    assert outcomes(raw)[0, "a.yml"] == "stored"


def test_what_a_publisher_calls_unchanged_is_visited_as_it_was(
    raw: RawDatabase,
) -> None:
    raw.load([BAD, *numbered(2)])

    report = raw.load(then([], SourceUnchangedError(SOURCE.key)), day=1)

    assert report.outcome is LoadOutcome.UNCHANGED
    assert (report.document_count, report.reject_count) == (3, 2)
    assert outcomes(raw)[1, "a.yml"] == "unchanged"


def test_unchanged_is_a_failure_while_nothing_is_stored(raw: RawDatabase) -> None:
    report = raw.load(then([], SourceUnchangedError(SOURCE.key)))

    assert report.outcome is LoadOutcome.FAILED


def test_two_files_under_one_path_are_a_failure(raw: RawDatabase) -> None:
    report = raw.load([GOOD, replace(GOOD, content=b"- x\n")])

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == "test-list: a.yml was published twice in one look"
    assert raw.rows("documents") == []


def test_sources_of_one_family_do_not_touch_each_other(raw: RawDatabase) -> None:
    other = replace(SOURCE, key="other-list")
    raw.load([GOOD])

    report = raw.load([GOOD], source=other, day=-5)

    assert report.outcome is LoadOutcome.LOADED
    assert len({row["document_key"] for row in raw.rows("documents")}) == 2


class Files:
    """An origin with the files of each source key at hand."""

    def __init__(self, files: dict[str, list[PublishedFile]]) -> None:
        self._files = files

    def files(self, source: Source) -> Iterator[PublishedFile]:
        """Return the files.

        Raises:
            SourceUnavailableError: there are none.
        """
        try:
            return iter(self._files[source.key])
        except KeyError:
            raise SourceUnavailableError(source.key, "is away") from None


def test_a_source_that_fails_does_not_stop_the_others(raw: RawDatabase) -> None:
    sources = [replace(SOURCE, key=key) for key in ("one", "two", "three")]
    told: list[tuple[str, SourceReport | None]] = []

    reports = ingest(
        sources,
        Files({"one": [GOOD], "three": [GOOD]}),
        destination=raw.destination,
        known_zones=frozenset(),
        observed_at=FIRST_DAY,
        pipelines_dir=raw.pipelines_dir,
        on_progress=lambda key, report: told.append((key, report)),
    )

    assert [report.outcome for report in reports] == ["loaded", "failed", "loaded"]
    assert reports[1].error == "two: is away"
    assert told[::2] == [("one", None), ("two", None), ("three", None)]
    assert [report for _, report in told[1::2]] == reports


def test_the_registry_is_a_table_of_all_registered_sources(
    raw: RawDatabase, tmp_path: Path
) -> None:
    registered = [SOURCE, replace(SOURCE, key="other-list", areas=("AI", "ML"))]

    def load(registry: list[Source], day: int) -> list[dict[str, object]]:
        ingest(
            [],
            Files({}),
            destination=raw.destination,
            known_zones=frozenset(),
            observed_at=FIRST_DAY,
            pipelines_dir=tmp_path / str(day),
            registry=registry,
        )
        return raw.rows("sources", family="registry")

    rows = {row["source_key"]: row for row in load(registered, 0)}
    assert rows.keys() == {"test-list", "other-list"}
    assert rows["other-list"]["areas"] == ["AI", "ML"]
    assert rows["test-list"]["authority_rank"] == SOURCE.authority_rank
    renamed = [replace(SOURCE, name="Another name")]
    rows = {row["source_key"]: row for row in load(renamed, 1)}
    assert rows["test-list"]["name"] == "Another name"


def test_a_source_that_leaves_the_registry_keeps_its_row_with_the_time(
    raw: RawDatabase,
) -> None:
    other = replace(SOURCE, key="other-list", areas=("AI", "ML"))

    def stored(registry: list[Source], day: int) -> tuple[bool, dict[str, Any]]:
        is_changed = store_registry(
            registry,
            raw.destination,
            observed_at=FIRST_DAY + timedelta(days=day),
            pipelines_dir=raw.pipelines_dir,
        )
        rows = raw.rows("sources", family="registry")
        return is_changed, {row["source_key"]: row for row in rows}

    _, before = stored([SOURCE, other], 0)
    is_changed, removed = stored([SOURCE], 1)
    is_changed_later, later = stored([SOURCE], 2)
    _, back = stored([SOURCE, other], 3)

    assert {row["removed_at"] for row in before.values()} == {None}
    assert (is_changed, is_changed_later) == (True, False)
    assert removed["test-list"]["removed_at"] is None
    assert instant(removed["other-list"]["removed_at"]) == FIRST_DAY + timedelta(days=1)
    assert removed["other-list"]["areas"] == ["AI", "ML"]
    assert later == removed
    assert back["other-list"]["removed_at"] is None
