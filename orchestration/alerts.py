"""Sensors that tell people of runs that failed, and of checks that failed in others."""

from collections.abc import Iterable

from dagster import (
    AssetCheckSeverity,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunStatusSensorContext,
    SensorDefinition,
    run_failure_sensor,
    run_status_sensor,
)

from orchestration import means
from orchestration.notifying import notify

SHOWN = 10


def alert_sensors() -> list[SensorDefinition]:
    """Return one for runs that failed and one for those that did not.

    An alert that is not delivered is a failed tick, which Dagster's page shows.
    """

    @run_failure_sensor(
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells of failed runs: in the log, and at CONFRADAR_ALERT_URL.",
    )
    def tell_of_failed_runs(context: RunFailureSensorContext) -> None:
        run = context.dagster_run
        steps = [
            f"{event.step_key}: {_first_line(event.message)}"
            for event in context.get_step_failure_events()
        ]
        failed = failed_checks(context.instance, run.run_id)
        said = steps or [_first_line(context.failure_event.message)]
        _tell(text_of(f"{run.job_name} failed", run.run_id, (*said, *failed)))

    @run_status_sensor(
        run_status=DagsterRunStatus.SUCCESS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells of checks that failed in runs that did not: a source that "
        "could not be loaded, marts that nobody built.",
    )
    def tell_of_failed_checks(context: RunStatusSensorContext) -> None:
        run = context.dagster_run
        failed = failed_checks(context.instance, run.run_id)
        if failed:
            _tell(text_of(f"{run.job_name} went on without", run.run_id, failed))

    return [tell_of_failed_runs, tell_of_failed_checks]


def _tell(text: str) -> None:
    settings = means.settings()
    notify(text, settings.alert_url)


def failed_checks(instance: DagsterInstance, run_id: str) -> list[str]:
    """Return what failed checks of a run said, but for those that only warn."""
    found = []
    for entry in instance.all_logs(run_id, DagsterEventType.ASSET_CHECK_EVALUATION):
        event = entry.dagster_event
        if event is None:
            continue
        check = event.asset_check_evaluation_data
        if check.passed or check.severity is not AssetCheckSeverity.ERROR:
            continue
        said = next((str(value.value) for value in check.metadata.values()), "")
        name = f"{'/'.join(check.asset_key.path)} {check.check_name}"
        found.append(f"{name}: {_first_line(said)}")
    return found


def text_of(title: str, run_id: str, lines: Iterable[str]) -> str:
    """Return the text of an alert: what, which run, and the first reasons."""
    all_lines = list(lines)
    shown = all_lines[:SHOWN]
    if len(all_lines) > SHOWN:
        shown.append(f"… and {len(all_lines) - SHOWN} more")
    return "\n".join([f"ConfRadar: {title} (run {run_id})", *shown])


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
