"""Whole editions, many at a time: what is known of each, who says so, what moved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

import psycopg
from psycopg.rows import args_row, scalar_row


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """One row of ``dim_conferences``, with what its series is called."""

    conference_key: str
    series_key: str
    acronym: str | None
    full_name: str | None
    title: str | None
    year: int
    homepage_url: str | None
    place: str | None
    city: str | None
    country_code: str | None
    attendance_mode: str | None
    areas: str | None
    parent_conference_key: str | None
    is_cancelled: bool | None
    starts_on: date | None
    ends_on: date | None

    @property
    def name(self) -> str:
        """Return what people call the edition: its acronym and year."""
        return f"{self.acronym or self.series_key} {self.year}"


@dataclass(frozen=True, slots=True)
class EditionDeadline:
    """One deadline of an edition that is believed today."""

    conference_key: str
    deadline_key: str
    track: str
    round: int
    kind: str
    label: str | None
    status: str
    due_at: datetime | None
    due_local: datetime | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    original_due_at: datetime | None
    extension_count: int
    claim_count: int
    agreeing_claim_count: int
    has_conflict: bool
    confidence: Decimal | None
    source_key: str
    decided_by: str | None
    decision_reason: str | None


@dataclass(frozen=True, slots=True)
class EditionClaim:
    """What a source says now about an edition."""

    conference_key: str
    deadline_key: str | None
    track: str | None
    round: int | None
    kind: str | None
    source_key: str
    source_url: str | None
    due_text: str
    due_at: datetime | None
    due_local: datetime | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    evidence: str
    seen_from: datetime
    is_winner: bool
    is_superseded: bool
    agrees_with_winner: bool | None
    rank_reason: str | None


@dataclass(frozen=True, slots=True)
class EditionChange:
    """What a source changed about an edition."""

    conference_key: str
    change_key: str
    source_key: str
    track: str | None
    round: int | None
    kind: str | None
    change_type: str
    old_due_text: str | None
    new_due_text: str | None
    old_timezone_text: str | None
    new_timezone_text: str | None
    old_due_at: datetime | None
    new_due_at: datetime | None
    old_due_local: datetime | None
    new_due_local: datetime | None
    due_precision: str | None
    days_moved: Decimal | None
    seen_at: datetime
    was_already_past: bool
    source_url: str | None


@dataclass(frozen=True, slots=True)
class Rank:
    """What a ranking system says of a series, in which edition of itself."""

    series_key: str
    system: str
    system_edition: str
    rank: str
    source_key: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another edition, by what a link to it says."""

    of_key: str
    conference_key: str
    year: int
    title: str | None


@dataclass(frozen=True, slots=True)
class Edition:
    """All that is known of one edition.

    ``other_years`` are those of its series, the last one first; ``parts`` its tracks
    and workshops that have entries of their own. Claims stand deadline by deadline, in
    each the source of the best authority first.
    """

    facts: EditionFacts
    deadlines: Sequence[EditionDeadline] = ()
    claims: Sequence[EditionClaim] = ()
    changes: Sequence[EditionChange] = ()
    ranks: Sequence[Rank] = ()
    other_years: Sequence[Sibling] = ()
    parts: Sequence[Sibling] = ()


