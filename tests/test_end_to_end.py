"""From files to the answer, on a real server: what a person gets for one command."""

import csv
import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from confradar.building import BuildOutcome, BuildReport, NodeProblem
from confradar.cli import app
from ingestion.registry import load_registry
from tests.conftest import (
    ROOT,
    WITHOUT_TESTS,
    WITHOUT_UNIT_TESTS,
    SampleRun,
    Site,
    Sites,
)

pytestmark = pytest.mark.postgres

Ask = Callable[..., Result]

CHECK = ROOT.parent / "shared" / "check" / "instants.py"


@pytest.fixture
def ask(sample: SampleRun, monkeypatch: pytest.MonkeyPatch, _own_settings: None) -> Ask:
    """Return a way to call commands on the built sample, in this process."""
    monkeypatch.setenv("DATABASE_URL", sample.site.url)
    monkeypatch.setenv("CONFRADAR_HOME", str(sample.site.home))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call


def test_the_sample_reports_every_source_with_its_counts(sample: SampleRun) -> None:
    entries = {entry["key"]: entry for entry in sample.report["sources"]}

    assert set(entries) == {source.key for source in load_registry()}
    for entry in entries.values():
        assert entry["outcome"] == "loaded"
        assert entry["documents"] == entry["new_documents"] > 0
        assert entry["claims"] > 0
        assert isinstance(entry["rejects"], int)
        assert isinstance(entry["message"], str)


def test_the_sample_builds_every_node_without_a_failure(sample: SampleRun) -> None:
    build = sample.report["build"]

    assert build["outcome"] == "built"
    assert build["failures"] == []
    assert build["skipped"] == 0
    assert build["models"] > 0
    assert build["tests"] > 0


def test_the_sample_is_seen_on_the_day_that_it_was_made_for(
    sample: SampleRun,
) -> None:
    assert sample.report["observed_at"] == "2026-11-20T00:00:00Z"
    assert sample.report["as_of"] == "2026-11-20"


def test_json_is_all_that_is_printed_on_stdout(sample: SampleRun) -> None:
    assert sample.first.stdout.startswith("{\n")
    assert sample.first.stdout.endswith("\n}\n")


def test_a_repeat_says_that_nothing_changed_and_changes_no_mart(
    sample: SampleRun,
) -> None:
    before = sample.site.checksums()

    again = sample.site.confradar("run", "--sample")

    assert again.returncode == 0
    assert "Nothing changed: the marts stay as they are." in again.stdout
    assert "Next deadlines, as of 2026-11-20 00:00 UTC" in again.stdout
    assert sample.site.checksums() == before


def test_a_rebuild_from_the_same_rows_changes_no_mart(sample: SampleRun) -> None:
    before = sample.site.checksums()
    sample.site.execute("delete from confradar.build_state")

    again = sample.site.confradar("run", "--sample", "--json", extra=WITHOUT_TESTS)

    assert json.loads(again.stdout)["build"]["outcome"] == "built"
    assert len(before) >= 9
    assert sample.site.checksums() == before


