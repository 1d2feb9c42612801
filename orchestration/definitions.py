"""What Dagster serves: assets, checks, jobs, schedules and sensors."""

from collections.abc import Iterator

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    Definitions,
    RetryPolicy,
    ScheduleDefinition,
    define_asset_job,
    in_process_executor,
)

from confradar.errors import CalledWronglyError
from confradar.logs import set_up
from confradar.running import registry_of
from confradar.settings import Settings
from ingestion.registry import Registry
from orchestration import means
from orchestration.alerts import alert_sensors
from orchestration.freshness import freshness_checks
from orchestration.manifest import manifest_of
from orchestration.means import WRITES, Looks
from orchestration.models import model_assets, project_of
from orchestration.sources import RETRIES, key_of, name_of, source_asset

DAILY = "daily"
FRESHNESS = "freshness"
EVERY_SIX_HOURS = "30 */6 * * *"


def definitions(
    settings: Settings, *, looks: Looks | None = None, retries: RetryPolicy = RETRIES
) -> Definitions:
    """Return what is served with these settings.

    All steps of a run are done in its one process: dlt and dbt take longer to import
    than most steps take, and the database has one writer at a time in any case.

    Args:
        settings: of this checkout.
        looks: from where sources are read, unless a run says otherwise.
        retries: of each source.

    Raises:
        ConfRadarError: dbt does not understand the project, or a schedule is of a
            source that is not registered.
        RegistryError: the registry is wrong.
    """
    registry = registry_of(settings)
    project = project_of(manifest_of(settings), registry)
    checks = freshness_checks(registry)
    everything = AssetSelection.all() - AssetSelection.checks(checks)
    daily = define_asset_job(
        DAILY,
        selection=everything,
        tags=WRITES,
        description="Look at every source, then build the marts from what is stored.",
    )
    freshness = define_asset_job(
        FRESHNESS,
        selection=AssetSelection.checks(checks),
        description="Tell which sources and marts are older than they should be.",
    )
    return Definitions(
        assets=[
            *(source_asset(source, retries) for source in registry),
            model_assets(project),
        ],
        asset_checks=[checks],
        jobs=[daily, freshness],
        schedules=[
            ScheduleDefinition(
                name=DAILY,
                job=daily,
                cron_schedule=settings.schedule,
                execution_timezone="UTC",
                default_status=DefaultScheduleStatus.RUNNING,
                description="CONFRADAR_SCHEDULE",
            ),
            ScheduleDefinition(
                name=FRESHNESS,
                job=freshness,
                cron_schedule=EVERY_SIX_HOURS,
                execution_timezone="UTC",
                default_status=DefaultScheduleStatus.RUNNING,
            ),
            *_of_sources(settings.source_schedules or {}, registry, everything),
        ],
        sensors=alert_sensors(),
        resources={"looks": looks or Looks()},
        executor=in_process_executor,
    )


def _of_sources(
    crons: dict[str, str], registry: Registry, everything: AssetSelection
) -> Iterator[ScheduleDefinition]:
    """Yield a schedule for each source that has one: it is loaded, and all built."""
    known = {source.key: source for source in registry}
    for key, cron in crons.items():
        if key not in known:
            raise CalledWronglyError(
                f"CONFRADAR_SOURCE_SCHEDULES names {key}, which is no source",
                "confradar sources lists the keys",
            )
        name = f"load_{name_of(known[key])}"
        yield ScheduleDefinition(
            name=name,
            job=define_asset_job(
                name,
                selection=AssetSelection.assets(key_of(known[key])).downstream()
                & everything,
                tags=WRITES,
            ),
            cron_schedule=cron,
            execution_timezone="UTC",
            default_status=DefaultScheduleStatus.RUNNING,
            description="CONFRADAR_SOURCE_SCHEDULES",
        )


set_up(means.settings())
defs = definitions(means.settings())
