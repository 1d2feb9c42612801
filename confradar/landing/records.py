"""What the door found, as it is stored: checks of sources, and holds.

Any role may read them: a command as the reader, the door as the loader.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import psycopg
from psycopg.rows import class_row, scalar_row

STALE_AFTER = timedelta(days=14)
"""Without a look that succeeded for so long a source is stale."""


class Expectation(StrEnum):
    """What is expected of a source: that a figure is not above its threshold."""

    LOST_DOCUMENTS = "lost_document_share"
    REJECTS = "reject_share"
    UNKNOWN_ZONES = "unknown_zone_share"
    ODD_DATES = "odd_date_share"
    AGE = "days_since_look"


_SENTENCES = {
    Expectation.LOST_DOCUMENTS: "{observed:.0%} of its documents are gone",
    Expectation.REJECTS: "{observed:.0%} of its entries cannot be used",
    Expectation.UNKNOWN_ZONES: "{observed:.0%} of its time zones are unknown",
    Expectation.ODD_DATES: "{observed:.0%} of its dates make no sense",
    Expectation.AGE: "no look has succeeded since {since:%Y-%m-%d}",
}


@dataclass(frozen=True, slots=True)
class LandingCheck:
    """One expectation of one source, as it was judged last.

    ``look_at`` is the look that was judged, ``checked_at`` the time of the run.
    """

    run_id: UUID
    source_key: str
    expectation: Expectation
    success: bool
    observed: float
    threshold: float
    look_at: datetime
    look_digest: str
    checked_at: datetime

    def __post_init__(self) -> None:
        """Take the name as it is stored."""
        object.__setattr__(self, "expectation", Expectation(self.expectation))

    @property
    def sentence(self) -> str:
        """Return what was found and what is allowed, for a person."""
        form = "{:.0f} days" if self.expectation is Expectation.AGE else "{:.0%}"
        found = _SENTENCES[self.expectation].format(
            observed=self.observed,
            since=self.checked_at - timedelta(days=self.observed),
        )
        return f"{found}, and {form.format(self.threshold)} at most are expected"


@dataclass(frozen=True, slots=True)
class Hold:
    """Looks of a source that no model reads: from ``held_from`` on, until it is lifted.

    ``reach`` tells whether whole looks are held back, as of a list, or what they
    brought anew, as of a site whose pages each stand for themselves.
    """

    source_key: str
    reach: str
    held_from: datetime
    reason: str
    run_id: UUID
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the door last said of one source, and what it holds back of it now."""

    source_key: str
    checks: tuple[LandingCheck, ...]
    hold: Hold | None = None

    @property
    def failures(self) -> tuple[LandingCheck, ...]:
        """Return the expectations that were not met."""
        return tuple(check for check in self.checks if not check.success)

    @property
    def passed(self) -> bool:
        """Tell whether all was as expected, and nothing is held back."""
        return not self.failures and self.hold is None

    @property
    def sentence(self) -> str:
        """Return in one line what was not as expected; empty if nothing."""
        if self.hold is not None:
            return self.hold.reason
        return "; ".join(check.sentence for check in self.failures)


def current_verdicts(connection: psycopg.Connection) -> dict[str, Verdict]:
    """Return the verdict on each source that was ever judged, by its key.

    Raises:
        psycopg.Error: the database refuses.
    """
    if not has_tables(connection):
        return {}
    checks: dict[str, list[LandingCheck]] = defaultdict(list)
    with connection.cursor(row_factory=class_row(LandingCheck)) as cursor:
        for check in cursor.execute(
            """
            with last_runs as (

                select distinct on (source_key)
                    source_key,
                    run_id
                from confradar.landing_checks
                order by source_key, checked_at desc, run_id

            )

            select
                checks.run_id,
                checks.source_key,
                checks.expectation,
                checks.success,
                checks.observed,
                checks.threshold,
                checks.look_at,
                checks.look_digest,
                checks.checked_at
            from confradar.landing_checks as checks
            inner join last_runs
                on
                    checks.source_key = last_runs.source_key
                    and checks.run_id = last_runs.run_id
            order by checks.source_key, checks.expectation
            """
        ):
            checks[check.source_key].append(check)
    with connection.cursor(row_factory=class_row(Hold)) as cursor:
        holds = {
            hold.source_key: hold
            for hold in cursor.execute(
                """
                select source_key, reach, held_from, reason, run_id, held_at
                from confradar.landing_holds
                where held_to is null and released_at is null
                """
            )
        }
    return {
        key: Verdict(key, tuple(checks.get(key, ())), holds.get(key))
        for key in sorted({*checks, *holds})
    }


def verdict_of(connection: psycopg.Connection, source_key: str) -> Verdict:
    """Return the verdict on one source, without checks if it was never judged.

    Raises:
        psycopg.Error: the database refuses.
    """
    found = current_verdicts(connection)
    return found.get(source_key, Verdict(source_key, ()))


def last_judged_at(connection: psycopg.Connection) -> datetime | None:
    """Return when the door judged last, None if it never did.

    Raises:
        psycopg.Error: the database refuses.
    """
    if not has_tables(connection):
        return None
    with connection.cursor(row_factory=scalar_row) as cursor:
        newest: datetime | None = cursor.execute(
            "select max(checked_at) from confradar.landing_checks"
        ).fetchone()
    return newest


def has_tables(connection: psycopg.Connection) -> bool:
    """Tell whether the database is new enough to have a door."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        query = "select to_regclass('confradar.landing_holds')"
        return cursor.execute(query).fetchone() is not None
