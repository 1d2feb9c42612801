"""What was run when, and what became of it: rows of ``confradar.runs``.

A row is there from the moment a run may write, and is completed when it ends. One that
was killed cannot do that: the next run, which is alone, calls it lost. What Dagster
does step by step is one row, too, by the id that Dagster gave it: each step opens it
again.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.logs import RUN_ID
from confradar.sessions import session
from ingestion.errors import IngestionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confradar.building import BuildReport
    from ingestion.loading import SourceReport

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LongerRun:
    """A run of which what is done is a step, as Dagster's are: its id, its name.

    A source that a step tries again is counted again.
    """

    run_id: UUID
    command: str


@dataclass(slots=True)
class RunRecord:
    """A run that goes on: what it counts, and why it failed once it did.

    ``counts`` are those of all steps of a longer run.
    """

    run_id: UUID
    command: str
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None

    def note_sources(self, reports: "Sequence[SourceReport]") -> None:
        """Note what loading came to; it failed where no source could be loaded."""
        failed = [report for report in reports if report.error is not None]
        for name, count in {
            "source_count": len(reports),
            "failed_source_count": len(failed),
            "new_document_count": sum(r.new_document_count for r in reports),
            "reject_count": sum(report.reject_count for report in reports),
        }.items():
            self.counts[name] = self.counts.get(name, 0) + count
        if self.counts["failed_source_count"] < self.counts["source_count"]:
            self.error = None
        elif failed:
            self.error = failed[0].error

    def note_claims(self, claims: int) -> None:
        """Note how many claims are current."""
        self.counts["claim_count"] = claims

    def note_build(self, report: "BuildReport") -> None:
        """Note what a build came to, and the first node that failed."""
        self.counts |= {
            "model_count": report.models,
            "test_count": report.tests,
            "warning_count": len(report.warnings),
            "failure_count": len(report.failures),
        }
        self.error = None
        if report.failures:
            first = report.failures[0]
            self.error = f"{first.kind} {first.name}: {first.message}"


@contextmanager
def recorded(
    login: Login,
    command: str,
    clock: Callable[[], datetime],
    *,
    part_of: LongerRun | None = None,
) -> Iterator[RunRecord]:
    """Record a run while the context lasts, under the lock that keeps others out.

    Args:
        login: of a role that may write to the table.
        command: as it is typed, without its arguments.
        clock: tells the present instant.
        part_of: the run whose next step this is, so that its row goes on.

    Raises:
        ConfRadarError: the database refuses.
    """
    record = RunRecord(uuid4() if part_of is None else part_of.run_id, command)
    with session(login.url) as opened:
        opened.execute(
            """
            update confradar.runs
            set outcome = 'lost', ended_at = greatest(%s, started_at)
            where outcome = 'running'
            """,
            [clock()],
        )
        with opened.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(
                """
                insert into confradar.runs (run_id, command, started_at)
                values (%s, %s, %s)
                on conflict (run_id) do update set outcome = 'running', ended_at = null
                returning *
                """,
                [
                    record.run_id,
                    command if part_of is None else part_of.command,
                    clock(),
                ],
            ).fetchone()
        if row is not None:
            record.error = row["error"]
            record.counts = {x: row[x] for x in _COUNTS if row[x] is not None}
    token = RUN_ID.set(str(record.run_id))
    log.info("%s begins", command)
    try:
        yield record
    except (ConfRadarError, IngestionError) as error:
        _end(login, record, Outcome.FAILED, str(error), clock())
        raise
    except KeyboardInterrupt:
        _end(login, record, Outcome.STOPPED, None, clock())
        raise
    except BaseException as error:
        _end(login, record, Outcome.FAILED, f"{type(error).__name__}: {error}", clock())
        raise
    else:
        outcome = Outcome.SUCCEEDED if record.error is None else Outcome.FAILED
        _end(login, record, outcome, record.error, clock())
    finally:
        RUN_ID.reset(token)


def _end(
    login: Login,
    record: RunRecord,
    outcome: Outcome,
    error: str | None,
    ended_at: datetime,
) -> None:
    line = None if error is None else " ".join(error.split())
    log.log(
        logging.INFO if outcome is Outcome.SUCCEEDED else logging.WARNING,
        "%s ends",
        record.command,
        extra={
            "outcome": str(outcome),
            **record.counts,
            **({} if line is None else {"error": line}),
        },
    )
    # Where the server has gone away there is nothing to write to: the next run tells.
    with suppress(ConfRadarError), session(login.url) as opened:
        opened.execute(
            """
            update confradar.runs
            set
                ended_at = greatest(%(ended_at)s, started_at),
                outcome = %(outcome)s,
                error = %(error)s,
                source_count = %(source_count)s,
                failed_source_count = %(failed_source_count)s,
                new_document_count = %(new_document_count)s,
                reject_count = %(reject_count)s,
                claim_count = %(claim_count)s,
                model_count = %(model_count)s,
                test_count = %(test_count)s,
                warning_count = %(warning_count)s,
                failure_count = %(failure_count)s
            where run_id = %(run_id)s
            """,
            {
                **dict.fromkeys(_COUNTS),
                **record.counts,
                "run_id": record.run_id,
                "outcome": outcome,
                "error": line,
                "ended_at": ended_at,
            },
        )


_COUNTS = (
    "source_count",
    "failed_source_count",
    "new_document_count",
    "reject_count",
    "claim_count",
    "model_count",
    "test_count",
    "warning_count",
    "failure_count",
)
