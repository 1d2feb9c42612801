"""What is stored of one source already, asked before anything of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ingestion.documents import VisitOutcome
from ingestion.loading.sessions import Session

_DOCUMENTS: Final = """
select document_key, entry_count, rejected_entry_count
from {documents}
where source_key = %s
"""

_REJECTS: Final = """
select document_key, count(*), sum(case when is_dropped then 1 else 0 end)
from {rejects}
where source_key = %s
group by document_key
"""

# A look that failed taught us nothing, so an earlier one may still follow it.
_NEWEST: Final = """
select max(observed_at)
from {visits}
where source_key = %s and path is not null
"""

_LAST_LOOK: Final = """
select path, source_url, document_key, outcome
from {visits}
where
    source_key = %s
    and path is not null
    and observed_at = (
        select max(observed_at)
        from {visits}
        where source_key = %s and path is not null
    )
"""

_ACCEPTED: Final = """
select count(*)
from {visits}
where source_key = %s and outcome in ('stored', 'unchanged')
"""

_VISIT: Final = "select count(*) from {visits} where visit_key = %s"


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """What reading one document found: entries, and rejects of any kind."""

    entry_count: int
    rejected_entry_count: int
    reject_count: int
    dropped_entry_count: int


@dataclass(frozen=True, slots=True)
class LastVisit:
    """What the newest look at a source found under one path."""

    source_url: str | None
    document_key: str
    outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it is stored: its documents by key, and its newest look by path.

    ``observed_at`` is that look's instant, None before the first. ``has_accepted_look``
    tells whether any look was not refused, so that models read its rows.
    """

    documents: Mapping[str, DocumentCounts]
    last_look: Mapping[str, LastVisit]
    observed_at: datetime | None
    has_accepted_look: bool


def stored_source(session: Session, source_key: str) -> StoredSource:
    """Return what is stored of a source.

    Raises:
        DatabaseLoadError: the database did not say.
    """
    rejects = {
        str(key): (int(rejects), int(dropped))
        for key, rejects, dropped in session.rows(_REJECTS, source_key)
    }
    documents = {
        str(key): DocumentCounts(
            int(entries), int(rejected), *rejects.get(str(key), (0, 0))
        )
        for key, entries, rejected in session.rows(_DOCUMENTS, source_key)
    }
    last_look = {
        str(path): LastVisit(url, str(key), VisitOutcome(outcome))
        for path, url, key, outcome in session.rows(_LAST_LOOK, source_key, source_key)
    }
    ((newest,),) = session.rows(_NEWEST, source_key)
    ((accepted_count,),) = session.rows(_ACCEPTED, source_key)
    return StoredSource(
        documents,
        last_look,
        observed_at=None if newest is None else instant(newest),
        has_accepted_look=bool(accepted_count),
    )


def has_visit(session: Session, visit_key: str) -> bool:
    """Tell whether a visit is stored.

    Raises:
        DatabaseLoadError: the database did not say.
    """
    ((count,),) = session.rows(_VISIT, visit_key)
    return bool(count)


def instant(value: object) -> datetime:
    """Return a stored instant in UTC; SQLite gives it as text, and without a zone."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found.astimezone(UTC)
