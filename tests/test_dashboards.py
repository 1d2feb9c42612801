"""The dashboards: their files beside the marts, and in a Superset of the test's own.

The second part takes minutes and Superset: ``make test-dashboards`` runs it.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row

from confradar.dashboards import USER, prepare, serve
from confradar.errors import CalledWronglyError
from confradar.roles import Role
from confradar.settings import load_settings
from tests.browsers import CHROMIUM, chromium
from tests.conftest import ROOT, VARIABLES, SampleRun

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

ASSETS = ROOT / "dashboards" / "assets"
SUPERSET = ROOT / "dashboards" / ".venv"
SHOTS = ROOT / "target" / "dashboards"
DASHBOARDS = ("what-is-due", "what-moved", "who-disagrees", "how-sources-do")
UP_IN_SECONDS = 600

# What each chart has to show, in words of its own; tables are looked at as a whole.
EXPECTED = {
    "Deadlines ahead": """
        select count(*) as deadline_count from marts.fct_deadlines
        where status = 'announced' and due_at >= (%(as_of)s)""",
    "Conferences with one": """
        select count(distinct conference_key) as conference_count
        from marts.fct_deadlines
        where status = 'announced' and due_at >= (%(as_of)s)""",
    "Contested": """
        select count(*) as contested_count from marts.fct_deadlines
        where status = 'announced' and due_at >= (%(as_of)s) and has_conflict""",
    "Moved before": """
        select count(*) as extended_count from marts.fct_deadlines
        where status = 'announced' and due_at >= (%(as_of)s) and extension_count > 0""",
    "Papers and abstracts due, week by week": """
        select
            week_starts_on as due_date,
            nullif(count(*) filter (where kind = 'abstract'), 0) as abstract,
            nullif(count(*) filter (where kind = 'submission'), 0) as submission
        from marts.fct_deadlines
        inner join marts.dim_dates on due_date = date_day
        where
            status = 'announced' and due_at >= (%(as_of)s)
            and kind in ('abstract', 'submission')
        group by week_starts_on""",
    "What is due next": """
        select
            due_at, title, fct_deadlines.kind, track, due_local, timezone_text,
            coalesce(place, attendance_mode) as place_or_mode, ranks,
            dim_sources.name as source_name, confidence
        from marts.fct_deadlines
        inner join marts.dim_conferences using (conference_key)
        inner join marts.dim_sources using (source_key)
        left join marts.series_labels
            on dim_conferences.series_key = series_labels.series_key
        where status = 'announced' and due_at >= (%(as_of)s)""",
    "Changes seen": """
        select count(*) as move_count from marts.fct_deadline_changes
        where change_type <> 'announced' and conference_key is not null""",
    "Extensions": """
        select count(*) as extension_count from marts.fct_deadline_changes
        where change_type = 'extended' and conference_key is not null""",
    "Median extension": """
        select percentile_cont(0.5) within group (order by days_moved)
            as median_days_moved
        from marts.fct_deadline_changes
        where change_type = 'extended' and conference_key is not null""",
    "Seen too late": """
        select avg(case when old_due_at < seen_at then 1.0 else 0 end) as late_share
        from marts.fct_deadline_changes
        where change_type = 'extended' and conference_key is not null""",
    "Changes by the month in which they were seen": """
        select
            month_starts_on as seen_at,
            nullif(count(*) filter (where change_type = 'advanced'), 0) as advanced,
            nullif(count(*) filter (where change_type = 'extended'), 0) as extended,
            nullif(count(*) filter (where change_type = 'withdrawn'), 0) as withdrawn
        from marts.fct_deadline_changes
        inner join marts.dim_dates on seen_date = date_day
        where change_type <> 'announced' and conference_key is not null
        group by month_starts_on""",
    "How far extensions go": """
        select '3. 7 to 13 days' as size_of_extension, count(*) as move_count
        from marts.fct_deadline_changes
        where change_type = 'extended' and days_moved between 7 and 13""",
    "Series that extend most": """
        select acronym, count(*) as extension_count
        from marts.fct_deadline_changes
        inner join marts.dim_series using (series_key)
        where change_type = 'extended'
        group by acronym""",
    "What moved last": """
        select
            seen_at, title, fct_deadline_changes.kind, track, change_type,
            old_due_local, new_due_local, days_moved, was_already_past,
            dim_sources.name as source_name
        from marts.fct_deadline_changes
        inner join marts.dim_conferences using (conference_key)
        inner join marts.dim_sources using (source_key)
        where change_type <> 'announced'""",
    "Contested deadlines": """
        select count(distinct deadline_key) as deadline_count
        from marts.fct_deadline_claims where not agrees_with_winner
        and claim_rank is not null and due_at is not null""",
    "A day or more apart": """
        select count(*) as conflict_count from marts.fct_deadlines
        where has_conflict""",
    "Median distance": """
        select percentile_cont(0.5) within group (order by days_apart)
            as median_days_apart
        from marts.rpt_deadline_conflicts where has_conflict""",
    "Widest conflicts": """
        select
            days_apart, dim_conferences.title, fct_deadlines.kind,
            fct_deadlines.track, dim_sources.name as winning_source_name,
            due_local as winning_due_local, evidence as winning_claim,
            dissenting_claims, reason
        from marts.fct_deadlines
        inner join marts.rpt_deadline_conflicts using (deadline_key)
        inner join marts.dim_conferences
            on fct_deadlines.conference_key = dim_conferences.conference_key
        inner join marts.dim_sources using (source_key)
        where fct_deadlines.has_conflict""",
    "Sources": "select count(*) as source_count from marts.dim_sources",
    "Claims made now": """
        select count(*) as claim_total from marts.fct_deadline_claims
        where is_current""",
    "Stale editions": """
        select sum(stale_edition_count) as stale_total
        from marts.rpt_source_scorecard""",
    "Failing pages": """
        select sum(failing_page_count) as failing_total from marts.dim_sources""",
    "Claims by source": """
        select name, count(claim_key) as claim_total
        from marts.dim_sources
        left join marts.fct_deadline_claims
            on dim_sources.source_key = fct_deadline_claims.source_key and is_current
        group by name""",
    "How often each source is right": """
        select name, agreement_share as agreement,
            official_agreement_share as official_agreement
        from marts.rpt_source_scorecard where agreement_share is not null""",
    "How the latest visits ended": """
        select outcome, sum(page_count) as page_total
        from marts.rpt_source_health group by outcome""",
    "Scorecard": """
        select
            name, dim_sources.kind, dim_sources.authority, dim_sources.claim_count,
            deadline_count, agreement_share, official_agreement_share, move_count,
            median_days_behind, stale_edition_count, dim_sources.page_count,
            dim_sources.failing_page_count, dim_sources.reject_count,
            dim_sources.last_succeeded_at, dim_sources.last_changed_at
        from marts.dim_sources
        inner join (
            select
                source_key, deadline_count, agreement_share, official_agreement_share,
                move_count, median_days_behind, stale_edition_count
            from marts.rpt_source_scorecard
        ) as scores using (source_key)""",
    "Deadlines ahead by area": """
        select coalesce(primary_area, 'not stated') as area, count(*) as deadline_count
        from marts.fct_deadlines
        inner join marts.dim_series using (series_key)
        where status = 'announced' and due_at >= (%(as_of)s)
        group by 1""",
    "Who contradicts whom": """
        select
            fct_deadlines.source_key as winning_source_key, claims.source_key,
            count(distinct deadline_key) as conflict_count
        from marts.fct_deadlines
        inner join marts.fct_deadline_claims as claims using (deadline_key)
        where
            claim_rank is not null
            and abs(extract(epoch from claims.due_at - fct_deadlines.due_at)) >= 86400
        group by 1, 2""",
    "Does the dissenting source err on the safe side?": """
        select
            source_name,
            nullif(count(*) filter (where days_later < 0), 0)
                as "names an earlier date",
            nullif(count(*) filter (where days_later > 0), 0) as "names a later date"
        from marts.rpt_source_disagreements
        where is_conflict
        group by source_name""",
}
# Of these a chart shows the first few: what it shows has to be among the expected.
CUT_OFF = {"Deadlines ahead by area", "Series that extend most"}


def assets(folder: str) -> dict[str, dict[str, Any]]:
    return {
        file.stem: yaml.safe_load(file.read_text("utf-8"))
        for file in sorted((ASSETS / folder).rglob("*.yaml"))
    }


def test_each_chart_is_on_one_dashboard_and_reads_a_dataset() -> None:
    charts = {chart["uuid"]: chart for chart in assets("charts").values()}
    datasets = {dataset["uuid"] for dataset in assets("datasets").values()}
    shown = [
        (cell["meta"]["uuid"], cell["meta"]["sliceName"])
        for dashboard in assets("dashboards").values()
        for cell in dashboard["position"].values()
        if isinstance(cell, dict) and cell["type"] == "CHART"
    ]

    assert sorted(shown) == sorted(
        (key, chart["slice_name"]) for key, chart in charts.items()
    )
    assert {chart["dataset_uuid"] for chart in charts.values()} == datasets
    assert {chart["slice_name"] for chart in charts.values()} == set(EXPECTED)
    assert all(chart["description"] for chart in charts.values())


def test_the_database_is_named_without_a_place_or_a_password() -> None:
    (database,) = assets("databases").values()

    assert database["sqlalchemy_uri"] == (
        f"postgresql://{Role.READER}@confradar.invalid/confradar"
    )
    for right in ("allow_ctas", "allow_cvas", "allow_dml"):
        assert database[right] is False


def test_superset_is_resolved_as_of_the_same_day() -> None:
    days = {
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["tool"]["uv"][
            "exclude-newer"
        ]
        for folder in (".", "dashboards")
    }

    assert len(days) == 1


@pytest.mark.postgres
def test_each_dataset_has_the_columns_of_its_mart(sample: SampleRun) -> None:
    columns = sample.site.rows(
        """
        select relname, attname, upper(format_type(atttypid, null))
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            relnamespace = 'marts'::regnamespace and relkind = 'r'
            and attnum > 0 and not attisdropped
        order by relname, attnum
        """
    )

    for name, dataset in assets("datasets").items():
        found = [column[1:] for column in columns if column[0] == name]
        told = [
            (column["column_name"], column["type"])
            for column in dataset["columns"]
            if "expression" not in column
        ]
        assert told == found, name


@pytest.mark.postgres
def test_who_has_no_password_of_the_reader_is_told_what_to_set(
    sample: SampleRun, tmp_path: Path
) -> None:
    settings = load_settings(
        {"CONFRADAR_HOME": str(tmp_path), "DATABASE_URL": sample.site.url}, ROOT
    )

    with pytest.raises(CalledWronglyError, match="has no password here") as caught:
        prepare(settings)

    assert "CONFRADAR_READER_PASSWORD" in caught.value.hint
    assert not (tmp_path / "superset" / "place.json").exists()


@pytest.mark.postgres
def test_what_superset_is_told_its_owner_alone_may_read_and_stays(
    sample: SampleRun, tmp_path: Path
) -> None:
    word = "a word of the reader's"
    settings = load_settings(
        {
            "CONFRADAR_HOME": str(tmp_path),
            "CONFRADAR_READER_PASSWORD": word,
            "DATABASE_URL": sample.site.url,
        },
        ROOT,
    )

    file = prepare(settings) / "place.json"
    first = json.loads(file.read_text())
    again = json.loads((prepare(settings) / "place.json").read_text())

    assert first == again
    assert first["database_url"].startswith(f"postgresql://{Role.READER}:a%20word")
    assert len(first["secret_key"]) > 40
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert oct(file.parent.stat().st_mode)[-3:] == "700"


def test_without_superset_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    settings = load_settings({"CONFRADAR_HOME": str(tmp_path)}, tmp_path)

    with pytest.raises(CalledWronglyError, match="Superset is not installed") as caught:
        serve(settings, tmp_path, 1)

    assert "make dashboards" in caught.value.hint


@dataclass(frozen=True, slots=True)
class Superset:
    """A Superset on the sample, of which a second look saw dates move."""

    url: str
    password: str
    database_url: str


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    if not (SUPERSET / "bin" / "python").exists():
        pytest.skip("Superset is not installed: make test-dashboards does that")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    home = tmp_path_factory.mktemp("superset")
    own = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    environment = {
        **own,
        "CONFRADAR_HOME": str(home / "home"),
        "DBT_LOG_PATH": str(home / "logs"),
        "DBT_TARGET_PATH": str(home / "target"),
    }

    def confradar(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "confradar", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    confradar("run", "--sample")
    confradar("run", "--from", str(moved_sample(home)), "--as-of", "2026-11-27")
    try:
        with running(environment, home / "log.txt") as url:
            place = json.loads((home / "home/superset/place.json").read_text())
            yield Superset(url, place["admin_password"], place["database_url"])
    finally:
        confradar("db", "stop")


def moved_sample(home: Path) -> Path:
    """Copy the list of CCFDDL, a week later, with each date in 2027 a week later."""
    folder = home / "moved"
    shutil.copytree(ROOT / "ingestion" / "sample" / "ccfddl", folder / "ccfddl")
    for file in folder.rglob("*.yml"):
        file.write_text(
            re.sub(
                r"(deadline: '?2027-\d\d-)([01]\d)",
                lambda found: f"{found[1]}{int(found[2]) + 7:02}",
                file.read_text(),
            )
        )
    return folder


@contextmanager
def running(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Serve the dashboards on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "confradar", "dashboards", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        for _ in range(UP_IN_SECONDS):
            assert server.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 2)
        server.wait(60)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser saw of the dashboards."""

    rows: dict[str, list[dict[str, Any]]]
    hosts: dict[str, set[str]]
    shots: list[Path]


