"""What is stored of pages: of all when a look begins, more of those that changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.documents import KnownPage, VisitOutcome
from ingestion.loading.sessions import Session
from ingestion.loading.stored import instant

_LAST_VISITS: Final = """
select path, source_url, observed_at, outcome
from (
    select
        path,
        source_url,
        observed_at,
        outcome,
        row_number() over (partition by path order by observed_at desc) as recency
    from {visits}
    where source_key = %s and path is not null
) as numbered_visits
where recency = 1
"""

# Validators stand for the version that came with them, not for a failure after it.
_LAST_DOCUMENTS: Final = """
select path, document_key, outcome, etag, last_modified
from (
    select
        path,
        document_key,
        outcome,
        etag,
        last_modified,
        row_number() over (partition by path order by observed_at desc) as recency
    from {visits}
    where source_key = %s and path is not null and document_key is not null
) as numbered_visits
where recency = 1
"""

_OUTCOMES: Final = """
select document_key, outcome
from (
    select
        document_key,
        outcome,
        row_number() over (partition by document_key order by observed_at desc)
            as recency
    from {visits}
    where document_key in (@keys)
) as numbered_visits
where recency = 1
"""

_STANDING: Final = """
with newest_readings as (
    select document_key, is_usable, phrase_count, text
    from (
        select
            document_key,
            is_usable,
            phrase_count,
            text,
            row_number() over (
                partition by document_key
                order by reader_version desc
            ) as recency
        from {readings}
        where document_key in (
            select document_key from {visits} where source_key = %s and path in (@keys)
        )
    ) as numbered_readings
    where recency = 1
)

select path, phrase_count, length(text)
from (
    select
        visits.path,
        newest_readings.phrase_count,
        newest_readings.text,
        row_number() over (
            partition by visits.path
            order by visits.observed_at desc
        ) as recency
    from {visits} as visits
    inner join newest_readings on visits.document_key = newest_readings.document_key
    where newest_readings.is_usable
) as numbered_versions
where recency = 1
"""


@dataclass(frozen=True, slots=True)
class LastDocument:
    """The document that a path last gave, and how it was judged then."""

    document_key: str
    outcome: VisitOutcome
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class StandingVersion:
    """The newest version of a page that counts: what its reading found."""

    phrase_count: int
    text_length: int


@dataclass(frozen=True, slots=True)
class StoredPages:
    """A source of pages as it is stored, by path."""

    known: Mapping[str, KnownPage]
    documents: Mapping[str, LastDocument]


def stored_pages(session: Session, source_key: str) -> StoredPages:
    """Return what is stored of every page of a source, without contents.

    Raises:
        DatabaseLoadError: the database did not say.
    """
    documents = {
        str(path): LastDocument(str(key), VisitOutcome(outcome), etag, modified)
        for path, key, outcome, etag, modified in session.rows(
            _LAST_DOCUMENTS, source_key
        )
    }
    known = {}
    for path, url, observed_at, outcome in session.rows(_LAST_VISITS, source_key):
        document = documents.get(path)
        known[str(path)] = KnownPage(
            path=str(path),
            source_url=url or "",
            etag=document.etag if document else None,
            last_modified=document.last_modified if document else None,
            last_visited_at=instant(observed_at),
            last_outcome=VisitOutcome(outcome),
        )
    return StoredPages(known, documents)


def outcomes_of(session: Session, keys: Sequence[str]) -> dict[str, VisitOutcome]:
    """Return how those of some documents that are stored were last judged.

    Raises:
        DatabaseLoadError: the database did not say.
    """
    return {
        str(key): VisitOutcome(outcome)
        for key, outcome in _rows_of(session, _OUTCOMES, keys)
    }


def standing_versions(
    session: Session, source_key: str, paths: Sequence[str]
) -> dict[str, StandingVersion]:
    """Return of some paths, where there is one, the newest version that counts.

    Raises:
        DatabaseLoadError: the database did not say.
    """
    return {
        str(path): StandingVersion(int(phrases), int(length))
        for path, phrases, length in _rows_of(session, _STANDING, paths, source_key)
    }


def _rows_of(
    session: Session, query: str, keys: Sequence[str], *values: str
) -> Iterator[tuple[Any, ...]]:
    if keys:
        places = ", ".join(["%s"] * len(keys))
        yield from session.rows(query.replace("@keys", places), *values, *keys)
