"""What was run when, and what became of it: rows of ``confradar.runs``.

A row is there from the moment a run may write, and is completed when it ends. One that
was killed cannot do that: the next run, which is alone, calls it lost.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

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


@dataclass(slots=True)
class RunRecord:
    """A run that goes on: what it counts, and why it failed once it did."""

    run_id: UUID
    command: str
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None

    def note_sources(self, reports: "Sequence[SourceReport]") -> None:
        """Note what loading came to; it failed where no source could be loaded."""
        failed = [report for report in reports if report.error is not None]
        self.counts |= {
            "source_count": len(reports),
            "failed_source_count": len(failed),
            "new_document_count": sum(r.new_document_count for r in reports),
            "reject_count": sum(report.reject_count for report in reports),
        }
        if failed and len(failed) == len(reports):
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
    login: Login, command: str, clock: Callable[[], datetime]
) -> Iterator[RunRecord]:
    """Record a run while the context lasts, under the lock that keeps others out.

    Args:
        login: of a role that may write to the table.
        command: as it is typed, without its arguments.
        clock: tells the present instant.

    Raises:
        ConfRadarError: the database refuses.
    """
    record = RunRecord(uuid4(), command)
    with session(login.url) as opened:
        opened.execute(
            """
            update confradar.runs
            set outcome = 'lost', ended_at = greatest(%s, started_at)
            where outcome = 'running'
            """,
            [clock()],
        )
        opened.execute(
            "insert into confradar.runs (run_id, command, started_at)"
            " values (%s, %s, %s)",
            [record.run_id, command, clock()],
        )
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
