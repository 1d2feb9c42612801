"""``confradar serve`` on the built sample: what people and programs get."""

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import feedparser
import httpx
import psycopg
import pytest
import schemathesis
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from confradar.database.logins import url_of
from confradar.roles import Role
from tests.conftest import ROOT, SampleRun, Site, Sites

pytestmark = pytest.mark.postgres


@dataclass(frozen=True, slots=True)
class Served:
    """The readers of a built sample, served as the reader."""

    url: str
    site: Site
    process: subprocess.Popen[str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a path; headers are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(self.url + path, headers=named, timeout=30)


@pytest.fixture(scope="module")
def served(sample: SampleRun, sites: Sites) -> Iterator[Served]:
    """Serve with the login of the reader alone, on a copy that tests may change."""
    site = sites.copy(sample.site)
    site.execute("alter role confradar_reader login password 'word'")
    reader = Site(site.home, url_of(site.url, Role.READER, "word"))
    process = subprocess.Popen(
        [sys.executable, "-m", "confradar", "serve", "--port", "0", "--no-docs"],
        cwd=ROOT,
        env=reader.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"(http://127\.0\.0\.1:\d+/) until Ctrl-C\n", line)
    assert found, line + process.communicate()[1]
    yield Served(found[1], site, process)
    process.kill()
    process.communicate()


PATHS = (
    "",
    "index.html?area=security&tz=utc",
    "month/2026-12.html",
    "month/to-be-announced.html",
    "conference/vldb-2027.html",
    "series/vldb.html",
    "sources.html",
    "changes.html",
    "reading.html",
    "subscribe.html",
    "healthz",
    "calendar.ics?kind=submission&alarm=2d",
    "calendars/all.ics",
    "calendars/area/security.ics",
    "calendars/rank/core-a-star.ics",
    "calendars/series/vldb.ics",
    "changes.atom",
    "changes/security.atom",
    "api/v1/deadlines",
    "api/v1/deadlines.json",
    "api/v1/deadlines?as_of=2026-11-20&area=security&tz=Europe/Vienna",
    "api/v1/conferences/vldb-2027",
    "api/v1/conferences/vldb-2027.json",
    "api/v1/history",
    "api/v1/history?after=2020-01-01",
    "api/v1/series",
    "api/v1/sources",
    "api/v1/schemas/deadlines.schema.json",
    "files/deadlines.csv",
    "files/claims.parquet",
    "files/datapackage.json",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_reader_answers_twice_with_the_same(served: Served, path: str) -> None:
    first = served.get(path)

    assert first.status_code == 200, first.text
    assert first.content
    if path == "healthz":
        return
    again = served.get(path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert "set-cookie" not in first.headers


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "conference/nothing-2027.html",
        "conference/../../etc/passwd",
        "series/nothing.html",
        "month/2026-13.html",
        "month/9999-01.html",
        "calendars/area/nothing.ics",
        "changes/nothing.atom",
        "api/v1/conferences/nothing",
        "api/v1/schemas/nothing.schema.json",
        "files/..%2f..%2fpyproject.toml",
        "files/nothing.csv",
        "assets/nothing.js",
        "data/deadlines.json",
        "docs/",
    ],
)
def test_what_is_not_there_is_404(served: Served, path: str) -> None:
    assert served.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("?area=secruity", "area: &#x27;secruity&#x27; is not known"),
        ("?tz=Vienna", "tz: no time zone is called"),
        ("api/v1/deadlines?rank=Z", "rank: 'z' is not known"),
        ("api/v1/deadlines?after=soon", "after: 'soon' is no date"),
        ("api/v1/deadlines?after=2020-01-01", "after: what was due before 2026-10-20"),
        ("api/v1/deadlines?page=99", "page: there is no page 99, the last one is"),
        ("api/v1/deadlines?as_of=2026-11-20&changed=1", "changed: is not told"),
        ("api/v1/deadlines?colour=red", "colour: no such parameter; there are"),
        ("api/v1/history?changed=1", "changed: no such parameter"),
        ("calendar.ics?alarm=never", "alarm: a span is a number and a unit"),
        ("changes.atom?kind=paper", "kind: 'paper' is not known"),
        ("month/2026-12.html?a=b", "a: no such parameter"),
    ],
)
def test_what_makes_no_sense_is_422_and_one_line(
    served: Served, path: str, told: str
) -> None:
    answer = served.get(path)

    assert answer.status_code == 422
    assert told in answer.text
    assert answer.text.count("\n") <= 1


def test_pages_of_deadlines_have_each_once(served: Served) -> None:
    first = served.get("api/v1/deadlines").json()
    pages = [
        served.get(f"api/v1/deadlines?page={page}").json()
        for page in range(1, first["page_count"] + 1)
    ]

    keys = [row["deadline_key"] for page in pages for row in page["deadlines"]]
    expected = served.site.rows(
        "select deadline_key from marts.rpt_current_deadlines"
        " where due_at >= '2026-11-20' order by due_at, deadline_key"
    )
    assert keys == [key for (key,) in expected]
    assert first["count"] == len(keys)


