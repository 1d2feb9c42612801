"""What two versions of a reader understood differently, document by document."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ingestion.loading.destinations import Destination, open_store
from ingestion.loading.pipelines import dlt_settings, pipelines_directory
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.runs import DEFAULT_WAIT_SECONDS
from ingestion.loading.sessions import Session
from ingestion.registry import Source

_BATCH_DOCUMENTS: Final = 200

_VERSIONS: Final = """
select reader_version, count(*)
from {readings}
where source_key = %s
group by reader_version
order by reader_version
"""

_DOCUMENTS: Final = """
select documents.document_key, documents.path, documents.source_url
from {documents} as documents
where
    documents.source_key = %s
    and documents.document_key > %s
    and exists (
        select 1
        from {readings} as readings
        where
            readings.document_key = documents.document_key
            and readings.reader_version = %s
    )
    and exists (
        select 1
        from {readings} as readings
        where
            readings.document_key = documents.document_key
            and readings.reader_version = %s
    )
order by documents.document_key
limit @limit
"""

_PHRASES: Final = """
select
    document_key,
    reader_version,
    entry_position,
    kind,
    track,
    label_text,
    due_text,
    due_date_text,
    due_time_text,
    timezone_text,
    is_superseded,
    quote
from {phrases}
where document_key in (@keys) and reader_version in (%s, %s)
order by document_key, reader_version, entry_position, position
"""


class ChangeType(StrEnum):
    """What became of a phrase from one version to the other."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class StoredPhrase:
    """A phrase as one version understood it; ``date`` and ``time`` as they are read."""

    entry_position: str
    kind: str
    track: str
    label_text: str
    due_text: str
    date: str | None
    time: str | None
    timezone_text: str | None
    is_superseded: bool
    quote: str


@dataclass(frozen=True, slots=True)
class PhraseChange:
    """One phrase that is not the same in both; None is the side that lacks it."""

    change: ChangeType
    old: StoredPhrase | None
    new: StoredPhrase | None


@dataclass(frozen=True, slots=True)
class ComparedDocument:
    """One document that both versions have read; () if they agree."""

    path: str
    source_url: str | None
    changes: tuple[PhraseChange, ...]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of a source's reader, and how many documents it has read."""

    reader_version: int
    document_count: int


def stored_versions(
    source: Source, destination: Destination, *, pipelines_dir: Path | None = None
) -> tuple[StoredVersion, ...]:
    """Return the versions that a source's documents were read by.

    Raises:
        LoadingError: the database cannot be asked.
    """
    ensure_raw_tables([source.family], destination, pipelines_dir=pipelines_dir)
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    with (
        dlt_settings(),
        store.locked(
            source.key, source.family, directory, DEFAULT_WAIT_SECONDS
        ) as session,
    ):
        rows = session.rows(_VERSIONS, source.key)
    return tuple(StoredVersion(int(version), int(count)) for version, count in rows)


def compared_documents(
    source: Source,
    destination: Destination,
    old: int,
    new: int,
    *,
    pipelines_dir: Path | None = None,
) -> Iterator[ComparedDocument]:
    """Yield every document of a source that both versions have read.

    Raises:
        LoadingError: the database cannot be asked.
    """
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    versions = (str(old), str(new))
    with (
        dlt_settings(),
        store.locked(
            source.key, source.family, directory, DEFAULT_WAIT_SECONDS
        ) as session,
    ):
        last_key = ""
        query = _DOCUMENTS.replace("@limit", str(_BATCH_DOCUMENTS))
        while rows := session.rows(query, source.key, last_key, *versions):
            last_key = str(rows[-1][0])
            yield from _compared(session, rows, old, new)


def _compared(
    session: Session, rows: Sequence[tuple[Any, ...]], old: int, new: int
) -> Iterator[ComparedDocument]:
    keys = [str(row[0]) for row in rows]
    query = _PHRASES.replace("@keys", ", ".join(["%s"] * len(keys)))
    phrases: dict[tuple[str, int], list[StoredPhrase]] = defaultdict(list)
    for row in session.rows(query, *keys, str(old), str(new)):
        key, version = str(row[0]), int(row[1])
        phrases[key, version].append(StoredPhrase(*row[2:]))
    for key, path, source_url in rows:
        changes = changed_phrases(phrases[str(key), old], phrases[str(key), new])
        yield ComparedDocument(str(path), source_url, tuple(changes))


_Likeness = Callable[[StoredPhrase], tuple[object, ...]]

# Which phrases of two readings are the same one, the surest first. Where a quote stands
# may have moved: another version breaks the text into other lines.
_LIKENESSES: Final[tuple[_Likeness, ...]] = (
    lambda one: (*_where(one), one.label_text, one.due_text),
    lambda one: (*_where(one), one.due_text, one.kind, one.track),
    lambda one: (*_where(one), one.due_text, one.quote),
    lambda one: (*_where(one), one.label_text, one.kind, one.track),
    lambda one: (*_where(one), one.due_text),
)


def changed_phrases(
    old: Sequence[StoredPhrase], new: Sequence[StoredPhrase]
) -> Iterator[PhraseChange]:
    """Yield what is different, in the order of the new reading, then what is gone.

    A phrase whose quote alone is another has not changed.
    """
    partners: dict[int, int] = {}  # new to old, by their numbers
    olds = list(range(len(old)))
    news = list(range(len(new)))
    for likeness in (_understood, *_LIKENESSES):
        candidates: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for number in olds:
            candidates[likeness(old[number])].append(number)
        for number in news:
            alike = candidates.get(likeness(new[number]))
            if alike:
                partners[number] = alike.pop(0)
        news = [number for number in news if number not in partners]
        olds = sorted(number for alike in candidates.values() for number in alike)
    for number, phrase in enumerate(new):
        if number not in partners:
            yield PhraseChange(ChangeType.APPEARED, None, phrase)
        elif _understood(old[partners[number]]) != _understood(phrase):
            yield PhraseChange(ChangeType.CHANGED, old[partners[number]], phrase)
    for number in olds:
        yield PhraseChange(ChangeType.DISAPPEARED, old[number], None)


def _where(phrase: StoredPhrase) -> tuple[object, ...]:
    return (phrase.entry_position,)


def _understood(phrase: StoredPhrase) -> tuple[object, ...]:
    """Return all of a phrase that a claim is made of."""
    return (
        phrase.entry_position,
        phrase.kind,
        phrase.track,
        phrase.date,
        phrase.time,
        phrase.timezone_text,
        phrase.is_superseded,
        phrase.label_text,
    )