@pytest.fixture(scope="module")
def visit(superset: Superset) -> Visit:
    """Open each dashboard, take what its charts asked for, and a picture."""
    answers: list[tuple[int, dict[str, Any]]] = []
    hosts: dict[str, set[str]] = {}
    shots = []
    SHOTS.mkdir(parents=True, exist_ok=True)

    def hear(response: "Response") -> None:
        if "/api/v1/chart/data" in response.url:
            asked = json.loads(response.request.post_data or "{}")
            chart = asked.get("form_data", {}).get("slice_id")
            if chart:  # the values of a filter are asked for without
                answers.append((chart, response.json()))

    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 2000})
        page.on("response", hear)
        page.on(
            "requestfinished",
            lambda request: hosts.setdefault("reached", set()).add(request.url),
        )
        page.on(
            "requestfailed",
            lambda request: hosts.setdefault(str(request.failure), set()).add(
                request.url
            ),
        )
        page.goto(f"{superset.url}/login/", wait_until="networkidle", timeout=120_000)
        page.fill("#username", USER)
        page.fill("#password", superset.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url, timeout=120_000)
        page.wait_for_load_state("networkidle", timeout=120_000)
        for slug in DASHBOARDS:
            page.goto(f"{superset.url}/superset/dashboard/{slug}/?standalone=1")
            shots.append(picture(page, slug))
        names = {
            number: page.request.get(f"{superset.url}/api/v1/chart/{number}").json()[
                "result"
            ]["slice_name"]
            for number, _ in answers
        }
    rows = {}
    for number, answer in answers:
        assert "result" in answer, (names[number], answer)
        rows[names[number]] = answer["result"][0]["data"]
    return Visit(rows, hosts, shots)


