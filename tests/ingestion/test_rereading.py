"""Stored pages read again by another version, and what that changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ingestion.documents import PublishedFile, Retrieval
from ingestion.loading import (
    ChangeType,
    RereadReport,
    StoredPhrase,
    StoredVersion,
    compared_documents,
    reread_pages,
    stored_versions,
)
from ingestion.loading.comparing import changed_phrases
from ingestion.loading.page_runs import Parts
from ingestion.readers.pages.records import Page, PageEntry, PageReading, Phrase
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.web_pages import READERS
from tests.ingestion.raw_databases import (
    FIRST_DAY,
    KNOWN_ZONES,
    LABEL_RULES,
    PAGE_SOURCE,
    PAGES,
    RawDatabase,
    Row,
    page,
)

Read = Callable[[Page, Vocabulary], PageReading]
READ, VERSION = READERS[PAGES]

PAPERS = "Paper submission: March 3, 2031"
ABSTRACTS = "Abstracts are due February 20, 2031"
HOME = "lantern.example/2031/"
PHRASE = StoredPhrase(
    *("", "submission", "main", "Papers due", "March 3", "2031-03-03"),
    *(None, "AoE", False, "Papers due March 3"),
)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what puts another reader, of the next version, in the place of ours."""

    def put(read: Read = READ, version: int = VERSION + 1) -> None:
        readers: Mapping[str, Any] = {**READERS, PAGES: (read, version)}
        monkeypatch.setattr("ingestion.readers.web_pages.READERS", readers)

    return put


def reread(raw: RawDatabase, **options: Any) -> RereadReport:  # noqa: ANN401
    return reread_pages(
        PAGE_SOURCE,
        destination=raw.destination,
        label_rules=LABEL_RULES,
        known_zones=KNOWN_ZONES,
        seen_at=FIRST_DAY,
        pipelines_dir=raw.pipelines_dir,
        **options,
    )


def versions(rows: list[Row]) -> set[int]:
    return {row["reader_version"] for row in rows}


def with_phrases(read: Read, change: Callable[[PageEntry], PageEntry]) -> Read:
    """Return a reader whose entries are others."""

    def changed(page: Page, vocabulary: Vocabulary) -> PageReading:
        reading = read(page, vocabulary)
        return replace(reading, entries=tuple(map(change, reading.entries)))

    return changed


def test_a_better_reader_adds_its_reading_beside_the_former(
    raw: RawDatabase, reader: Callable[..., None]
) -> None:
    latin = "<title>Lantern 2031</title><p>Résumés: Paper submission March 3, 2031</p>"
    retrieval = Retrieval(
        f"https://{HOME}", 200, None, None, "text/html; charset=cp437"
    )
    raw.load_pages(
        [
            PublishedFile(
                HOME, latin.encode("cp437"), None, {"series": "Lantern"}, retrieval
            ),
            page("b.example/", PAPERS, ABSTRACTS),
        ]
    )
    reader()

    report = reread(raw)
    again = reread(raw)

    assert (report.document_count, report.read_count, report.usable_count) == (2, 2, 2)
    assert report.reader_version == VERSION + 1
    assert report.phrase_count == 3
    assert again.read_count == 0
    for table in ("readings", "entries", "phrases"):
        rows = raw.rows(table, PAGES)
        assert versions(rows) == {VERSION, VERSION + 1}
        keys = ("reader_version", "reading_key", "entry_key", "phrase_key")
        plain = [
            [
                sorted(
                    str([cell for name, cell in row.items() if name not in keys])
                    for row in rows
                    if row["reader_version"] == version
                )
            ]
            for version in (VERSION, VERSION + 1)
        ]
        assert plain[0] == plain[1]
    assert "Résumés" in "".join(row["text"] for row in raw.rows("readings", PAGES))