def test_a_build_that_failed_names_the_node_and_is_tried_again(
    ask: Ask, sample: SampleRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = NodeProblem("test", "assert_x", "fail", "Got 3 results", "x.sql")
    failed = BuildReport(BuildOutcome.FAILED, models=1, skipped=2, failures=(problem,))
    monkeypatch.setattr("confradar.build_state.is_built", lambda *_, **__: False)
    monkeypatch.setattr("confradar.running.build_marts", lambda *_, **__: failed)
    state = "select relations, built_at, as_of, code from confradar.build_state"
    before = sample.site.rows(state)
    sample.site.execute("create table confradar.kept as table confradar.build_state")

    result = ask("run", "--sample")
    doctor = ask("doctor", "--json")
    unfinished = sample.site.rows(state)
    sample.site.execute(
        "truncate confradar.build_state;"
        " insert into confradar.build_state table confradar.kept;"
        " drop table confradar.kept"
    )

    assert result.exit_code == 1
    assert "The build failed: 1 node failed, 2 others skipped." in result.stdout
    assert "fail: test assert_x (x.sql): Got 3 results" in result.stdout
    assert "Next deadlines" not in result.stdout
    # It is the earlier build that readers see, and that none may follow any more.
    assert unfinished == [("", *before[0][1:])]
    told = {c["name"]: c["detail"] for c in json.loads(doctor.stdout)["checks"]}
    assert told["marts"].endswith("; no build since then succeeded")


def test_the_table_fits_eighty_columns_and_keeps_what_matters(ask: Ask) -> None:
    result = ask("deadlines", "--limit", "100")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Next deadlines, as of 2026-11-20 00:00 UTC"
    assert max(map(len, lines)) <= 80
    heads = lines[1].split()
    assert heads == ["due", "zone", "left", "conference", "deadline"]
    assert "AoE" in result.stdout
    assert "…" not in result.stdout


def test_deadlines_are_those_to_come_and_in_order(ask: Ask) -> None:
    document = json.loads(ask("deadlines", "--format", "json").stdout)

    due = [row["due_at"] for row in document["deadlines"]]
    assert document["as_of"] == "2026-11-20T00:00:00Z"
    assert due == sorted(due)
    assert due[0] > "2026-11-20T00:00:00Z"


def test_filters_leave_only_what_was_asked_for(ask: Ask) -> None:
    def rows(*arguments: str) -> list[dict[str, Any]]:
        found = json.loads(ask("deadlines", "--format", "json", *arguments).stdout)
        deadlines: list[dict[str, Any]] = found["deadlines"]
        return deadlines

    everything = rows()
    abstracts = rows("--kind", "abstract")
    assert {row["kind"] for row in abstracts} == {"abstract"}
    assert len(abstracts) < len(everything)

    soon = rows("--within", "2w")
    assert soon
    assert all(row["due_at"] <= "2026-12-04T00:00:00Z" for row in soon)

    ranked = rows("--rank", "a*")
    assert ranked
    assert all(" A*" in row["ranks"] for row in ranked)
    assert rows("--rank", "CORE A*") == [
        row for row in ranked if "CORE A*" in row["ranks"]
    ]

    area = next(row["areas"].split(", ")[0] for row in everything if row["areas"])
    assert all(area in row["areas"] for row in rows("--area", area.upper()))
    assert len(rows("--limit", "2")) == 2


def test_an_area_that_nobody_has_is_answered_with_those_that_are(ask: Ask) -> None:
    result = ask("deadlines", "--area", "alchemy")

    assert result.exit_code == 0
    assert result.stdout.startswith("No deadline that was asked for is due after")
    assert result.stderr.startswith("areas that are known: ")


def test_what_a_person_types_never_becomes_sql(ask: Ask) -> None:
    result = ask("deadlines", "--format", "json", "--area", "'; drop schema marts; --")

    assert json.loads(result.stdout)["deadlines"] == []
    assert json.loads(ask("deadlines", "--format", "json").stdout)["deadlines"]


def test_csv_has_every_column_of_the_report(ask: Ask) -> None:
    rows = list(csv.DictReader(io.StringIO(ask("deadlines", "--format", "csv").stdout)))

    assert rows[0]["conference_key"]
    assert "has_conflict" in rows[0]
    assert rows[0]["due_at"].endswith("+00:00")


def test_times_are_also_told_in_the_zone_that_is_asked_for(ask: Ask) -> None:
    result = ask("deadlines", "--timezone", "Asia/Tokyo", "--limit", "1")
    first = json.loads(ask("deadlines", "--format", "json", "--limit", "1").stdout)

    assert "Asia/Tokyo" in result.stdout.splitlines()[1]
    assert first["deadlines"][0]["due_at"] == "2026-11-21T11:59:59Z"
    assert "2026-11-21 20:59" in result.stdout


def test_show_finds_a_conference_however_it_is_called(ask: Ask) -> None:
    shown = {
        ask("show", *name).stdout
        for name in (["vldb-2027"], ["VLDB", "2027"], ["vldb2027"], ["VLDB-2027"])
    }

    assert len(shown) == 1
    text = shown.pop()
    assert "(vldb-2027)" in text.splitlines()[0]
    assert "abstract, round 3" in text.splitlines()
    assert any(line.startswith("* ccfddl") for line in text.splitlines())
    assert "https://" in text


def test_show_quotes_the_official_page_before_what_lists_say(ask: Ask) -> None:
    lines = ask("show", "osdi-2027").stdout.splitlines()
    said = lines[lines.index("submission") :]

    assert said[1].split() == ["*", "conference_pages", "2026-12-08", "17:59", "EST"]
    assert said[2].strip().startswith("“Complete paper submissions due: Tuesday")
    assert said[3].strip() == "https://www.usenix.org/conference/osdi27/call-for-papers"
    assert said[5].split() == ["ccfddl", "2026-12-08", "14:59", "UTC-8"]
    assert max(map(len, lines[: lines.index("abstract")])) <= 80


def test_what_a_page_strikes_out_is_an_earlier_date(ask: Ask) -> None:
    document = json.loads(ask("show", "dis-2027", "--json").stdout)

    (submission,) = (d for d in document["deadlines"] if d["kind"] == "submission")
    assert submission["due_at"] == "2027-01-26T11:59:00Z"
    assert submission["original_due_at"] == "2027-01-19T11:59:00Z"
    assert submission["extension_count"] == 1
    assert submission["evidence"] == "Papers: January 18, 2027 January 25, 2027"
    struck = [claim for claim in document["claims"] if claim["is_superseded"]]
    assert [claim["rank_reason"] for claim in struck] == [
        "replaced by the source itself"
    ]


def test_show_tells_every_claim_and_which_one_is_believed(ask: Ask) -> None:
    document = json.loads(ask("show", "vldb-2027", "--json").stdout)

    believed = {
        claim["deadline_key"] for claim in document["claims"] if claim["is_winner"]
    }
    assert document["conference"]["conference_key"] == "vldb-2027"
    assert believed == {
        deadline["deadline_key"]
        for deadline in document["deadlines"]
        if deadline["status"] != "withdrawn"
    }


def test_a_misspelt_conference_is_answered_with_suggestions(ask: Ask) -> None:
    result = ask("show", "vlbd-2027")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        "error: no conference is known as 'vlbd-2027'"
    )
    assert "vldb-2027" in result.stderr.splitlines()[1]


