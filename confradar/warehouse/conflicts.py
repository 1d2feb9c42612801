"""On what sources differ."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from confradar.kinds import Kind
from confradar.warehouse.labels import has_labels


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row of ``rpt_deadline_conflicts``, with what names its conference."""

    deadline_key: str
    conference_key: str
    series_key: str
    title: str | None
    year: int
    track: str
    round: str | None
    kind: str
    winning_source_key: str
    winning_claim: str | None
    winning_due_at: datetime
    due_local: datetime | None
    due_precision: str | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    dissenting_claims: str
    dissenting_source_keys: str
    dissenting_source_count: int
    earliest_dissenting_due_at: datetime
    latest_dissenting_due_at: datetime
    days_apart: Decimal
    reason: str | None
    claim_count: int
    agreeing_claim_count: int
    areas: str | None
    ranks: str | None
    source_url: str | None


@dataclass(frozen=True, slots=True)
class ConflictFilter:
    """Which conflicts are wanted; None asks for all.

    ``after`` leaves out deadlines that had passed by then in every claim; ``min_days``
    those whose claims lie less apart. Without it the marts decide what a conflict is.
    """

    after: datetime | None = None
    area: str | None = None
    rank: str | None = None
    kind: Kind | None = None
    min_days: float | None = None
    limit: int | None = None


def conflicts(connection: psycopg.Connection, wanted: ConflictFilter) -> list[Conflict]:
    """Return the deadlines on which sources differ now, the next one first."""
    query = sql.SQL("""
        select
            conflicts.deadline_key, conflicts.conference_key, conferences.series_key,
            conferences.title, conferences.year, conflicts.track,
            conflicts.round::text, conflicts.kind, conflicts.winning_source_key,
            conflicts.winning_claim, conflicts.winning_due_at, deadlines.due_local,
            deadlines.due_precision, deadlines.timezone_name, deadlines.timezone_text,
            deadlines.is_timezone_stated, conflicts.dissenting_claims,
            conflicts.dissenting_source_keys, conflicts.dissenting_source_count,
            conflicts.earliest_dissenting_due_at, conflicts.latest_dissenting_due_at,
            conflicts.days_apart, conflicts.reason, conflicts.claim_count,
            conflicts.agreeing_claim_count, labels.areas, labels.ranks,
            deadlines.source_url
        from marts.rpt_deadline_conflicts as conflicts
        inner join marts.fct_deadlines as deadlines
            on conflicts.deadline_key = deadlines.deadline_key
        inner join marts.dim_conferences as conferences
            on conflicts.conference_key = conferences.conference_key
        left join marts.series_labels as labels
            on conferences.series_key = labels.series_key
        where
            (
                %(after)s::timestamptz is null
                or greatest(
                    conflicts.winning_due_at, conflicts.latest_dissenting_due_at
                ) > %(after)s
            )
            and (%(kind)s::text is null or conflicts.kind = %(kind)s)
            and (
                case
                    when %(min_days)s::numeric is null then conflicts.has_conflict
                    else conflicts.days_apart >= %(min_days)s
                end
            )
            and {has_labels}
        order by conflicts.winning_due_at, conflicts.deadline_key
        limit %(limit)s
    """).format(has_labels=has_labels("labels"))
    with connection.cursor(row_factory=class_row(Conflict)) as cursor:
        return cursor.execute(query, asdict(wanted)).fetchall()