def edition_keys(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all editions, in their order."""
    query = "select conference_key from marts.dim_conferences order by conference_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


def edition_count(connection: psycopg.Connection) -> int:
    """Return how many editions there are."""
    query = "select count(*) from marts.dim_conferences"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute(query).fetchone() or 0)


def relatives_of(
    connection: psycopg.Connection, series_keys: Iterable[str]
) -> list[str]:
    """Return the keys of some series, of all they are part of, and of all parts."""
    query = """
        select series_key, parent_series_key
        from marts.dim_series
        where parent_series_key is not null
    """
    related: dict[str, list[str]] = {}
    for part, whole in connection.execute(query):
        related.setdefault(part, []).append(whole)
        related.setdefault(whole, []).append(part)
    found = set(series_keys)
    waiting = list(found)
    while waiting:
        others = set(related.get(waiting.pop(), ())) - found
        found |= others
        waiting.extend(others)
    return sorted(found)


def editions(connection: psycopg.Connection, keys: Sequence[str]) -> Iterator[Edition]:
    """Yield the editions that have one of the keys, in the order of their keys.

    What is read is held: of tens of thousands ask for some hundreds at a time.
    """
    asked = list(keys)
    facts = _rows(connection, EditionFacts, _FACTS, asked)
    series_keys = list({row.series_key for row in facts})
    deadlines = _by_key(_rows(connection, EditionDeadline, _DEADLINES, asked))
    claims = _by_key(_rows(connection, EditionClaim, _CLAIMS, asked))
    changes = _by_key(_rows(connection, EditionChange, _CHANGES, asked))
    parts = _by_parent(_rows(connection, Sibling, _PARTS, asked))
    years = _by_parent(_rows(connection, Sibling, _YEARS, series_keys))
    ranks = ranks_of(connection, series_keys)
    for row in facts:
        key = row.conference_key
        yield Edition(
            facts=row,
            deadlines=deadlines[key],
            claims=claims[key],
            changes=changes[key],
            ranks=ranks.get(row.series_key, ()),
            other_years=[
                sibling
                for sibling in years[row.series_key]
                if sibling.conference_key != key
            ],
            parts=parts[key],
        )


def ranks_of(
    connection: psycopg.Connection, series_keys: Sequence[str]
) -> dict[str, list[Rank]]:
    """Return the ranks of each series that has one, by system."""
    found: dict[str, list[Rank]] = {}
    for row in _rows(connection, Rank, _RANKS, list(series_keys)):
        found.setdefault(row.series_key, []).append(row)
    return found


class _OfEdition(Protocol):
    @property
    def conference_key(self) -> str: ...


RowT = TypeVar(
    "RowT", EditionFacts, EditionDeadline, EditionClaim, EditionChange, Rank, Sibling
)
OfEditionT = TypeVar("OfEditionT", bound=_OfEdition)


def _rows(
    connection: psycopg.Connection, row: type[RowT], query: str, keys: list[str]
) -> list[RowT]:
    """Return what a query gives, whose columns are the fields of ``row`` in order.

    By their order since a look at every name takes as long as all the rest.
    """
    with connection.cursor(row_factory=args_row(row)) as cursor:
        cursor.execute(query.encode(), [keys])
        names = [column.name for column in cursor.description or ()]
        if names != [field.name for field in fields(row)]:
            raise ValueError(f"columns are not the fields of {row.__name__}: {names}")
        return cursor.fetchall()


def _by_key(rows: Sequence[OfEditionT]) -> defaultdict[str, list[OfEditionT]]:
    found: defaultdict[str, list[OfEditionT]] = defaultdict(list)
    for row in rows:
        found[row.conference_key].append(row)
    return found


def _by_parent(rows: Sequence[Sibling]) -> defaultdict[str, list[Sibling]]:
    found: defaultdict[str, list[Sibling]] = defaultdict(list)
    for row in rows:
        found[row.of_key].append(row)
    return found


_FACTS = """
    select
        conferences.conference_key, conferences.series_key, series.acronym,
        series.full_name, conferences.title, conferences.year,
        conferences.homepage_url, conferences.place, conferences.city,
        conferences.country_code, conferences.attendance_mode, labels.areas,
        conferences.parent_conference_key, conferences.is_cancelled,
        conferences.starts_on, conferences.ends_on
    from marts.dim_conferences as conferences
    inner join marts.dim_series as series
        on conferences.series_key = series.series_key
    left join marts.series_labels as labels
        on conferences.series_key = labels.series_key
    where conferences.conference_key = any(%s)
    order by conferences.conference_key
"""

_DEADLINES = """
    select
        conference_key, deadline_key, track, round, kind, label, status, due_at,
        due_local, timezone_name, timezone_text, is_timezone_stated, due_precision,
        original_due_at, extension_count, claim_count, agreeing_claim_count,
        has_conflict, confidence, source_key, decided_by, decision_reason
    from marts.fct_deadlines
    where conference_key = any(%s)
    order by due_at nulls last, track, round, kind, deadline_key
"""

_CLAIMS = """
    select
        conference_key, deadline_key, track, round, kind, source_key, source_url,
        due_text, due_at, due_local, timezone_name, timezone_text, is_timezone_stated,
        due_precision, evidence, seen_from, is_winner, is_superseded,
        agrees_with_winner, rank_reason
    from marts.fct_deadline_claims
    where conference_key = any(%s) and is_current
    order by
        deadline_key, not is_winner, authority_rank, claim_rank nulls last,
        due_at nulls last, source_key, claim_key
"""

_CHANGES = """
    select
        changes.conference_key, changes.change_key, changes.source_key, changes.track,
        changes.round, changes.kind, changes.change_type, changes.old_due_text,
        changes.new_due_text, changes.old_timezone_text, changes.new_timezone_text,
        changes.old_due_at, changes.new_due_at, changes.old_due_local,
        changes.new_due_local,
        coalesce(new_claims.due_precision, old_claims.due_precision) as due_precision,
        changes.days_moved, changes.seen_at, changes.was_already_past,
        changes.source_url
    from marts.fct_deadline_changes as changes
    left join marts.fct_deadline_claims as old_claims
        on changes.old_claim_key = old_claims.claim_key
    left join marts.fct_deadline_claims as new_claims
        on changes.new_claim_key = new_claims.claim_key
    where changes.conference_key = any(%s)
    order by changes.seen_at desc, changes.source_key, changes.change_key
"""

_RANKS = """
    select series_key, system, system_edition, rank, source_key
    from marts.series_ranks
    where series_key = any(%s)
    order by series_key, system, system_edition desc, source_key
"""

_YEARS = """
    select series_key as of_key, conference_key, year, title
    from marts.dim_conferences
    where series_key = any(%s)
    order by year desc, conference_key
"""

_PARTS = """
    select parent_conference_key as of_key, conference_key, year, title
    from marts.dim_conferences
    where parent_conference_key = any(%s)
    order by conference_key
"""
