"""What Dagster runs: as its schedule would, on a database of the test's own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    RetryPolicy,
    RunRequest,
    build_run_status_sensor_context,
    build_schedule_context,
)
from dagster._cli import cli
from dagster_postgres import PostgresEventLogStorage

from confradar.building import BuildOutcome, NodeResult
from confradar.errors import CalledWronglyError
from confradar.landing import Expectation, Hold, LandingCheck, Verdict
from confradar.running import (
    SAMPLE_OBSERVED_AT,
    Listener,
    Selection,
    registry_of,
    run,
)
from confradar.settings import Settings, load_settings, now
from ingestion.loading import LoadOutcome
from ingestion.registry import Registry
from orchestration import alerts, freshness, means
from orchestration.manifest import manifest_of
from orchestration.models import Project, project_of, told
from orchestration.sources import LOADED, judged, key_of, pool_of
from orchestration.storage import EventLog
from tests.conftest import ROOT, SampleRun, Site, Sites

pytestmark = pytest.mark.postgres

# What the plan of a run leaves behind, but for its own id, times and order.
STORED_PLANS = {
    "events": """
        select dagster_event_type, asset_key, step_key, partition,
               event::jsonb #- '{timestamp}' #- '{run_id}' #- '{dagster_event,pid}'
        from dagster.event_logs where run_id = 'RUN'
    """,
    "checks": """
        select checks.asset_key, check_name, execution_status, checks.partition,
               materialization_event_storage_id,
               evaluation_event_timestamp = events.timestamp,
               evaluation_event::jsonb = events.event::jsonb
        from dagster.asset_check_executions as checks
        inner join dagster.event_logs as events
            on evaluation_event_storage_id = events.id
        where checks.run_id = 'RUN'
    """,
    "assets": """
        select asset_key, last_run_id = 'RUN', asset_details, wipe_timestamp,
               last_materialization_timestamp is null
        from dagster.asset_keys
    """,
}

ONE_RETRY = RetryPolicy(max_retries=1, delay=0)


@dataclass(frozen=True, slots=True)
class Served:
    """Dagster on a site: its instance, and what it serves there."""

    site: Site
    settings: Settings
    instance: DagsterInstance
    definitions: Definitions

    def tick(self, name: str) -> RunRequest:
        """Return what a schedule asks for when it is due."""
        repository = self.definitions.get_repository_def()
        context = build_schedule_context(
            self.instance,
            scheduled_execution_time=datetime(2026, 11, 29, 5, tzinfo=UTC),
            repository_def=repository,
        )
        requests = repository.get_schedule_def(name).evaluate_tick(context).run_requests
        assert requests is not None
        (request,) = requests
        return request

    def run(
        self, job: str, request: RunRequest | None = None
    ) -> ExecuteInProcessResult:
        """Run a job in this process."""
        asked = request or RunRequest()
        return (
            self.definitions.get_repository_def()
            .get_job(job)
            .execute_in_process(
                run_config=asked.run_config, tags=asked.tags, instance=self.instance
            )
        )


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Site], Served]]:
    """Return what puts this process on a site, as a process of Dagster's would be."""
    before = dict(os.environ)

    def on(site: Site) -> Served:
        os.environ.clear()
        os.environ.update(site.environment())
        os.environ["DAGSTER_EVENT_BATCH_SIZE"] = "1000"
        means.settings.cache_clear()
        means.logins.cache_clear()
        from orchestration.definitions import definitions

        settings = load_settings()
        return Served(
            site,
            settings,
            DagsterInstance.from_config(str(ROOT / "orchestration")),
            definitions(settings, looks=means.Looks(sample=True), retries=ONE_RETRY),
        )

    yield on
    os.environ.clear()
    os.environ.update(before)
    means.settings.cache_clear()
    means.logins.cache_clear()


@pytest.fixture(scope="module")
def served(sites: Sites, serve: Callable[[Site], Served]) -> Served:
    return serve(sites.make())


