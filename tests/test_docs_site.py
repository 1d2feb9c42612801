"""The site of docs: what it is made of, and how a browser and a person meet it."""

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from confradar.building import CheckResult, CheckStatus
from confradar.checks import last_checked_at, note_checks, stored_checks
from confradar.database.logins import url_of
from confradar.docsite.checks import Check, CheckGroup, groups_of_checks
from confradar.docsite.dbt_page import describe_raw_columns
from confradar.docsite.diagram import Table, diagram, tables_of
from confradar.docsite.markdown import read_text
from confradar.docsite.pages import Site, page_of
from confradar.errors import ConfRadarError
from confradar.landing import last_judged_at
from confradar.roles import Role
from confradar.sessions import session
from tests.browsers import Watched, watched_tab
from tests.conftest import ROOT, SampleRun, Sites
from tests.conftest import Site as Warehouse

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# --- pages ---------------------------------------------------------------------------


def test_a_page_may_run_what_is_written_in_it_and_nothing_else() -> None:
    page = page_of("a.html", "<head></head><script>run()</script>")

    policy = dict(part.split(" ", 1) for part in page.policy.split("; "))
    # From: printf 'run()' | openssl dgst -sha256 -binary | base64
    assert (
        policy["script-src"] == "'sha256-AvyuiL0SD1mVY3NNxR+V2uo+lhk6RMFrytWmRt6CrJQ='"
    )
    assert policy["default-src"] == "'none'"
    assert "connect-src" not in policy  # so that the default holds
    assert b'http-equiv="Content-Security-Policy"' in page.html


def test_a_site_is_written_as_files_and_written_over(tmp_path: Path) -> None:
    for text in ("old", "new"):
        site = Site(
            {"a.html": page_of("a.html", f"<head></head>{text}")}, is_built=True
        )
        site.write(tmp_path / "docs")

    (file,) = (tmp_path / "docs").iterdir()
    assert file.name == "a.html"
    assert file.read_text().endswith("new")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("a file")
    site = Site({"a.html": page_of("a.html", "<head></head>")}, is_built=True)

    with pytest.raises(ConfRadarError, match=f"cannot be written to {tmp_path}/docs"):
        site.write(tmp_path / "docs")


