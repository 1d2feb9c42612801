"""What is noted of runs: in the table, and in the log."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from confradar.building import BuildOutcome, BuildReport, NodeProblem
from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.logs import RUN_ID, JsonFormatter, TextFormatter
from confradar.runs import recorded
from tests.conftest import Site, Sites

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def clock() -> datetime:
    return NOON


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.make()


@pytest.mark.postgres
def test_a_run_is_noted_from_its_begin_to_its_end(site: Site) -> None:
    query = "select run_id, command, outcome, started_at, ended_at from confradar.runs"
    with recorded(Login(site.url), "ingest", clock) as record:
        assert site.rows(query) == [(record.run_id, "ingest", "running", NOON, None)]

    assert site.rows(query) == [(record.run_id, "ingest", "succeeded", NOON, NOON)]


@pytest.mark.postgres
def test_a_build_that_failed_is_noted_with_the_first_node(site: Site) -> None:
    broken = NodeProblem("model", "dim_series", "error", "no such column", "a.sql")
    report = BuildReport(
        outcome=BuildOutcome.FAILED, models=3, tests=2, failures=(broken,)
    )
    with recorded(Login(site.url), "build", clock) as record:
        record.note_build(report)

    assert site.rows(
        "select outcome, model_count, test_count, failure_count, error"
        " from confradar.runs"
    ) == [("failed", 3, 2, 1, "model dim_series: no such column")]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [
        (
            ConfRadarError("the disk\nis full", "make room"),
            "failed",
            "the disk is full; make room",
        ),
        (ValueError("a bug"), "failed", "ValueError: a bug"),
        (KeyboardInterrupt(), "stopped", None),
    ],
)
def test_what_ends_a_run_is_noted_in_one_line_and_raised(
    site: Site, error: BaseException, outcome: str, said: str | None
) -> None:
    with pytest.raises(type(error)), recorded(Login(site.url), "run", clock):
        raise error

    assert site.rows("select outcome, error from confradar.runs") == [(outcome, said)]


@pytest.mark.postgres
def test_a_run_that_was_killed_is_called_lost_by_the_next(site: Site) -> None:
    killed = recorded(Login(site.url), "run", clock)
    killed.__enter__()

    with recorded(Login(site.url), "run", clock):
        pass

    assert site.rows("select outcome from confradar.runs order by outcome") == [
        ("lost",),
        ("succeeded",),
    ]


@pytest.mark.postgres
def test_a_server_that_has_gone_away_hides_no_error(site: Site) -> None:
    def work() -> None:
        with recorded(Login(site.url), "run", clock):
            site.execute("drop table confradar.runs cascade")
            raise ConfRadarError("the first")

    with pytest.raises(ConfRadarError, match="the first"):
        work()


@pytest.mark.postgres
def test_an_outcome_that_nobody_knows_is_refused(site: Site) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        site.execute(
            "insert into confradar.runs (run_id, command, started_at, outcome)"
            " values (gen_random_uuid(), 'run', now(), 'maybe')"
        )


@pytest.mark.postgres
def test_the_log_of_a_command_is_one_json_object_a_line_with_the_run(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "ccfddl").mkdir()
    extra = {"CONFRADAR_LOG_FORMAT": "json", "CONFRADAR_LOG_LEVEL": "info"}

    done = site.confradar("ingest", "--from", str(tmp_path), extra=extra)

    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    ((run_id, outcome, error),) = site.rows(
        "select run_id, outcome, error from confradar.runs"
    )
    assert {UUID(line["run_id"]) for line in lines} == {run_id}
    assert [line["message"] for line in lines] == [
        "ingest begins",
        "ccfddl could not be loaded",
        "ingest ends",
    ]
    assert (lines[-1]["outcome"], lines[-1]["error"]) == (outcome, error)
    assert outcome == "failed"


@pytest.mark.postgres
def test_nothing_is_logged_unless_asked_for(site: Site, tmp_path: Path) -> None:
    (tmp_path / "ccfddl").mkdir()

    assert site.confradar("ingest", "--from", str(tmp_path)).stderr == ""


def record_of(message: str, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord(
        {"msg": message, "levelname": "INFO", "name": "confradar.runs", "created": 0.5}
    )
    vars(record).update(extra)
    return record


def test_a_line_of_the_log_has_what_belongs_to_it() -> None:
    token = RUN_ID.set("a-run")
    try:
        record = record_of("run ends", outcome="failed", error="two\nlines")
        as_text, as_json = (
            one.format(record) for one in (TextFormatter(), JsonFormatter())
        )
    finally:
        RUN_ID.reset(token)

    assert as_text == (
        "1970-01-01T00:00:00.500+00:00 info confradar.runs run ends"
        " run_id=a-run outcome=failed error=two lines"
    )
    assert json.loads(as_json) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "info",
        "logger": "confradar.runs",
        "message": "run ends",
        "run_id": "a-run",
        "outcome": "failed",
        "error": "two\nlines",
    }