@pytest.fixture(scope="module")
def daily(served: Served) -> ExecuteInProcessResult:
    """The sample, loaded and built by the run that the daily schedule asks for."""
    result = served.run("daily", served.tick("daily"))
    assert result.success
    return result


@pytest.fixture(scope="module")
def registry(served: Served) -> Registry:
    return registry_of(served.settings)


@pytest.fixture(scope="module")
def project(served: Served, registry: Registry) -> Project:
    return project_of(manifest_of(served.settings), registry)


@pytest.mark.usefixtures("daily")
def test_the_scheduled_run_builds_the_marts_that_the_command_builds(
    served: Served, sample: SampleRun
) -> None:
    assert served.site.rows("select count(*) from marts.fct_deadlines")[0][0] > 0
    assert served.site.checksums() == sample.site.checksums()


@pytest.mark.usefixtures("daily")
def test_after_dagster_the_command_finds_nothing_to_do(served: Served) -> None:
    selection = Selection(is_sample=True, observed_at=SAMPLE_OBSERVED_AT)

    report = run(served.settings, means.logins(), selection, now(), Listener())

    assert report.build.outcome is BuildOutcome.UNCHANGED
    assert {source.outcome for source in report.sources} == {LoadOutcome.UNCHANGED}


def test_every_model_and_test_of_the_run_is_told(
    daily: ExecuteInProcessResult, project: Project
) -> None:
    built = {event.asset_key for event in daily.get_asset_materialization_events()}
    tested = {
        (check.asset_key, check.check_name): check.passed
        for check in daily.get_asset_check_evaluations()
    }

    assert built >= set(project.keys)
    assert tested.keys() >= {(c.asset_key, c.name) for c in project.checks.values()}
    assert all(tested.values())


def test_the_run_is_one_row_of_runs_by_dagsters_own_id(
    served: Served, daily: ExecuteInProcessResult, registry: Registry
) -> None:
    rows = served.site.rows(
        "select run_id::text, command, outcome, source_count, failed_source_count,"
        " failure_count, claim_count > 0, model_count > 0 from confradar.runs"
        " order by started_at limit 1"
    )

    count = len(registry.sources)
    assert rows == [
        (daily.run_id, "dagster daily", "succeeded", count, 0, 0, True, True)
    ]