def test_text_shows_what_it_needs_and_links_only_within_the_site(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.svg").write_text("<svg/>")
    (tmp_path / "a.md").write_text(
        "# How it is\n\n![picture](a.svg) [b](b.md#x) [out](../c.py)"
        " [web](https://example.org) <script>no</script>\n\n"
        "| n |\n|--:|\n| 1 |\n"
    )

    text = read_text(tmp_path / "a.md", {(tmp_path / "b.md").resolve(): "b.html"})

    drawn = base64.b64encode(b"<svg/>").decode()
    assert text.title == "How it is"
    assert f'src="data:image/svg+xml;base64,{drawn}"' in text.html
    assert '<a href="b.html#x">b</a> <a>out</a>' in text.html
    assert '<a href="https://example.org">web</a>' in text.html
    assert '<h1 id="how-it-is">' in text.html
    assert "<script>" not in text.html
    assert 'class="right"' in text.html
    assert "style=" not in text.html


def test_raw_columns_are_described_by_table_then_by_name() -> None:
    def block(name: str) -> dict[str, dict[str, str]]:
        return {f"doc.confradar.{name}": {"block_contents": f"{name}\n"}}

    manifest: dict[str, Any] = {
        "docs": block("raw_visits__path") | block("raw__path") | block("url"),
        "sources": {
            "a.visits": {"name": "visits", "columns": {"url": {"description": "own"}}},
            "a.rejects": {"name": "rejects", "columns": {}},
        },
    }
    columns: dict[str, dict[str, str]] = {"path": {}, "url": {}}
    tables = {"a.visits": {"columns": columns}, "a.rejects": {"columns": columns}}

    describe_raw_columns(manifest, {"sources": tables})

    described = {
        key: {name: column["description"] for name, column in source["columns"].items()}
        for key, source in manifest["sources"].items()
    }
    assert described == {
        "a.visits": {"path": "raw_visits__path", "url": "own"},
        "a.rejects": {"path": "raw__path", "url": "url"},
    }


def test_a_table_is_drawn_behind_those_it_refers_to() -> None:
    parent = Table("dim_a", "a_key", ())
    child = Table("fct_b", "b_key", (("a_key", "dim_a"),))

    drawn = diagram([child, parent])

    places = dict(re.findall(r'<text x="(\d+)" y="\d+" font[^>]*>(\w+)<', drawn))
    assert {name: int(x) for x, name in places.items()}["dim_a"] < {
        name: int(x) for x, name in places.items()
    }["fct_b"]
    assert 'id="fct_b.a_key"' in drawn


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def check(claim: str, status: CheckStatus) -> Check:
    return Check(claim, "dim_things", status, "", NOON)


def test_what_failed_is_shown_before_what_warned() -> None:
    group = CheckGroup(
        "Tests",
        "Why",
        [
            check("a", CheckStatus.PASSED),
            check("b", CheckStatus.WARNED),
            check("c", CheckStatus.FAILED),
        ],
    )

    assert [one.claim for one in group.troubles] == ["c", "b"]
    assert group.verdict is CheckStatus.FAILED
    assert group.summary == "1 passed, 1 warned, 1 failed"


@pytest.mark.postgres
def test_a_result_stands_until_its_test_runs_again(sites: Sites) -> None:
    warehouse = sites.make()
    later = NOON + timedelta(days=1)
    first = [
        CheckResult("test.p.a", "test", CheckStatus.FAILED, 2, "Got 2 results"),
        CheckResult("unit_test.p.b", "unit test", CheckStatus.PASSED),
    ]
    again = [CheckResult("test.p.a", "test", CheckStatus.PASSED, 0)]

    with psycopg.connect(warehouse.url) as connection:
        note_checks(connection, first, NOON)
        note_checks(connection, again, later)
        stored = stored_checks(connection)
        last = last_checked_at(connection)

    assert [(one.key, one.status, one.message, one.checked_at) for one in stored] == [
        ("test.p.a", CheckStatus.PASSED, None, later),
        ("unit_test.p.b", CheckStatus.PASSED, None, NOON),
    ]
    assert last == later


def test_what_the_landing_door_found_is_among_the_checks(sites: Sites) -> None:
    site = sites.make()
    site.execute(
        """
        with runs as (
            insert into confradar.runs (run_id, command, started_at)
            values (gen_random_uuid(), 'run', now()) returning run_id
        )
        insert into confradar.landing_checks
        select run_id, 'ccfddl', 'reject_share', false, 0.6, 0.5, now(), 'x', now()
        from runs
        """
    )
    with session(site.url) as connection:
        groups = groups_of_checks(connection, {"nodes": {}, "unit_tests": {}})
        assert last_judged_at(connection) is not None
    (trouble,) = groups[-1].troubles
    assert trouble.subject == "ccfddl"
    assert trouble.detail.startswith("60% of its entries cannot be used")


def test_a_table_that_refers_to_itself_is_drawn() -> None:
    series = Table("dim_series", "series_key", (("parent_series_key", "dim_series"),))

    assert 'id="dim_series.parent_series_key"' in diagram([series])


# --- serving -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Served:
    """The site of the built sample, served as a person would, and written to files."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    artifacts: Path


@pytest.fixture(scope="module")
def served(
    sample: SampleRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Serve with the login of the reader alone, who may see the marts and little else.

    The role gets a password on the server of these tests: it has none by itself.
    """
    sample.site.execute("alter role confradar_reader login password 'word'")
    reader = Warehouse(sample.site.home, url_of(sample.site.url, Role.READER, "word"))
    folder = tmp_path_factory.mktemp("docs")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "confradar", "docs", "--serve"),
            *("--port", "0", "--to", str(folder)),
        ],
        cwd=ROOT,
        env=reader.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"docs at (http://127\.0\.0\.1:\d+/) until Ctrl-C\n", line)
    assert found, line + process.communicate()[1]
    yield Served(found[1], process, folder, sample.site.home / "docs")
    process.kill()
    process.communicate()


