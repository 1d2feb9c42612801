"""Metrics, as MetricFlow answers them, against plain SQL."""

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SampleRun, Site, Sites

pytestmark = pytest.mark.postgres

# One process for all: MetricFlow and dbt take seconds to be imported.
_ASK = """
import json, sys
from confradar.database import logins_of
from confradar.metrics import prepare
from confradar.settings import load_settings

settings = load_settings()
prepare(settings, logins_of(settings).reader)
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

flow = CLIConfiguration()
flow.setup(configure_file_logging=False)
answers = {}
for name, question in json.load(sys.stdin).items():
    table = flow.mf.query(MetricFlowQueryRequest.create(**question)).result_df
    answers[name] = [dict(zip(table.column_names, row)) for row in table.rows]
print(json.dumps(answers, default=str), flush=True)

from confradar.cli import app

app(["mf", "query", "--saved-query", "due_by_area", "--csv", sys.argv[1], "--quiet"])
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A metric grouped by something, and what plain SQL makes of it."""

    metric: str
    by: str
    query: str


_JOINED = """
    from marts.fct_deadlines as d
    inner join marts.dim_series as s on d.series_key = s.series_key
    inner join marts.series_labels as l on d.series_key = l.series_key
    where d.status = 'announced'
"""
_WORDS = """
    from (
        select c.source_key, c.kind, bool_or(c.agrees_with_winner) as agrees
        from marts.fct_deadline_claims as c
        inner join marts.fct_deadlines as d on c.deadline_key = d.deadline_key
        where c.claim_rank is not null and d.claim_count > 1
        group by c.source_key, c.kind, c.deadline_key
    ) as words
"""
_NOTICE = """
    percentile_cont(0.5) within group (
        order by extract(epoch from due_at - first_seen_at) / 86400
    )
"""
QUESTIONS = [
    Question(
        "deadlines", "series__primary_area", f"select primary_area, count(*) {_JOINED}"
    ),
    Question(
        "deadlines",
        "metric_time__month",
        f"select date_trunc('month', due_local)::date, count(*) {_JOINED}",
    ),
    Question("deadlines", "series__core_rank", f"select core_rank, count(*) {_JOINED}"),
    Question("deadlines", "source", f"select d.source_key, count(*) {_JOINED}"),
    Question(
        "upcoming_deadlines",
        "upcoming_deadline__kind",
        "select kind, count(*) from marts.rpt_upcoming_deadlines",
    ),
    Question(
        "extension_rate",
        "deadline__kind",
        f"select kind, avg((extension_count > 0)::integer) {_JOINED}"
        " and first_seen_at < original_due_at",
    ),
    Question(
        "median_days_moved",
        "change__kind",
        "select kind, percentile_cont(0.5) within group (order by days_moved)"
        " from marts.fct_deadline_changes"
        " where change_type in ('extended', 'advanced')",
    ),
    Question(
        "median_days_moved",
        "series",
        "select series_key, percentile_cont(0.5) within group (order by days_moved)"
        " from marts.fct_deadline_changes"
        " where change_type in ('extended', 'advanced')",
    ),
    Question(
        "days_of_notice",
        "deadline__kind",
        f"select kind, {_NOTICE} {_JOINED} and first_seen_at < original_due_at",
    ),
    Question(
        "conflict_rate",
        "series__primary_area",
        f"select primary_area, avg(has_conflict::integer) {_JOINED}"
        " and claim_count > 1",
    ),
    Question(
        "source_agreement",
        "source",
        f"select source_key, avg(agrees::integer) {_WORDS}",
    ),
    Question(
        "source_agreement", "claim__kind", f"select kind, avg(agrees::integer) {_WORDS}"
    ),
]
NAMES = [f"{question.metric} by {question.by}" for question in QUESTIONS]


def saved_queries() -> list[str]:
    manifest = json.loads((ROOT / "target" / "semantic_manifest.json").read_text())
    return [query["name"] for query in manifest["saved_queries"]]


@dataclass(frozen=True, slots=True)
class Answered:
    """What MetricFlow answered to each question, and what the command wrote."""

    site: Site
    answers: Mapping[str, list[dict[str, Any]]]
    written: Path


@pytest.fixture(scope="module")
def answered(
    sample: SampleRun, sites: Sites, tmp_path_factory: pytest.TempPathFactory
) -> Answered:
    """Ask about the sample, in which something has moved and somebody disagrees."""
    site = sites.copy(sample.site)
    site.execute(
        """
        update marts.fct_deadlines
        set
            extension_count = (ascii(substr(md5(deadline_key), 1, 1)) % 2),
            has_conflict = ascii(substr(md5(deadline_key), 2, 1)) % 2 = 0
        """
    )
    site.execute(
        """
        insert into marts.fct_deadline_changes
            (change_key, source_key, series_key, kind, change_type, days_moved, seen_at)
        select
            md5(deadline_key), source_key, series_key, kind,
            case when is_known then 'extended' else 'rezoned' end,
            ascii(md5(deadline_key)), first_seen_at
        from (
            select *, ascii(substr(md5(deadline_key), 3, 1)) % 4 > 0 as is_known
            from marts.fct_deadlines
        ) as deadlines
        """
    )
    questions: dict[str, Any] = {
        name: {"metric_names": [question.metric], "group_by_names": [question.by]}
        for name, question in zip(NAMES, QUESTIONS, strict=True)
    }
    for name in SAVED:
        questions[name] = {"saved_query_name": name}
    file = tmp_path_factory.mktemp("metrics") / "due.csv"
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(file)],
        cwd=ROOT,
        env=site.environment(),
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return Answered(site, json.loads(done.stdout.splitlines()[0]), file)


SAVED = [
    "due_by_month",
    "due_by_area",
    "extensions_by_area",
    "moves_by_month",
    "notice_by_rank",
    "conflicts_by_kind",
    "agreement_by_source",
]


def comparable(group: object, value: object) -> tuple[str, float | None]:
    number = None if value is None else round(float(str(value)), 6)
    return str(group).removesuffix(" 00:00:00"), number


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_a_metric_is_what_plain_sql_says(
    answered: Answered, question: Question
) -> None:
    asked = answered.answers[f"{question.metric} by {question.by}"]
    told = {comparable(row[question.by], row[question.metric]) for row in asked}

    plain = answered.site.rows(f"{question.query} group by 1")

    assert len(told) > 1
    assert len({number for _, number in told}) > 1 or question.metric == "deadlines"
    assert told == {comparable(group, value) for group, value in plain}


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_query_has_an_answer(answered: Answered, name: str) -> None:
    assert len(answered.answers[name]) > 0


def test_saved_queries_are_those_that_are_tested(answered: Answered) -> None:
    assert answered.answers
    assert saved_queries() == SAVED


def test_agreement_is_that_of_the_scorecard(answered: Answered) -> None:
    asked = answered.answers["source_agreement by source"]
    told = {row["source"]: round(float(row["source_agreement"]), 3) for row in asked}

    scorecard = answered.site.rows(
        """
        select source_key, agreement_share::float from marts.rpt_source_scorecard
        where agreement_share is not null
        """
    )

    assert told == dict(scorecard)


def test_the_command_writes_a_saved_query_as_csv(answered: Answered) -> None:
    with answered.written.open(newline="") as opened:
        rows = list(csv.DictReader(opened))

    told = {(row["series__primary_area"], row["upcoming_deadlines"]) for row in rows}
    assert told == {
        (row["series__primary_area"] or "", str(row["upcoming_deadlines"]))
        for row in answered.answers["due_by_area"]
    }