def picture(page: "Page", slug: str) -> Path:
    """Wait until every chart is drawn, and take a picture of all of them."""
    cells = page.locator(".dashboard-component-chart-holder")
    cells.first.wait_for(timeout=120_000)
    for _ in range(240):
        page.wait_for_timeout(500)
        text = page.locator("body").inner_text()
        if not page.locator(".loading").count() and "Waiting on" not in text:
            break
    page.wait_for_timeout(2_000)  # bars grow
    boxes = [box for cell in cells.all() if (box := cell.bounding_box())]
    height = max(box["y"] + box["height"] for box in boxes) + 10
    file = SHOTS / f"{slug}.png"
    page.screenshot(
        path=file, clip={"x": 0, "y": 0, "width": 1500, "height": min(height, 2000)}
    )
    return file


def plain(value: Any) -> Any:  # noqa: ANN401 - of a row of whatever query
    """Return a value as Superset sends it, without what only its type tells."""
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return round(zoned.timestamp() * 1000.0, 0)
    if isinstance(value, date):
        return plain(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        return round(float(value), 6)
    return str(value)


def comparable(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(
        json.dumps(
            {
                name: plain(value)
                for name, value in row.items()
                if plain(value) is not None and name != "rank"
            },
            sort_keys=True,
        )
        for row in rows
    )


@pytest.mark.dashboards
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_chart_shows_what_sql_gives(
    visit: Visit, superset: Superset, name: str
) -> None:
    with psycopg.connect(superset.database_url, row_factory=dict_row) as connection:
        expected = connection.execute(
            EXPECTED[name].encode(), {"as_of": datetime(2026, 11, 27, tzinfo=UTC)}
        ).fetchall()

    shown, wanted = comparable(visit.rows[name]), comparable(expected)

    assert shown
    if name in CUT_OFF:
        assert set(shown) <= set(wanted)
        assert len(shown) == min(15, len(wanted))
    else:
        assert shown == wanted


@pytest.mark.dashboards
def test_no_request_leaves_the_machine(visit: Visit, superset: Superset) -> None:
    def is_here(url: str) -> bool:
        return url.startswith((superset.url, "data:", "blob:"))

    reached = {url for url in visit.hosts["reached"] if not is_here(url)}
    failed = {
        failure
        for failure, urls in visit.hosts.items()
        if failure != "reached" and not all(map(is_here, urls))
    }

    assert reached == set()
    assert failed <= {"csp"}


@pytest.mark.dashboards
def test_each_dashboard_has_its_picture(visit: Visit) -> None:
    sizes = {shot.stem: shot.stat().st_size for shot in visit.shots}

    assert set(sizes) == set(DASHBOARDS)
    assert all(40_000 < size < 300_000 for size in sizes.values()), sizes


@pytest.mark.dashboards
def test_superset_reads_the_marts_and_nothing_else(superset: Superset) -> None:
    with psycopg.connect(superset.database_url, autocommit=True) as connection:
        row = connection.execute("select current_user").fetchone()
        assert row == (Role.READER,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from raw_ccfddl.documents")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("delete from marts.dim_sources")
