"""Deadlines to come, as they are known now or were known once."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from confradar.kinds import Kind
from confradar.warehouse.labels import has_labels


@dataclass(frozen=True, slots=True)
class UpcomingDeadline:
    """One row of ``rpt_upcoming_deadlines``."""

    deadline_key: str
    conference_key: str
    series_key: str
    acronym: str | None
    full_name: str | None
    year: int
    title: str | None
    track: str | None
    round: str | None
    kind: str
    label: str | None
    due_at: datetime
    due_local: datetime | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    original_due_at: datetime | None
    extension_count: int | None
    place: str | None
    city: str | None
    country_code: str | None
    starts_on: date | None
    ends_on: date | None
    homepage_url: str | None
    areas: str | None
    ranks: str | None
    primary_area: str | None
    source_key: str
    source_url: str | None
    source_name: str | None
    claim_count: int | None
    agreeing_claim_count: int | None
    has_conflict: bool | None
    confidence: Decimal | None
    last_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """Which upcoming deadlines are wanted; None asks for all.

    ``area`` and ``rank`` match one of the comma separated names of a row, in any case;
    a rank also without its system (``A*`` finds ``CORE A*``). ``known_at`` asks for
    what was known then; None for what is known now.
    """

    after: datetime
    known_at: datetime | None = None
    until: datetime | None = None
    area: str | None = None
    rank: str | None = None
    kind: Kind | None = None
    limit: int | None = None


# The columns of rpt_upcoming_deadlines, of an earlier moment. How often a date had
# moved by then, and how far it was to be trusted, is not told.
_KNOWN_AT = sql.SQL("""
    select
        deadlines.deadline_key, deadlines.conference_key, conferences.series_key,
        series.acronym, series.full_name, conferences.year, conferences.title,
        deadlines.track, deadlines.round, deadlines.kind, deadlines.label,
        deadlines.due_at, deadlines.due_local, deadlines.timezone_name,
        deadlines.timezone_text, deadlines.is_timezone_stated, deadlines.due_precision,
        null::timestamptz as original_due_at, null::integer as extension_count,
        conferences.place, conferences.city, conferences.country_code,
        conferences.starts_on, conferences.ends_on, conferences.homepage_url,
        labels.areas, labels.ranks, series.primary_area, deadlines.source_key,
        deadlines.source_url, sources.name as source_name, deadlines.claim_count,
        deadlines.agreeing_claim_count, deadlines.has_conflict,
        null::numeric as confidence, deadlines.last_changed_at
    from marts.deadlines_as_of(%(known_at)s) as deadlines
    inner join marts.dim_conferences as conferences
        on deadlines.conference_key = conferences.conference_key
    inner join marts.dim_series as series
        on conferences.series_key = series.series_key
    inner join marts.dim_sources as sources
        on deadlines.source_key = sources.source_key
    left join marts.series_labels as labels
        on conferences.series_key = labels.series_key
    where deadlines.status = 'announced'
""")


def upcoming_deadlines(
    connection: psycopg.Connection, wanted: DeadlineFilter
) -> list[UpcomingDeadline]:
    """Return the deadlines after ``wanted.after``, the next one first.

    They are those that are known now, or that were at ``wanted.known_at``.
    """
    relation: sql.Composable = sql.SQL("marts.rpt_upcoming_deadlines as deadlines")
    if wanted.known_at is not None:
        relation = sql.SQL("({}) as deadlines").format(_KNOWN_AT)
    query = sql.SQL("""
        select
            deadline_key, conference_key, series_key, acronym, full_name, year, title,
            track, round::text, kind, label, due_at, due_local, timezone_name,
            timezone_text, is_timezone_stated, due_precision, original_due_at,
            extension_count, place, city, country_code, starts_on, ends_on,
            homepage_url, areas, ranks, primary_area, source_key, source_url,
            source_name, claim_count, agreeing_claim_count, has_conflict, confidence,
            last_changed_at
        from {relation}
        where due_at > %(after)s
            and (%(until)s::timestamptz is null or due_at <= %(until)s)
            and (%(kind)s::text is null or kind = %(kind)s)
            and {has_labels}
        order by due_at, deadline_key
        limit %(limit)s
    """).format(relation=relation, has_labels=has_labels("deadlines"))
    parameters = {
        "after": wanted.after,
        "known_at": wanted.known_at,
        "until": wanted.until,
        "kind": wanted.kind,
        "area": wanted.area,
        "rank": wanted.rank,
        "limit": wanted.limit,
    }
    with connection.cursor(row_factory=class_row(UpcomingDeadline)) as cursor:
        return cursor.execute(query, parameters).fetchall()
