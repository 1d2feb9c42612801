"""What is stored of one source already, asked before anything of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ingestion.documents import VisitOutcome
from ingestion.loading.sessions import Session

_DOCUMENTS: Final = """
select
    document_key,
    entry_count,
    rejected_entry_count,
    case when body is null then 0 else 1 end
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

_ACCEPTED_LOOK: Final = """
select path
from {visits}
where
    source_key = %s
    and outcome in ('stored', 'unchanged')
    and observed_at = (
        select max(observed_at)
        from {visits}
        where source_key = %s and outcome in ('stored', 'unchanged')
    )
"""

# A file that is broken for a while withdraws nothing: the version before it stands.
_STANDING: Final = """
select visits.path, visits.document_key
from {visits} as visits
inner join (
    select usable.path, max(usable.observed_at) as observed_at
    from {visits} as usable
    inner join {documents} as documents
        on usable.document_key = documents.document_key
    where
        usable.source_key = %s
        and usable.outcome in ('stored', 'unchanged')
        and documents.body is not null
    group by usable.path
) as newest
    on visits.path = newest.path and visits.observed_at = newest.observed_at
where visits.source_key = %s and visits.outcome in ('stored', 'unchanged')
"""

_VISIT: Final = "select count(*) from {visits} where visit_key = %s"


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """What reading one document found: entries, and rejects of any kind.

    ``is_usable`` is False where nothing of it can be used, whatever it holds.
    """

    entry_count: int
    rejected_entry_count: int
    reject_count: int
    dropped_entry_count: int
    is_usable: bool

    @property
    def usable_entry_count(self) -> int:
        """Return how many entries can be used whole."""
        return self.entry_count - self.rejected_entry_count


@dataclass(frozen=True, slots=True)
class LastVisit:
    """What the newest look at a source found under one path."""

    source_url: str | None
    document_key: str
    outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it is stored: its documents by key, and its newest look by path.

    ``observed_at`` is that look's instant, None before the first. ``accepted_paths``
    are the files of the newest look that was not refused, so that models read its rows;
    () before the first. ``standing`` is the document of the newest version of each
    path, of any accepted look, of which something can be used.
    """

    documents: Mapping[str, DocumentCounts]
    last_look: Mapping[str, LastVisit]
    observed_at: datetime | None
    accepted_paths: tuple[str, ...]
    standing: Mapping[str, str]

    @property
    def has_accepted_look(self) -> bool:
        """Tell whether any look was not refused."""
        return bool(self.accepted_paths)

    @property
    def usable_entry_count(self) -> int:
        """Return how many entries the newest look that was accepted has, or stand."""
        return sum(map(self.standing_entry_count, self.accepted_paths))

    def standing_entry_count(self, path: str) -> int:
        """Return how many entries the version of a file that stands has."""
        document_key = self.standing.get(path)
        if document_key is None:
            return 0
        return self.documents[document_key].usable_entry_count


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
            int(entries),
            int(rejected),
            *rejects.get(str(key), (0, 0)),
            is_usable=bool(is_usable),
        )
        for key, entries, rejected, is_usable in session.rows(_DOCUMENTS, source_key)
    }
    last_look = {
        str(path): LastVisit(url, str(key), VisitOutcome(outcome))
        for path, url, key, outcome in session.rows(_LAST_LOOK, source_key, source_key)
    }
    ((newest,),) = session.rows(_NEWEST, source_key)
    accepted = session.rows(_ACCEPTED_LOOK, source_key, source_key)
    standing = session.rows(_STANDING, source_key, source_key)
    return StoredSource(
        documents,
        last_look,
        observed_at=None if newest is None else instant(newest),
        accepted_paths=tuple(str(path) for (path,) in accepted),
        standing={str(path): str(key) for path, key in standing},
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
