"""Pages in the raw tables: a visit for each look, a reading for each version."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ingestion.documents import (
    KnownPage,
    MissedFile,
    PublishedFile,
    Retrieval,
    VisitOutcome,
    stable_key,
)
from ingestion.errors import SourceUnavailableError
from ingestion.loading import LoadOutcome, PageProgress
from ingestion.loading.page_runs import Parts
from ingestion.loading.reports import Trouble
from tests.ingestion.raw_databases import (
    FIRST_DAY,
    PAGE_SOURCE,
    PAGES,
    RawDatabase,
    Row,
    page,
    then,
)

PAPERS = "Paper submission: March 3, 2031 (23:59 AoE)"
ABSTRACTS = "Abstracts are due February 20, 2031"
HOME = "lantern.example/2031/"
TABLES = ("documents", "visits", "rejects", "readings", "entries", "phrases")
ONE_BY_ONE = Parts(pages=1, load_bytes=1)


def rows(raw: RawDatabase, table: str) -> list[Row]:
    return raw.rows(table, PAGES)


def tables(raw: RawDatabase) -> dict[str, list[Row]]:
    return {name: rows(raw, name) for name in TABLES}


def visits(raw: RawDatabase) -> list[tuple[int, str | None, str]]:
    """Return the day, path and outcome of each visit, in their order."""
    days = {}
    for day in range(9):
        instant = FIRST_DAY + timedelta(days=day)
        days[str(instant)] = days[str(instant.replace(tzinfo=None)) + ".000000"] = day
    return sorted(
        (days[str(row["observed_at"])], row["path"] or "", row["outcome"])
        for row in rows(raw, "visits")
    )


def missed(outcome: VisitOutcome, detail: str | None = None) -> MissedFile:
    return MissedFile(HOME, f"https://{HOME}", outcome, detail)


def test_a_page_is_kept_as_bytes_as_text_and_as_phrases(raw: RawDatabase) -> None:
    first = page(HOME, PAPERS, ABSTRACTS, etag='"a"', series="Lantern", year="2031")

    report = raw.load_pages([first])

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "pages: 1 new"
    (document,) = rows(raw, "documents")
    assert document["content"] == first.content
    assert document["body"] == {"title": "Lantern 2031"}
    assert document["context"] == {"series": "Lantern", "year": "2031"}
    (reading,) = rows(raw, "readings")
    version = reading["reader_version"]
    key = document["document_key"]
    assert reading["reading_key"] == stable_key(key, str(version))
    assert reading["is_usable"]
    assert reading["phrase_count"] == 2
    (entry,) = rows(raw, "entries")
    assert (entry["position"], entry["series_text"]) == ("", "Lantern")
    phrases = sorted(rows(raw, "phrases"), key=lambda row: int(row["position"]))
    assert [row["position"] for row in phrases] == [1, 2]
    assert [row["kind"] for row in phrases] == ["submission", "abstract"]
    for row in phrases:
        quoted = reading["text"][row["quote_start"] : row["quote_end"]]
        assert row["due_text"] in quoted
        assert row["reading_key"] == reading["reading_key"]
    assert phrases[0]["due_date_text"] == "2031-03-03"
    assert phrases[0]["due_time_text"] == "23:59"
    (visit,) = rows(raw, "visits")
    assert (visit["outcome"], visit["document_key"]) == ("stored", key)
    assert (visit["http_status"], visit["etag"]) == (200, '"a"')
    assert visit["final_url"] == f"https://{HOME}"


def test_an_unchanged_page_adds_a_visit_and_is_not_read_again(
    raw: RawDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.load_pages([page(HOME, PAPERS)])
    before = tables(raw)
    monkeypatch.setattr("ingestion.page_reading.read_page", None)

    report = raw.load_pages([page(HOME, PAPERS)], day=1)

    assert report.outcome is LoadOutcome.UNCHANGED
    assert report.message == "pages: 1 unchanged"
    assert visits(raw) == [(0, HOME, "stored"), (1, HOME, "unchanged")]
    after = tables(raw)
    assert all(after[name] == before[name] for name in TABLES if name != "visits")


def test_not_modified_is_a_visit_to_the_last_document(raw: RawDatabase) -> None:
    known: dict[str, KnownPage] = {}
    raw.load_pages([page(HOME, PAPERS, etag='"a"')])
    raw.load_pages([missed(VisitOutcome.UNCHANGED)], day=1)

    raw.load_pages([], day=2, known=known)

    assert visits(raw) == [(0, HOME, "stored"), (1, HOME, "unchanged")]
    assert len({row["document_key"] for row in rows(raw, "visits")}) == 1
    assert known == {
        HOME: KnownPage(
            path=HOME,
            source_url=f"https://{HOME}",
            etag='"a"',
            last_modified=None,
            last_visited_at=FIRST_DAY + timedelta(days=1),
            last_outcome=VisitOutcome.UNCHANGED,
        )
    }


def test_a_page_that_cannot_be_had_is_a_visit_and_the_others_are_loaded(
    raw: RawDatabase,
) -> None:
    gone = replace(missed(VisitOutcome.NOT_FOUND, "HTTP 404"), path="x.example/")
    gone = replace(gone, retrieval=Retrieval(http_status=404))

    report = raw.load_pages([gone, page(HOME, PAPERS)])

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "pages: 1 new, 1 not_found"
    example = f"https://{HOME}: HTTP 404"
    assert report.troubles == (Trouble(VisitOutcome.NOT_FOUND, 1, example),)
    assert visits(raw) == [(0, HOME, "stored"), (0, "x.example/", "not_found")]
    details = {(row["detail"], row["http_status"]) for row in rows(raw, "visits")}
    assert details == {("HTTP 404", 404), (None, 200)}


def test_validators_outlast_a_failure(raw: RawDatabase) -> None:
    known: dict[str, KnownPage] = {}
    raw.load_pages([page(HOME, PAPERS, etag='"a"')])
    raw.load_pages([missed(VisitOutcome.SERVER_ERROR, "HTTP 503")], day=1)

    raw.load_pages([], day=2, known=known)

    assert known[HOME].etag == '"a"'
    assert known[HOME].last_outcome is VisitOutcome.SERVER_ERROR


def test_a_source_of_which_no_page_could_be_had_has_failed(raw: RawDatabase) -> None:
    report = raw.load_pages([missed(VisitOutcome.TIMED_OUT, "after 30 s")])

    assert report.outcome is LoadOutcome.FAILED
    assert report.error == "none of 1 pages could be had"
    assert report.troubles[0].example == f"https://{HOME}: after 30 s"


@pytest.mark.parametrize(
    "later",
    [
        page(HOME, "Welcome to Lantern 2031"),
        page(HOME, "Sorry, March 3, 2031"),
    ],
    ids=["without dates", "a tenth of the text"],
)
def test_a_page_that_shrinks_to_nothing_is_kept_and_not_believed(
    raw: RawDatabase, later: PublishedFile
) -> None:
    raw.load_pages([page(HOME, PAPERS, ABSTRACTS, *["Some more words."] * 30)])

    report = raw.load_pages([later], day=1)
    raw.load_pages([later], day=2)
    raw.load_pages([missed(VisitOutcome.UNCHANGED)], day=3)

    assert [trouble.outcome for trouble in report.troubles] == ["shrunk"]
    assert [outcome for _, _, outcome in visits(raw)] == ["stored", *["shrunk"] * 3]
    usable = {row["document_key"]: row["is_usable"] for row in rows(raw, "readings")}
    bodies = {row["document_key"]: row["body"] for row in rows(raw, "documents")}
    assert sorted(map(bool, usable.values())) == [False, True]
    assert {bool(usable[key]): body for key, body in bodies.items()} == {
        True: {"title": "Lantern 2031"},
        False: None,
    }


def test_a_page_that_never_had_dates_may_change_without_any(raw: RawDatabase) -> None:
    raw.load_pages([page(HOME, "Welcome to Lantern 2031")])

    report = raw.load_pages([page(HOME, "Be welcome to Lantern 2031")], day=1)

    assert report.message == "pages: 1 new"


def test_an_empty_page_is_a_visit_that_says_so_each_time(raw: RawDatabase) -> None:
    raw.load_pages([page(HOME, PAPERS)])

    for day in (1, 2):
        raw.load_pages([page(HOME, "")], day=day)

    assert [outcome for _, _, outcome in visits(raw)] == ["stored", "empty", "empty"]
    reasons = {row["reason"]: row["reader_version"] for row in rows(raw, "rejects")}
    assert reasons == {"empty": rows(raw, "readings")[0]["reader_version"]}
    details = [row["detail"] for row in rows(raw, "visits")]
    assert "the page shows no text" in details


def test_an_older_version_that_comes_back_is_no_new_document(raw: RawDatabase) -> None:
    raw.load_pages([page(HOME, PAPERS)])
    raw.load_pages([page(HOME, PAPERS, ABSTRACTS)], day=1)

    report = raw.load_pages([page(HOME, PAPERS)], day=2)

    assert report.outcome is LoadOutcome.LOADED
    assert report.message == "pages: 1 back"
    assert len(rows(raw, "documents")) == 2
    assert visits(raw)[-1] == (2, HOME, "unchanged")


def test_the_same_look_again_adds_nothing(raw: RawDatabase) -> None:
    raw.load_pages([page(HOME, PAPERS)])
    before = tables(raw)

    report = raw.load_pages([page(HOME, PAPERS, ABSTRACTS)])

    assert report.outcome is LoadOutcome.UNCHANGED
    assert report.message == "no page was due for a visit"
    assert tables(raw) == before


def test_a_look_before_the_newest_one_is_an_error_and_adds_nothing(
    raw: RawDatabase,
) -> None:
    raw.load_pages([page(HOME, PAPERS)], day=2)
    before = tables(raw)

    report = raw.load_pages([page(HOME, ABSTRACTS)], day=1)

    assert report.outcome is LoadOutcome.FAILED
    assert report.error is not None
    assert "would be back in time" in report.error
    assert tables(raw) == before


def test_a_page_that_comes_twice_is_visited_once(raw: RawDatabase) -> None:
    raw.load_pages([page(HOME, PAPERS), page(HOME, ABSTRACTS)])

    assert visits(raw) == [(0, HOME, "stored")]


def test_a_site_that_breaks_off_keeps_what_it_gave_and_goes_on(
    raw: RawDatabase,
) -> None:
    pages = [page(f"{name}.example/", PAPERS) for name in "abc"]
    error = SourceUnavailableError(PAGE_SOURCE.key, "the archive ends here")

    broken = raw.load_pages(then(pages[:2], error))
    again = raw.load_pages(pages)

    assert broken.outcome is LoadOutcome.FAILED
    assert broken.error == f"{PAGE_SOURCE.key}: the archive ends here"
    assert broken.document_count == 2
    assert again.message == "pages: 1 new"
    assert visits(raw) == [
        (0, "", "failed"),
        (0, "a.example/", "stored"),
        (0, "b.example/", "stored"),
        (0, "c.example/", "stored"),
    ]


def test_an_interrupt_keeps_what_was_visited_until_then(raw: RawDatabase) -> None:
    pages = [page(f"{name}.example/", PAPERS) for name in "ab"]

    with pytest.raises(KeyboardInterrupt):
        raw.load_pages(then(pages, KeyboardInterrupt()))

    assert [path for _, path, _ in visits(raw)] == ["a.example/", "b.example/"]
    assert raw.load_pages(pages, day=1).message == "pages: 2 unchanged"


def test_a_look_is_loaded_in_parts_and_told_page_by_page(raw: RawDatabase) -> None:
    told: list[PageProgress] = []
    names = [f"{number}.example/" for number in range(4)]

    def pages() -> Iterator[PublishedFile]:
        for number, name in enumerate(names):
            stored = Counter(outcome for _, _, outcome in visits(raw))
            assert stored["stored"] == number  # all before this one
            yield page(name, PAPERS)

    report = raw.load_pages(pages(), parts=ONE_BY_ONE, on_page=told.append)

    assert report.message == "pages: 4 new"
    assert [one.path for one in told] == names
    assert [one.seen for one in told] == [1, 2, 3, 4]
    assert [one.new for one in told] == [0, 1, 2, 3]