def test_a_rereading_that_is_stopped_goes_on_where_it_was(
    raw: RawDatabase, reader: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.load_pages([page(f"{name}.example/", PAPERS) for name in "abcd"])
    monkeypatch.setattr("ingestion.loading.rereading._BATCH_PAGES", 1)
    calls: Iterator[int] = iter(range(9))

    def stopped(page: Page, vocabulary: Vocabulary) -> PageReading:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return READ(page, vocabulary)

    reader(stopped)
    with pytest.raises(KeyboardInterrupt):
        reread(raw, parts=Parts(seconds=0))
    reader()
    report = reread(raw)

    assert report.read_count == 2
    readings = raw.rows("readings", PAGES)
    assert len([row for row in readings if row["reader_version"] > VERSION]) == 4


@pytest.mark.parametrize("has_dates", [False, True])
def test_a_page_that_had_shrunk_counts_only_if_dates_are_found_in_it(
    raw: RawDatabase, reader: Callable[..., None], has_dates: bool
) -> None:
    raw.load_pages([page(HOME, PAPERS)])
    raw.load_pages([page(HOME, "Lantern 2031 is near")], day=1)
    phrase = Phrase("other", "Papers", "March 3", "2031-03-03", "Lantern", 0, 7)

    def add(entry: PageEntry) -> PageEntry:
        return entry if entry.phrases else replace(entry, phrases=(phrase,))

    reader(with_phrases(READ, add) if has_dates else READ)
    report = reread(raw)

    assert (report.read_count, report.usable_count) == (2, 2 if has_dates else 1)


def test_versions_are_compared_document_by_document(
    raw: RawDatabase, reader: Callable[..., None]
) -> None:
    raw.load_pages([page(HOME, PAPERS, ABSTRACTS), page("b.example/", "Welcome")])

    def later(entry: PageEntry) -> PageEntry:
        return replace(
            entry,
            phrases=tuple(
                replace(phrase, date="2031-03-04")
                for phrase in entry.phrases
                if phrase.kind == "submission"
            ),
        )

    reader(with_phrases(READ, later))
    reread(raw)

    where = {"pipelines_dir": raw.pipelines_dir}
    assert stored_versions(PAGE_SOURCE, raw.destination, **where) == (
        StoredVersion(VERSION, 2),
        StoredVersion(VERSION + 1, 2),
    )
    documents = {
        document.path: document.changes
        for document in compared_documents(
            PAGE_SOURCE, raw.destination, VERSION, VERSION + 1, **where
        )
    }
    assert documents.keys() == {HOME, "b.example/"}
    assert documents["b.example/"] == ()
    changed, gone = documents[HOME]
    assert changed.change is ChangeType.CHANGED
    assert changed.old
    assert changed.new
    assert (changed.old.date, changed.new.date) == ("2031-03-03", "2031-03-04")
    assert gone.change is ChangeType.DISAPPEARED
    assert gone.old
    assert gone.old.kind == "abstract"


@pytest.mark.parametrize(
    "other",
    [
        replace(PHRASE, date="2030-03-03"),
        replace(PHRASE, time="23:59"),
        replace(PHRASE, timezone_text=None),
        replace(PHRASE, kind="abstract"),
        replace(PHRASE, track="demo"),
        replace(PHRASE, is_superseded=True),
        replace(PHRASE, label_text="All papers due"),
        replace(PHRASE, due_text="March 4", date="2031-03-04"),
    ],
)
def test_a_phrase_that_is_understood_otherwise_has_changed(
    other: StoredPhrase,
) -> None:
    unchanged = replace(PHRASE, label_text="Abstracts", due_text="May 5")

    changes = list(changed_phrases([PHRASE, unchanged], [unchanged, other]))

    assert [(one.change, one.old, one.new) for one in changes] == [
        (ChangeType.CHANGED, PHRASE, other)
    ]


def test_a_phrase_that_is_quoted_otherwise_has_not_changed() -> None:
    other = replace(PHRASE, quote="Dates: Papers due March 3")

    assert list(changed_phrases([PHRASE], [other])) == []


def test_phrases_of_other_editions_are_not_the_same() -> None:
    other = replace(PHRASE, entry_position="/events/2")

    changes = [one.change for one in changed_phrases([PHRASE], [other])]

    assert changes == [ChangeType.APPEARED, ChangeType.DISAPPEARED]


def test_a_phrase_that_is_said_twice_is_counted_twice() -> None:
    (change,) = changed_phrases([PHRASE, PHRASE], [PHRASE])

    assert (change.change, change.old) == (ChangeType.DISAPPEARED, PHRASE)
