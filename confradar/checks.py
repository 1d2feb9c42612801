"""What the tests of the last builds said, noted in the warehouse.

A build that follows another leaves tests out that cannot come out otherwise, so that
each result stands until its test runs again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row, scalar_row

from confradar.building import CheckResult, CheckStatus


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """The newest result of one dbt test; ``key`` is its name in dbt's manifest."""

    key: str
    kind: str
    status: CheckStatus
    failure_count: int | None
    message: str | None
    checked_at: datetime

    def __post_init__(self) -> None:
        # The database knows the status as text.
        object.__setattr__(self, "status", CheckStatus(self.status))


def note_checks(
    connection: psycopg.Connection, checks: Sequence[CheckResult], at: datetime
) -> None:
    """Note what tests said; what they said before is forgotten."""
    if not checks:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into confradar.check_results
                (check_key, kind, status, failure_count, message, checked_at)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (check_key) do update
            set
                kind = excluded.kind,
                status = excluded.status,
                failure_count = excluded.failure_count,
                message = excluded.message,
                checked_at = excluded.checked_at
            """,
            [
                (
                    check.key,
                    check.kind,
                    check.status,
                    check.failure_count,
                    check.message,
                    at,
                )
                for check in checks
            ],
        )


def stored_checks(connection: psycopg.Connection) -> list[StoredCheck]:
    """Return the newest result of each test; none where none was noted."""
    if not _is_there(connection):
        return []
    with connection.cursor(row_factory=class_row(StoredCheck)) as cursor:
        return cursor.execute(
            """
            select check_key as key, kind, status, failure_count, message, checked_at
            from confradar.check_results
            order by check_key
            """
        ).fetchall()


def last_checked_at(connection: psycopg.Connection) -> datetime | None:
    """Return when results were noted last, None where there are none."""
    if not _is_there(connection):
        return None
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select max(checked_at) from confradar.check_results"
        ).fetchone()


def _is_there(connection: psycopg.Connection) -> bool:
    """Tell whether the table is there: an own server may be migrated later."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        query = "select to_regclass('confradar.check_results')"
        return cursor.execute(query).fetchone() is not None
