"""The deadlines that readers show: to come, just passed, withdrawn, to be announced."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class CurrentDeadline:
    """One row of ``rpt_current_deadlines``; instants are in UTC."""

    deadline_key: str
    conference_key: str
    series_key: str
    source_key: str
    acronym: str | None
    full_name: str | None
    title: str
    track: str
    kind: str
    label: str | None
    status: str
    timezone_name: str | None
    timezone_text: str | None
    due_precision: str | None
    place: str | None
    city: str | None
    country_code: str | None
    attendance_mode: str | None
    homepage_url: str | None
    primary_area: str | None
    areas: str | None
    ranks: str | None
    source_name: str
    source_url: str | None
    evidence: str | None
    winning_claim: str | None
    dissenting_claims: str | None
    year: int
    round: int
    extension_count: int
    claim_count: int
    agreeing_claim_count: int
    confidence: Decimal
    revision_count: int
    is_timezone_stated: bool | None
    has_conflict: bool
    starts_on: date | None
    ends_on: date | None
    due_date: date | None
    due_local: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    first_seen_at: datetime
    last_changed_at: datetime
    last_confirmed_at: datetime
    revised_at: datetime

    @property
    def name(self) -> str:
        """Return what people call the edition: its acronym and year."""
        return f"{self.acronym or self.series_key} {self.year}"

    @property
    def area_names(self) -> tuple[str, ...]:
        """Return the areas of its series."""
        return names_in(self.areas)

    @property
    def rank_names(self) -> tuple[str, ...]:
        """Return the ranks of its series, each with its system: ``CORE A*``."""
        return names_in(self.ranks)

    @property
    def has_moved(self) -> bool:
        """Tell whether the believed source gave another date before."""
        return self.extension_count > 0


def names_in(joined: str | None) -> tuple[str, ...]:
    """Return the names of a column in which commas join them."""
    return tuple(name.strip() for name in (joined or "").split(",") if name.strip())


def current_deadlines(connection: psycopg.Connection) -> list[CurrentDeadline]:
    """Return all of them: by their instants, what has none last."""
    query = """
        select
            deadline_key, conference_key, series_key, source_key, acronym, full_name,
            title, track, kind, label, status, timezone_name, timezone_text,
            due_precision, place, city, country_code, attendance_mode, homepage_url,
            primary_area, areas, ranks, source_name, source_url, evidence,
            winning_claim, dissenting_claims, year, round, extension_count, claim_count,
            agreeing_claim_count, confidence, revision_count, is_timezone_stated,
            has_conflict, starts_on, ends_on, due_date, due_local, due_at,
            original_due_at, first_seen_at, last_changed_at, last_confirmed_at,
            revised_at
        from marts.rpt_current_deadlines
        order by due_at nulls last, deadline_key
    """
    with connection.cursor(row_factory=class_row(CurrentDeadline)) as cursor:
        return cursor.execute(query).fetchall()