def test_instants_are_those_of_the_mart_in_any_zone(served: Served) -> None:
    found = served.get("api/v1/deadlines?tz=America/New_York").json()["deadlines"]
    due = {
        row["deadline_key"]: (row["due_at"], row["due_in_zone"], row["due_local"])
        for row in found
    }

    expected = served.site.rows(
        """
        select
            deadline_key,
            to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            to_char(due_at at time zone 'America/New_York', 'YYYY-MM-DD"T"HH24:MI:SS'),
            to_char(due_local, 'YYYY-MM-DD"T"HH24:MI:SS')
        from marts.rpt_current_deadlines where due_at >= '2026-11-20'
        order by due_at, deadline_key limit 100
        """
    )
    assert {key: (utc, local) for key, (utc, _, local) in due.items()} == {
        key: (utc, local) for key, utc, _, local in expected
    }
    for key, _, in_new_york, _ in expected:
        assert due[key][1].startswith(in_new_york), key
    offsets = {shown[-6:] for _, shown, _ in due.values()}
    assert offsets == {"-05:00", "-04:00"}  # the sample has both sides of a change


def test_the_page_filters_without_scripts(served: Served) -> None:
    whole = served.get("").text
    some = served.get("?area=security&kind=submission").text
    none = served.get("?search=no+such+conference").text

    keys = {
        key
        for (key,) in served.site.rows(
            "select distinct conference_key from marts.rpt_current_deadlines"
            " where due_at >= '2026-11-20' and kind = 'submission'"
            " and 'security' = any(string_to_array(areas, ', '))"
        )
    }
    assert keys
    assert set(re.findall(r"conference/([\w-]+)\.html", some)) == keys
    assert keys < set(re.findall(r"conference/([\w-]+)\.html", whole))
    assert "conference/" not in none


def test_what_is_known_earlier_is_asked_of_the_ledger(served: Served) -> None:
    before = served.get("api/v1/deadlines?as_of=2020-01-01").json()
    then = served.get("api/v1/deadlines?as_of=2026-11-20").json()

    assert before["count"] == 0
    assert then["count"] > 50
    assert then["as_of"] == "2026-11-20T23:59:59.999999Z"


def test_data_is_read_by_other_sites_and_pages_are_not(served: Served) -> None:
    assert served.get("api/v1/deadlines").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in served.get("").headers
    policy = served.get("").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
)
def test_answers_are_what_the_api_says_of_itself(
    served: Served, mode: schemathesis.GenerationMode
) -> None:
    """Whatever its document allows, and what it does not, is asked.

    A name that is well formed may be none that is known: that is refused all the same.
    """
    schema = schemathesis.openapi.from_url(f"{served.url}api/v1/openapi.json")
    asked: Counter[str] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(
            max_examples=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis leaves it open
            asked[case.path] += 1
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        with suppress(
            Unsatisfiable
        ):  # without parameters there is nothing to get wrong
            ask()

    assert asked["/api/v1/deadlines"] >= 25
    assert asked["/calendar.ics"] >= 25


def test_a_reader_of_news_and_a_calendar_program_subscribe(served: Served) -> None:
    url = f"{served.url}changes.atom"
    found = feedparser.parse(url)
    again = feedparser.parse(url, etag=found.etag)
    assert (found.status, bool(found.bozo), again.status) == (200, False, 304)

    text = served.get("calendar.ics?area=security&kind=submission").text
    events = list(vobject.readOne(text).vevent_list)
    (expected,) = served.site.rows(
        "select count(*) from marts.rpt_current_deadlines where due_at is not null"
        " and status <> 'tbd' and kind = 'submission'"
        " and 'security' = any(string_to_array(areas, ', '))"
    )
    assert len(events) == expected[0] > 0


def test_another_build_is_shown_soon(served: Served) -> None:
    path = "api/v1/deadlines?search=vldb"
    old = served.get(path).json()["deadlines"][0]
    with psycopg.connect(served.site.url) as connection:
        connection.execute(
            "update marts.rpt_current_deadlines set label = 'moved here'"
            " where deadline_key = %s",
            [old["deadline_key"]],
        )
        connection.execute(
            "update confradar.build_state set built_at = built_at + interval '1 hour'"
        )

    end = time.monotonic() + 30
    while served.get(path).json()["deadlines"][0]["label"] != "moved here":
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_database_that_goes_away_is_503_until_it_is_back(served: Served) -> None:
    name = served.site.url.rpartition("/")[2]
    admin = served.site.url.rpartition("/")[0] + "/postgres"

    def wait_for(status: int) -> None:
        end = time.monotonic() + 60
        while served.get("healthz").status_code != status:
            assert time.monotonic() < end
            time.sleep(0.2)

    with psycopg.connect(admin, autocommit=True) as session:
        session.execute(f"alter database {name} allow_connections false".encode())
        try:
            wait_for(503)
            for path in ("", "api/v1/deadlines", "calendars/all.ics", "changes.atom"):
                answer = served.get(path)
                assert answer.status_code == 503, path
                assert "the database is away" in answer.text, path
                assert name not in answer.text, path
        finally:
            session.execute(f"alter database {name} allow_connections true".encode())
    wait_for(200)
    assert served.get("").status_code == 200


def test_sigterm_ends_it_as_any_command(served: Served) -> None:
    """The last of this module: nothing is served afterwards."""
    served.process.send_signal(signal.SIGTERM)

    _, said = served.process.communicate(timeout=30)

    assert served.process.returncode == 143
    assert said.splitlines()[-1] == "stopped: what was done so far is kept"