@pytest.fixture
def watched(browser: "Browser") -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    with watched_tab(context) as found:
        yield found


@pytest.mark.postgres
def test_overview_mart_and_lineage_are_shown_and_ask_nobody(
    served: Served, watched: Watched
) -> None:
    tab = watched.tab
    page = f"{served.url}tables.html"

    tab.goto(f"{page}#!/overview")
    tab.get_by_role("heading", name="How to ask").wait_for()
    drawing = tab.get_by_alt_text("Tables and the keys between them")
    assert drawing.evaluate("picture => picture.naturalWidth") > 500

    tab.get_by_text("fct_deadlines", exact=True).first.wait_for(state="attached")
    tab.goto(f"{page}#!/model/model.confradar.fct_deadlines")
    tab.get_by_role("heading", name="fct_deadlines").wait_for()
    row = tab.locator("tr", has_text="original_due_at").first
    assert "timestamp with time zone" in row.inner_text()
    assert "The first instant" in row.inner_text()

    tab.goto(
        f"{page}#!/model/model.confradar.fct_deadlines?g_v=1&g_i=1%2Bfct_deadlines"
    )
    tab.reload()
    tab.wait_for_function(_GRAPH_IS_DRAWN)

    assert set(watched.asked) == {page}
    assert watched.complaints == []


# Some point of the canvas has the colour of the marts' nodes.
_GRAPH_IS_DRAWN = """() => [...document.querySelectorAll('canvas')].some(canvas => {
    const shown = canvas.getContext('2d');
    if (!canvas.width || !shown) return false;
    const { data } = shown.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4)
        if (data[i] === 47 && data[i + 1] === 125 && data[i + 2] === 91) return true;
    return false;
})"""


@pytest.mark.postgres
def test_the_other_pages_lead_to_each_other_and_ask_nobody(
    served: Served, watched: Watched
) -> None:
    tab = watched.tab
    tab.goto(served.url)
    places = [str(link.get_attribute("href")) for link in tab.get_by_role("link").all()]
    for place in sorted({place.partition("#")[0] for place in places}):
        answer = tab.goto(served.url + place)
        assert answer is not None
        assert answer.status == 200, place

    tab.goto(f"{served.url}accuracy.html")
    assert tab.get_by_role("heading", level=1).inner_text() == (
        "How well dates are read out of pages"
    )
    assert all(url.startswith(served.url) for url in watched.asked)
    assert watched.complaints == []


@pytest.mark.postgres
def test_the_files_are_shown_without_a_server(served: Served, watched: Watched) -> None:
    page = f"file://{served.folder}/tables.html"

    watched.tab.goto(f"{page}#!/model/model.confradar.dim_series")
    watched.tab.get_by_role("heading", name="dim_series").wait_for()

    assert set(watched.asked) == {page}
    assert watched.complaints == []


@pytest.mark.postgres
def test_the_policy_is_sent_and_no_file_but_the_pages(served: Served) -> None:
    headers = httpx.get(served.url).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers
    for path in (
        "nothing.html",
        "../.env",
        "%2e%2e/README.md",
        "/etc/passwd",
        ".git/config",
    ):
        assert httpx.get(served.url + path).status_code == 404, path


@pytest.mark.postgres
def test_the_page_names_no_tracker_and_no_path_of_the_machine(served: Served) -> None:
    page = (served.folder / "tables.html").read_text()

    for words in ("cloudfront", "sinter-collect", "fuzzed.getdbt", str(ROOT)):
        assert words not in page