def test_sources_tell_the_registry_and_how_each_does(ask: Ask) -> None:
    entries = json.loads(ask("sources", "--json").stdout)

    assert [entry["key"] for entry in entries] == [s.key for s in load_registry()]
    health = {entry["key"]: entry["health"] for entry in entries}
    assert {health[source.key] for source in load_registry()} == {"ok"}
    table = ask("sources")
    assert all(entry["key"] in table.stdout for entry in entries)


def test_doctor_finds_a_built_sample_healthy(ask: Ask) -> None:
    result = ask("doctor", "--json")

    verdicts = {c["name"]: c["verdict"] for c in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 0
    assert verdicts["database"] == verdicts["marts"] == verdicts["registry"] == "ok"


def test_dbt_commands_pass_through_with_project_and_profile(
    sample: SampleRun,
) -> None:
    done = sample.site.confradar("dbt", "--quiet", "ls", "--select", "dim_sources")

    assert done.returncode == 0
    assert "confradar.marts.core.dim_sources" in done.stdout.splitlines()


def test_a_dbt_command_that_is_not_known_is_called_wrongly(
    sample: SampleRun,
) -> None:
    done = sample.site.confradar("dbt", "frobnicate")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-2].startswith("error: dbt: ")


def test_what_dbt_did_not_publish_is_not_gone_on_from(ask: Ask) -> None:
    result = ask("dbt", "retry")

    assert result.exit_code == 2
    assert result.stderr.endswith("hint: confradar build makes all of it\n")


def test_a_reader_that_goes_away_is_no_error_worth_a_word(
    sample: SampleRun,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "confradar", "deadlines", "--format", "csv"],
        cwd=ROOT,
        env=sample.site.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""


GOOD = """\
- {title: GOOD%(n)d, year: 2027, id: good%(n)d, link: "https://good.example",
   deadline: "2027-01-%(n)02d 23:59:59", timezone: AoE, place: Vienna}
"""
ODD = """\
- {title: FEB, year: 2027, id: feb27, deadline: "2027-02-30 23:59:59", timezone: AoE}
- {title: ZONE, year: 2027, id: zone27, deadline: "2027-02-03 12:00:00", timezone: XYZ}
- {title: TWIN, year: 2027, id: twin27, deadline: "2027-02-04 12:00:00", timezone: UTC}
- {title: TWAIN, year: 2027, id: twin27, deadline: "2027-02-05 12:00:00", timezone: UTC}
- just a sentence
- {year: 2027, id: untitled27, deadline: "2027-02-06 12:00:00", timezone: UTC}
- {title: NOYEAR, year: twenty, id: noyear, deadline: "2027-02-07 12:00:00"}
"""
BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
)


