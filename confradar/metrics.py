"""MetricFlow on the metrics that the dbt project declares, in this process.

It is imported when it is first needed: it comes with the dependency group ``metrics``,
and its import takes seconds.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from confradar.building import DbtError, invoke, one_line, places
from confradar.errors import ConfRadarError
from confradar.settings import Settings, let_dbt_read, let_metricflow_find

if TYPE_CHECKING:
    from confradar.database import Login


class MetricFlowMissingError(ConfRadarError):
    """MetricFlow is not installed."""


def call_metricflow(settings: Settings, reader: "Login", words: Sequence[str]) -> int:
    """Run a command of ``mf`` on the marts as their reader; return its exit code.

    Raises:
        MetricFlowMissingError: it is not installed.
        DbtError: the project cannot be parsed.
    """
    try:
        metricflow: Any = import_module("dbt_metricflow.cli.main")
    except ModuleNotFoundError as error:
        raise MetricFlowMissingError(
            f"MetricFlow is not installed: {error}", "uv sync --group metrics"
        ) from error
    prepare(settings, reader)
    # Each call would ask a package index whether there is a newer version.
    metricflow.UpdateChecker = _AsksNobody
    try:
        metricflow.cli.main(args=list(words), prog_name="confradar mf")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def prepare(settings: Settings, reader: "Login") -> None:
    """Let MetricFlow find the metrics, as the files now have them, and the marts.

    Raises:
        DbtError: the project cannot be parsed.
    """
    let_dbt_read(settings, reader.url)
    let_metricflow_find(settings.root)
    # MetricFlow looks for what dbt writes in this place alone.
    target = ("--target-path", str(settings.root / "target"))
    parsed = invoke(["--log-level", "none", "parse", *target, *places(settings.root)])
    if not parsed.success:
        raise DbtError(
            f"dbt could not parse the project: {one_line(str(parsed.exception))}",
            hint="confradar dbt parse says more",
        )


class _AsksNobody:
    """What MetricFlow takes for a checker of updates."""

    def check(self, package_name: str, package_version: str) -> None:
        """Know of no newer version."""
