"""What maintainers decided about deadlines: recorded and revoked, never changed.

The rows lie in the schema ``review``, which Alembic owns and dbt reads as a source; a
decision counts from the next build on.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time

import psycopg
from psycopg.rows import class_row, scalar_row

from confradar.errors import CalledWronglyError, ConfRadarError

_DUE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?)?",
)


@dataclass(frozen=True, slots=True)
class WallTime:
    """A moment on a wall clock, as typed and as understood.

    ``precision`` is second, minute or day; a day is due when it ends.
    """

    text: str
    local: datetime
    precision: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The deadline that a decision is about."""

    conference_key: str
    track: str
    kind: str
    round: int

    @property
    def deadline_key(self) -> str:
        """Return the key of ``fct_deadlines``."""
        return f"{self.conference_key}/{self.track}/{self.kind}/{self.round}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided: a date with its zone, a source to believe, or withdrawal."""

    due: WallTime | None = None
    timezone_text: str | None = None
    source_key: str | None = None

    @property
    def name(self) -> str:
        """Return what the table calls it."""
        if self.due is not None:
            return "due"
        return "withdrawn" if self.source_key is None else "source"


@dataclass(frozen=True, slots=True)
class Decision:
    """One recorded decision; ``is_in_force`` where neither revoked nor replaced."""

    decision_id: int
    deadline_key: str
    verdict: str
    due_text: str | None
    timezone_text: str | None
    believed_source_key: str | None
    reason: str
    decided_by: str
    decided_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    revocation_reason: str | None
    is_in_force: bool


def parse_due(text: str) -> WallTime:
    """Return the wall time of ``2026-05-03 23:59``; a date alone is its last second.

    Raises:
        CalledWronglyError: the text names no wall time.
    """
    match = _DUE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        day = date.fromisoformat(match[1])
        clock = time.fromisoformat((match[2] or "23:59:59") + (match[3] or ""))
    except ValueError:
        raise CalledWronglyError(
            f"--due {text!r} is no date, nor a date with a time",
            'for example --due "2026-05-03 23:59" --timezone AoE',
        ) from None
    precision = "second" if match[3] else "minute" if match[2] else "day"
    return WallTime(text.strip(), datetime.combine(day, clock), precision)


def known_zone(text: str, labels: frozenset[str]) -> str:
    """Return a label that the models can apply, as it was typed.

    Raises:
        CalledWronglyError: it names no single zone.
    """
    label = text.strip()
    if label.casefold() in labels:
        return label
    alike = difflib.get_close_matches(label.casefold(), sorted(labels), n=3)
    raise CalledWronglyError(
        f"--timezone {text!r} names no single zone that is known",
        f"did you mean {', '.join(alike)}?"
        if alike
        else "for example AoE, UTC+2, Europe/Vienna or PT",
    )


def record(
    url: str, slot: Slot, verdict: Verdict, *, because: str, by: str, at: datetime
) -> int:
    """Record a decision and return its number.

    Raises:
        ConfRadarError: the database refuses.
    """
    due = verdict.due
    with _writing(url) as connection:
        return _number(
            connection,
            """
            insert into review.decisions (
                conference_key, track, kind, round, verdict, due_text, due_local,
                due_precision, timezone_text, believed_source_key, reason, decided_by,
                decided_at
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            returning decision_id
            """,
            [
                slot.conference_key,
                slot.track,
                slot.kind,
                slot.round,
                verdict.name,
                due and due.text,
                due and due.local,
                due and due.precision,
                verdict.timezone_text,
                verdict.source_key,
                because,
                by,
                at,
            ],
        )


def revoke(url: str, decision_id: int, *, because: str, by: str, at: datetime) -> None:
    """Record that a decision counts no more.

    Raises:
        CalledWronglyError: there is no such decision, or it was revoked before.
        ConfRadarError: the database refuses.
    """
    with _writing(url) as connection:
        found = {row.decision_id: row for row in _decisions(connection)}
        if decision_id not in found:
            raise CalledWronglyError(
                f"there is no decision {decision_id}", "confradar decide --list"
            )
        before = found[decision_id]
        if before.revoked_at is not None:
            raise CalledWronglyError(
                f"decision {decision_id} was revoked on {before.revoked_at:%Y-%m-%d} "
                f"by {before.revoked_by}",
                "confradar decide --list",
            )
        _number(
            connection,
            """
            insert into review.revocations
            values (%s, %s, %s, %s)
            returning decision_id
            """,
            [decision_id, because, by, at],
        )


def all_decisions(url: str) -> list[Decision]:
    """Return every decision, the latest first.

    Raises:
        ConfRadarError: the database refuses.
    """
    with _writing(url) as connection:
        return _decisions(connection)


def _decisions(connection: psycopg.Connection) -> list[Decision]:
    query = """
        select
            decisions.decision_id,
            concat_ws(
                '/',
                decisions.conference_key, decisions.track, decisions.kind,
                decisions.round
            ) as deadline_key,
            decisions.verdict, decisions.due_text, decisions.timezone_text,
            decisions.believed_source_key, decisions.reason, decisions.decided_by,
            decisions.decided_at, revocations.revoked_by, revocations.revoked_at,
            revocations.reason as revocation_reason,
            revocations.decision_id is null
            and row_number() over (
                partition by
                    decisions.conference_key, decisions.track, decisions.kind,
                    decisions.round, revocations.decision_id is null
                order by decisions.decided_at desc, decisions.decision_id desc
            ) = 1 as is_in_force
        from review.decisions as decisions
        left join review.revocations as revocations
            on decisions.decision_id = revocations.decision_id
        order by decisions.decided_at desc, decisions.decision_id desc
    """
    with connection.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(query).fetchall()


def _number(
    connection: psycopg.Connection, query: str, parameters: Sequence[object]
) -> int:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return int(next(iter(cursor.execute(query.encode(), parameters))))


@contextmanager
def _writing(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(url) as connection:
            connection.execute("select set_config('timezone', 'UTC', true)")
            yield connection
    except psycopg.Error as error:
        raise ConfRadarError(
            f"the decision was not kept: {str(error).strip().partition(chr(10))[0]}",
            "confradar doctor says what to do",
        ) from error