@pytest.mark.postgres
def test_every_table_and_column_is_described(served: Served) -> None:
    manifest = json.loads((served.artifacts / "manifest.json").read_text())
    catalog = json.loads((served.artifacts / "catalog.json").read_text())
    describe_raw_columns(manifest, catalog)
    known = {**manifest["nodes"], **manifest["sources"]}
    tables = {**catalog["nodes"], **catalog["sources"]}

    silent = [key for key in tables if not known[key]["description"]]
    silent += [
        f"{key}.{column}"
        for key, table in tables.items()
        for column in table["columns"]
        if not known[key]["columns"].get(column, {}).get("description")
    ]

    schemas = {table["metadata"]["schema"] for table in tables.values()}
    built = {"vocabulary", "staging", "intermediate", "marts"}
    assert schemas >= {*built, "raw_ccfddl", "review"}
    assert silent == []


@pytest.mark.postgres
def test_every_mart_has_a_reader_and_every_reader_is_told_of(served: Served) -> None:
    manifest = json.loads((served.artifacts / "manifest.json").read_text())
    told = {
        kind: {
            node.rpartition(".")[2]
            for exposure in manifest["exposures"].values()
            if exposure["type"] == kind
            for node in exposure["depends_on"]["nodes"]
        }
        for kind in ("application", "analysis", "dashboard")
    }
    marts = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    code = "".join(file.read_text() for file in (ROOT / "confradar").rglob("*.py"))
    read_by_commands = set(re.findall(r"\bmarts\.(\w+)", code)) & marts

    assert marts - set().union(*told.values()) == set()
    assert read_by_commands - told["application"] == set()


@pytest.mark.postgres
def test_questions_of_the_overview_are_answered(
    served: Served, sample: SampleRun
) -> None:
    manifest = json.loads((served.artifacts / "manifest.json").read_text())
    overview = manifest["docs"]["doc.confradar.__overview__"]["block_contents"]
    queries = [
        query
        for block in re.findall(r"```sql\n(.*?)```", overview, re.DOTALL)
        for query in block.split(";")
        if query.strip()
    ]

    assert len(queries) >= 7
    for query in queries:
        sample.site.rows(query)


@pytest.mark.postgres
def test_results_of_the_build_are_on_the_page_of_checks(
    served: Served, sample: SampleRun
) -> None:
    page = (served.folder / "checks.html").read_text()
    counts = dict(
        sample.site.rows(
            "select status, count(*) from confradar.check_results group by status"
        )
    )

    assert sum(counts.values()) == sample.report["build"]["tests"]
    assert f"{counts['passed']:,} passed" in page
    assert "one belief per conference track kind and round" in page


@pytest.mark.postgres
def test_all_keys_between_tables_are_drawn(served: Served, sample: SampleRun) -> None:
    manifest = json.loads((served.artifacts / "manifest.json").read_text())
    drawn = set(re.findall(r'<path id="(\w+\.\w+)"', diagram(tables_of(manifest))))
    real = {
        f"{table}.{column}"
        for table, column in sample.site.rows(
            """
            select conrelid::regclass::text, attname
            from pg_constraint
            inner join pg_attribute
                on attrelid = conrelid and attnum = any(conkey)
            where contype = 'f' and connamespace = 'marts'::regnamespace
            """
        )
    }

    assert drawn == {
        key.removeprefix("marts.")
        for key in real
        if not key.removeprefix("marts.").startswith("rpt_")
    }


@pytest.mark.postgres
def test_sigterm_ends_it_with_one_line(served: Served) -> None:
    """The last of this module: nothing is served afterwards."""
    served.process.send_signal(signal.SIGTERM)

    _, said = served.process.communicate(timeout=30)

    assert (served.process.returncode, said) == (
        143,
        "stopped: what was done so far is kept\n",
    )


# --- what may be missing -------------------------------------------------------------


@pytest.mark.postgres
def test_a_database_that_is_away_is_one_clear_line(
    sample: SampleRun, tmp_path: Path
) -> None:
    away = Warehouse(tmp_path, "postgresql://u:w@127.0.0.1:9/nothing")

    done = away.confradar("docs", "--to", str(tmp_path / "docs"))

    assert (done.returncode, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: the database does not answer: ")
    assert hint == "hint: confradar doctor says what to do"
    assert not (tmp_path / "docs").exists()