@pytest.fixture(scope="module")
def bad_files(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site into which a folder of good and bad files was loaded."""
    site = sites.make()
    folder = site.home / "lists"
    list_folder = folder / "huggingface" / "src" / "data" / "conferences"
    list_folder.mkdir(parents=True)
    good = "".join(GOOD % {"n": number} for number in range(1, 13))
    (list_folder / "good.yml").write_text(good)
    (list_folder / "odd.yml").write_text(ODD)
    (list_folder / "empty.yml").write_bytes(b"")
    (list_folder / "binary.yml").write_bytes(bytes(range(256)) * 4)
    (list_folder / "not_yaml.yml").write_text("- {title: [\n")
    (list_folder / "bomb.yml").write_text(BOMB)
    (folder / "no-such-list").mkdir()
    return site


@pytest.fixture(scope="module")
def closed_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a registry with one more source, where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    file = tmp_path_factory.mktemp("registry") / "more.yml"
    file.write_text(
        f"""\
sources:
  - key: closed-list
    family: paperswithcode
    name: A list that is away
    publisher: Nobody
    homepage_url: http://127.0.0.1:{port}/
    repository_url: http://127.0.0.1:{port}/repository
    page_url: http://127.0.0.1:{port}/page/{{path}}
    files:
      conferences.yml: http://127.0.0.1:{port}/conferences.yml
    include: ["**/conferences.yml"]
    licence: CC0-1.0
    authority: curated_list
    default_timezone: AoE
    default_timezone_reason: It says nothing, so the usual one.
"""
    )
    return file


@pytest.fixture(scope="module")
def bad_run(bad_files: Site, closed_registry: Path) -> subprocess.CompletedProcess[str]:
    """Return what the run over the bad files said."""
    return bad_files.confradar(
        *("run", "--from", str(bad_files.home / "lists"), "--json"),
        *("--as-of", "2026-11-20"),
        extra={"CONFRADAR_REGISTRY": str(closed_registry), **WITHOUT_UNIT_TESTS},
    )


def test_bad_files_are_counted_and_the_rest_is_used(
    bad_run: subprocess.CompletedProcess[str],
) -> None:
    assert bad_run.returncode == 0, bad_run.stderr
    (entry,) = json.loads(bad_run.stdout)["sources"]

    assert entry["key"] == "huggingface"
    assert entry["outcome"] == "loaded"
    assert entry["documents"] == 6
    assert entry["rejects"] >= 10
    assert entry["claims"] == 16
    assert "no-such-list" in bad_run.stderr


@pytest.mark.usefixtures("bad_run")
def test_every_kind_of_bad_input_has_its_reason(bad_files: Site) -> None:
    found = bad_files.rows(
        "select path, reason, is_dropped from raw_huggingface.rejects"
    )

    reasons = {(Path(path).name, reason) for path, reason, _ in found}
    assert reasons >= {
        ("empty.yml", "empty"),
        ("binary.yml", "binary"),
        ("not_yaml.yml", "not_yaml"),
        ("bomb.yml", "alias_bomb"),
        ("odd.yml", "not_a_mapping"),
        ("odd.yml", "missing_title"),
        ("odd.yml", "year_not_a_number"),
        ("odd.yml", "impossible_date"),
        ("odd.yml", "unknown_zone"),
        ("odd.yml", "duplicate_id"),
    }


@pytest.mark.usefixtures("bad_run")
def test_an_impossible_date_never_becomes_a_guessed_one(bad_files: Site) -> None:
    claims = dict(
        bad_files.rows(
            "select series_text, due_at from marts.fct_deadline_claims"
            " where is_current and series_text in ('FEB', 'ZONE', 'TWIN')"
        )
    )

    assert claims["FEB"] is None
    assert claims["ZONE"] is None
    assert claims["TWIN"] is not None


def test_nothing_reached_and_nothing_stored_fails_and_points_to_the_sample(
    sites: Sites, closed_registry: Path
) -> None:
    done = sites.make().confradar(
        *("run", "--source", "closed-list"),
        extra={"CONFRADAR_REGISTRY": str(closed_registry)},
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: no source could be loaded and nothing is")
    assert "closed-list" in done.stderr
    assert "confradar run --sample" in done.stderr.splitlines()[-1]


@pytest.mark.usefixtures("bad_run")
def test_a_source_out_of_reach_is_reported_and_fails_no_run(
    bad_files: Site, closed_registry: Path
) -> None:
    done = bad_files.confradar(
        *("run", "--source", "closed-list", "--as-of", "2026-11-20"),
        extra={"CONFRADAR_REGISTRY": str(closed_registry)},
    )

    assert done.returncode == 0, done.stderr
    assert "closed-list: cannot fetch http://127.0.0.1" in done.stdout
    assert "1 source of 1 could not be loaded" in done.stdout
    assert "Nothing changed" in done.stdout


def test_a_folder_without_any_source_is_called_wrongly(
    sites: Sites, tmp_path: Path
) -> None:
    (tmp_path / "holiday-photos").mkdir()

    done = sites.make().confradar("run", "--from", str(tmp_path))

    assert done.returncode == 2
    assert "no folder that is named as a source" in done.stderr


@pytest.mark.corpus
def test_the_real_lists_are_read_whole_and_to_the_second(
    sites: Sites, lists: Path
) -> None:
    site = sites.make()

    first = site.confradar("run", "--from", str(lists), "--json")
    before = site.checksums()
    again = site.confradar("run", "--from", str(lists), "--json")

    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    entries = {entry["key"]: entry for entry in json.loads(first.stdout)["sources"]}
    assert set(entries) == {
        folder.name for folder in lists.iterdir() if folder.is_dir()
    }
    assert all(entry["claims"] > 0 for entry in entries.values())
    assert json.loads(again.stdout)["build"]["outcome"] == "unchanged"
    assert site.checksums() == before
    checked = subprocess.run(
        [sys.executable, str(CHECK), str(lists)],
        env=site.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
