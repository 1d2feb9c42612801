"""Drive dbt in this process: importing it costs more than most of its work.

dbt is imported when it is first needed, not when this module is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from confradar.errors import ConfRadarError
from confradar.settings import tell_dbt_the_day, tell_dbt_whether_to_follow

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[int, int, str], None]
"""Called with the number of the node that begins, how many there are, its name."""

_AS_THE_LAST_BUILD_LEFT_IT = (
    "path:dbt_project/seeds",  # and the tests of seeds
    "resource_type:unit_test",
    "path:dbt_project/models/staging,config.materialized:view",
)

# What such a build has as the last one had it; and what holds of all rows or of none,
# which was seen to hold when all were made.
_NOT_FOLLOWED = (
    "config.meta.follow_by:nothing",
    "assert_what_was_known_last_is_what_is_known",
)

_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})

_CHECKS = frozenset({"test", "unit_test"})


class CheckStatus(StrEnum):
    """How a check went."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


class BuildOutcome(StrEnum):
    """What a build ended in."""

    BUILT = "built"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NodeProblem:
    """A model, seed or test that failed (or warned), with dbt's own words."""

    kind: str
    name: str
    status: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What came of one model, seed or test: dbt's id of it, its status, its seconds."""

    unique_id: str
    status: str
    seconds: float
    message: str

    @property
    def is_failure(self) -> bool:
        """Tell whether the build failed because of it."""
        return self.status in _FAILED


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one test said; ``key`` is the name by which dbt's manifest knows it."""

    key: str
    kind: str
    status: CheckStatus
    failure_count: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: how many nodes of each kind, what went wrong, what was seen."""

    outcome: BuildOutcome
    models: int = 0
    seeds: int = 0
    tests: int = 0
    skipped: int = 0
    warnings: tuple[NodeProblem, ...] = ()
    failures: tuple[NodeProblem, ...] = ()
    seconds: float = 0.0
    checks: tuple[CheckResult, ...] = field(default=(), repr=False)


class DbtError(ConfRadarError):
    """dbt stopped before it ran any node: a project, profile or server problem."""


def build_marts(
    root: Path,
    as_of: date,
    *,
    is_same_code: bool = False,
    follows: bool = False,
    progress: Progress | None = None,
    on_result: Callable[[NodeResult], None] | None = None,
) -> BuildReport:
    """Run ``dbt build`` on the project at ``root``, silently.

    Node failures are in the report.

    Args:
        root: the checkout.
        as_of: the day from which "upcoming" counts.
        is_same_code: the last build was of the same project, and what it left is as it
            left it: seeds, views and unit tests would come out as they did.
        follows: so were the registry and the decisions, so that only rows of what new
            documents speak of can come out otherwise (macros/following.sql).
        progress: is told of each node that begins.
        on_result: is told what came of each, when all are done.

    Raises:
        DbtError: dbt could not parse the project or reach the server.
        KeyboardInterrupt: the person stopped it; dbt has cancelled its queries.
    """
    left_out = (
        *(_AS_THE_LAST_BUILD_LEFT_IT if is_same_code else ()),
        *(_NOT_FOLLOWED if follows else ()),
    )
    tell_dbt_the_day(as_of)
    tell_dbt_whether_to_follow(follows)
    result = invoke(
        [
            "--log-level",
            "none",
            # They tell of the project, which is that of the last build.
            *(("--no-write-json",) if follows else ()),
            "build",
            *places(root),
            # A test is left out with all that it looks at, and not with a part of it.
            *("--indirect-selection", "cautious"),
            *(("--exclude", *left_out) if left_out else ()),
        ],
        callbacks=[_listener(progress)] if progress else [],
    )
    if not hasattr(result.result, "results"):
        raise DbtError(
            f"dbt stopped: {one_line(str(result.exception))}",
            hint="confradar dbt debug, and logs/dbt.log, say more",
        )
    if on_result is not None:
        for node in result.result.results:
            on_result(_result_of(node))
    return report_of(result.result)


def _result_of(result: Any) -> NodeResult:  # noqa: ANN401 - dbt has no types
    return NodeResult(
        unique_id=str(result.node.unique_id),
        status=str(result.status),
        seconds=round(float(result.execution_time), 3),
        message=one_line(str(result.message or "")),
    )


def places(root: Path) -> list[str]:
    """Return the arguments that tell dbt where project and profiles are."""
    return ["--project-dir", str(root), "--profiles-dir", str(root / "profiles")]


def invoke(
    arguments: Sequence[str], *, callbacks: Sequence[Callable[[Any], None]] = ()
) -> Any:  # noqa: ANN401 - dbt has no types
    """Call dbt in this process and return its ``dbtRunnerResult``.

    A fresh runner every time: one that keeps its manifest fails on foreign keys when
    it is used again.
    """
    from dbt.cli.main import dbtRunner

    from confradar.kept_connections import kept_connections

    with kept_connections():
        result = dbtRunner(callbacks=list(callbacks)).invoke(list(arguments))
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    return result


def _listener(progress: Progress) -> Callable[[Any], None]:
    def listen(event: Any) -> None:  # noqa: ANN401 - dbt has no types
        if event.info.name == "LogStartLine":
            node = event.data.node_info.node_name
            progress(event.data.index, event.data.total, node)

    return listen


def report_of(execution: Any) -> BuildReport:  # noqa: ANN401 - dbt has no types
    """Return what dbt did, from the result of a command that runs nodes."""
    counts: dict[str, int] = {}
    skipped = 0
    problems: Mapping[str, list[NodeProblem]] = {"warn": [], "failed": []}
    for result in execution.results:
        status = str(result.status)
        kind = str(result.node.resource_type)
        counts[kind] = counts.get(kind, 0) + 1
        if status == "skipped":
            skipped += 1
        elif status in _FAILED or status == "warn":
            problems["warn" if status == "warn" else "failed"].append(
                NodeProblem(
                    kind=kind.replace("_", " "),
                    name=str(result.node.name),
                    status=status,
                    message=one_line(str(result.message or "")),
                    path=str(getattr(result.node, "original_file_path", "")),
                )
            )
    failures = tuple(problems["failed"])
    return BuildReport(
        outcome=BuildOutcome.FAILED if failures else BuildOutcome.BUILT,
        models=counts.get("model", 0),
        seeds=counts.get("seed", 0),
        tests=counts.get("test", 0) + counts.get("unit_test", 0),
        skipped=skipped,
        warnings=tuple(problems["warn"]),
        failures=failures,
        seconds=round(float(execution.elapsed_time), 1),
        checks=_checks_of(execution),
    )


def _checks_of(execution: Any) -> tuple[CheckResult, ...]:  # noqa: ANN401 - no types
    """Return what each test said, from the result of a command that runs nodes."""
    return tuple(
        CheckResult(
            key=str(result.node.unique_id),
            kind=str(result.node.resource_type).replace("_", " "),
            status=_check_status(str(result.status)),
            failure_count=result.failures,
            message=one_line(str(result.message)) if result.message else None,
        )
        for result in execution.results
        if str(result.node.resource_type) in _CHECKS
    )


def _check_status(status: str) -> CheckStatus:
    if status in _FAILED:
        return CheckStatus.FAILED
    if status == "skipped":
        return CheckStatus.SKIPPED
    return CheckStatus.WARNED if status == "warn" else CheckStatus.PASSED


def one_line(text: str) -> str:
    """Return a text with its lines joined."""
    return " ".join(text.split())
