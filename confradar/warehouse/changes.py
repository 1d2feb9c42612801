"""What sources changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row

from confradar.kinds import ChangeType, Kind


@dataclass(frozen=True, slots=True)
class Change:
    """One row of ``fct_deadline_changes``, with what its series is called."""

    change_key: str
    source_key: str
    series_key: str | None
    conference_key: str | None
    deadline_key: str | None
    title: str | None
    acronym: str | None
    areas: str | None
    ranks: str | None
    series_text: str
    year: int | None
    track: str
    round: str | None
    kind: str
    label_text: str | None
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
    evidence: str | None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted; None asks for all.

    Seen from ``since`` on, and before ``until``. Without ``has_prunings`` those are
    left out in which a source withdrew a date that had passed: a list drops old
    editions.
    """

    since: datetime | None = None
    until: datetime | None = None
    source_key: str | None = None
    kind: Kind | None = None
    change_type: ChangeType | None = None
    series_key: str | None = None
    conference_key: str | None = None
    has_prunings: bool = False
    limit: int | None = None


def changes(connection: psycopg.Connection, wanted: ChangeFilter) -> list[Change]:
    """Return the changes of claims: the last day first, of each what moved first."""
    query = """
        select
            changes.change_key, changes.source_key, changes.series_key,
            changes.conference_key, changes.deadline_key, conferences.title,
            series.acronym, labels.areas, labels.ranks,
            changes.series_text, changes.year, changes.track, changes.round::text,
            changes.kind, changes.label_text, changes.change_type,
            changes.old_due_text, changes.new_due_text, changes.old_timezone_text,
            changes.new_timezone_text, changes.old_due_at, changes.new_due_at,
            old_claims.due_local as old_due_local,
            new_claims.due_local as new_due_local,
            coalesce(new_claims.due_precision, old_claims.due_precision)
                as due_precision,
            changes.days_moved, changes.seen_at, changes.was_already_past,
            changes.source_url, changes.evidence
        from marts.fct_deadline_changes as changes
        left join marts.dim_conferences as conferences
            on changes.conference_key = conferences.conference_key
        left join marts.dim_series as series
            on changes.series_key = series.series_key
        left join marts.series_labels as labels
            on changes.series_key = labels.series_key
        left join marts.fct_deadline_claims as old_claims
            on changes.old_claim_key = old_claims.claim_key
        left join marts.fct_deadline_claims as new_claims
            on changes.new_claim_key = new_claims.claim_key
        where (%(since)s::timestamptz is null or changes.seen_at >= %(since)s)
            and (%(until)s::timestamptz is null or changes.seen_at < %(until)s)
            and (%(source_key)s::text is null or changes.source_key = %(source_key)s)
            and (%(kind)s::text is null or changes.kind = %(kind)s)
            and (%(change_type)s::text is null or changes.change_type = %(change_type)s)
            and (%(series_key)s::text is null or changes.series_key = %(series_key)s)
            and (
                %(conference_key)s::text is null
                or changes.conference_key = %(conference_key)s
            )
            and (
                %(has_prunings)s
                or changes.change_type != 'withdrawn'
                or not changes.was_already_past
            )
        order by
            (changes.seen_at at time zone 'UTC')::date desc,
            changes.change_type = 'announced',
            changes.source_key,
            lower(coalesce(conferences.title, changes.series_text)),
            coalesce(changes.new_due_at, changes.old_due_at), changes.change_key
        limit %(limit)s
    """
    with connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(query, asdict(wanted)).fetchall()