def test_a_process_that_starts_afresh_reads_the_run_back_from_postgres(
    served: Served, daily: ExecuteInProcessResult
) -> None:
    code = (
        "import sys; from dagster import AssetKey, DagsterInstance\n"
        "instance = DagsterInstance.from_config(sys.argv[1])\n"
        "key = AssetKey(['marts', 'fct_deadlines'])\n"
        "event = instance.get_latest_materialization_event(key)\n"
        "print([(r.run_id, r.status.value) for r in instance.get_runs()], event.run_id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "orchestration")],
        env=served.site.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"('{daily.run_id}', 'SUCCESS')" in done.stdout
    assert done.stdout.endswith(f"{daily.run_id}\n")
    kept = served.site.rows("select run_id, status from dagster.runs")
    assert (daily.run_id, "SUCCESS") in kept


def test_after_the_command_dagster_finds_nothing_to_do(
    sample: SampleRun, sites: Sites, serve: Callable[[Site], Served], served: Served
) -> None:
    # The home of the other holds the manifest, which takes long to make.
    copy = serve(Site(served.site.home, sites.copy(sample.site).url))
    before = copy.site.checksums()

    result = copy.run("daily")

    serve(served.site)
    outcomes = {
        event.materialization.metadata["outcome"].value
        for event in result.get_asset_materialization_events()
    }
    assert result.success
    assert outcomes == {"unchanged"}  # of sources: no model was built
    assert copy.site.checksums() == before


@pytest.mark.usefixtures("daily")
def test_sources_and_marts_that_are_old_are_told_by_their_checks(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passed_at(time: datetime) -> dict[AssetKey, Any]:
        monkeypatch.setattr(freshness, "now", lambda: time)
        found = served.run("freshness").get_asset_check_evaluations()
        return {check.asset_key: check for check in found}

    early = passed_at(SAMPLE_OBSERVED_AT + timedelta(hours=1))
    late = passed_at(datetime(2999, 1, 1, tzinfo=UTC))

    source = AssetKey(["sources", "ccfddl"])
    assert early[source].passed
    assert early[freshness.MARTS].passed
    assert (late[source].passed, late[source].severity) == (
        False,
        AssetCheckSeverity.WARN,
    )
    assert (late[freshness.MARTS].passed, late[freshness.MARTS].severity) == (
        False,
        AssetCheckSeverity.ERROR,
    )


@pytest.mark.usefixtures("daily")
def test_a_source_that_fails_is_tried_again_then_told_and_the_run_goes_on(
    served: Served,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = registry.get("sec-deadlines")
    before = served.site.rows("select count(*) from raw_sec_deadlines.documents")
    texts: list[str] = []
    monkeypatch.setattr(alerts, "notify", lambda text, _: texts.append(text))

    looks = {"sample": False, "folder": str(tmp_path)}
    job = served.definitions.get_repository_def().get_job("daily")
    result = job.execute_in_process(
        run_config={"resources": {"looks": {"config": looks}}},
        instance=served.instance,
        asset_selection=[key_of(source)],
    )
    sensor = next(
        one for one in alerts.alert_sensors() if one.name == "tell_of_failed_checks"
    )
    sensor(
        build_run_status_sensor_context(
            sensor_name=sensor.name,
            dagster_instance=served.instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_success_event(),
        )
    )

    retries = result.filter_events(
        lambda event: event.event_type is DagsterEventType.STEP_UP_FOR_RETRY
    )
    check = next(
        one for one in result.get_asset_check_evaluations() if one.check_name == LOADED
    )
    assert result.success
    assert not result.events_for_node("build_marts")
    assert len(retries) == 1
    assert (check.asset_key, check.check_name, check.passed) == (
        key_of(source),
        LOADED,
        False,
    )
    assert (
        served.site.rows("select count(*) from raw_sec_deadlines.documents") == before
    )
    (text,) = texts
    assert f"(run {result.run_id})" in text
    assert "sources/sec-deadlines was_loaded: " in text


def test_what_is_held_back_at_the_door_fails_the_check_of_its_source() -> None:
    key, run_id, day = AssetKey(["sources", "x"]), uuid4(), SAMPLE_OBSERVED_AT
    check = LandingCheck(
        run_id, "x", Expectation.REJECTS, False, 0.6, 0.1, day, "digest", day
    )
    reason = "60% of its entries cannot be used"
    held = judged(
        key, Verdict("x", (check,), Hold("x", "looks", day, reason, run_id, day))
    )
    assert held.passed is False
    assert held.metadata["said"].value == reason
    assert held.metadata["reject share"].value == "0.6, 0.1 at most"
    assert judged(key, Verdict("x", ())).passed is True


def test_what_failed_warned_and_was_left_out_is_told_as_such(project: Project) -> None:
    model, check = next(iter(project.assets)), next(iter(project.checks))
    asked_assets = set(project.keys)
    asked_checks = {spec.key for spec in project.checks.values()}

    def tell(unique_id: str, status: str) -> list[Any]:
        result = NodeResult(unique_id, status, 0.1, "said")
        return list(told(project, [result], asked_assets, asked_checks))

    assert [one.asset_key for one in tell(model, "success")] == [
        project.assets[model].key
    ]
    assert tell(model, "error") == []
    assert tell(model, "skipped") == []
    assert tell(check, "skipped") == []
    assert [(one.passed, one.severity.value) for one in tell(check, "pass")] == [
        (True, "WARN")
    ]
    assert [(one.passed, one.severity.value) for one in tell(check, "warn")] == [
        (False, "WARN")
    ]
    for status in ("fail", "error"):
        assert [(one.passed, one.severity.value) for one in tell(check, status)] == [
            (False, "ERROR")
        ]
    assert (
        list(told(project, [NodeResult(model, "success", 0, "")], set(), set())) == []
    )


def test_every_test_of_the_project_is_a_check_of_a_model_or_seed(
    served: Served, project: Project
) -> None:
    manifest = manifest_of(served.settings)
    tests = {
        *(key for key, node in manifest["nodes"].items() if key.startswith("test.")),
        *manifest["unit_tests"],
    }

    assert project.checks.keys() == tests
    assert {spec.asset_key for spec in project.checks.values()} <= set(project.keys)


def test_a_model_waits_for_each_source_of_its_raw_tables(
    project: Project, registry: Registry
) -> None:
    spec = project.assets["model.confradar.base_paperswithcode__editions"]
    wanted = {key_of(one) for one in registry if one.family == "paperswithcode"}

    assert len(wanted) > 1
    assert {dep.asset_key for dep in spec.deps} >= wanted


def test_a_source_of_ones_own_registry_is_an_asset_with_a_schedule_of_its_own(
    served: Served, tmp_path: Path
) -> None:
    from orchestration.definitions import definitions

    own = tmp_path / "own.yml"
    entry = (ROOT / "ingestion" / "sources.yml").read_text("utf-8")
    first = entry.partition("sources:\n")[2].partition("\n\n")[0]
    own.write_text("sources:\n" + first.replace("key: ccfddl", "key: our-own", 1))
    environment = {
        **served.site.environment(),
        "CONFRADAR_REGISTRY": str(own),
        "CONFRADAR_SCHEDULE": "15 3 * * *",
        "CONFRADAR_SOURCE_SCHEDULES": "our-own = 0 */6 * * *",
    }

    repository = definitions(load_settings(environment)).get_repository_def()

    crons = {one.name: one.cron_schedule for one in repository.schedule_defs}
    assert crons["daily"] == "15 3 * * *"
    assert crons["load_our__own"] == "0 */6 * * *"
    selected = repository.get_job("load_our__own").asset_layer.executable_asset_keys
    assert {key for key in selected if key.path[0] == "sources"} == {
        AssetKey(["sources", "our-own"])
    }
    assert freshness.MARTS in selected
    with pytest.raises(CalledWronglyError, match="nobody, which is no source"):
        definitions(
            load_settings(
                environment | {"CONFRADAR_SOURCE_SCHEDULES": "nobody=0 * * * *"}
            )
        )


def test_sources_on_one_host_share_a_pool(registry: Registry) -> None:
    pools = {source.key: pool_of(source) for source in registry}

    assert pools["ccfddl"] == pools["huggingface"] == "codeload.github.com"
    assert pools["wikicfp"] not in {pools["ccfddl"], pools["conference_pages"]}


def test_plans_that_are_stored_at_once_are_stored_as_dagster_stores_each(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = served.definitions.resolve_job_def("daily")

    def planned() -> dict[str, list[tuple[Any, ...]]]:
        run_id = served.instance.create_run_for_job(job).run_id
        return {
            table: sorted(served.site.rows(query.replace("RUN", run_id)), key=str)
            for table, query in STORED_PLANS.items()
        }

    at_once = planned()
    monkeypatch.setattr(EventLog, "store_event", PostgresEventLogStorage.store_event)
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    monkeypatch.setenv("DAGSTER_EMIT_PLANNED_EVENTS_INDIVIDUALLY", "yes")
    singly = planned()

    assert {table: len(rows) for table, rows in at_once.items()} == {
        table: len(rows) for table, rows in singly.items()
    }
    assert len(at_once["checks"]) > 400
    assert at_once == singly


@pytest.mark.usefixtures("served")
def test_the_workspace_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``dagster definitions validate`` says."""
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT / "orchestration"))
    words = [
        "definitions",
        "validate",
        "-w",
        str(ROOT / "orchestration/workspace.yaml"),
    ]

    done = CliRunner().invoke(cli, words)

    assert done.exit_code == 0, done.output
