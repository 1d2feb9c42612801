"""The workflows of .github: pinned, of least permissions, none that cannot fail."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.loading.reports import LoadOutcome
from tests.conftest import ROOT
from tests.servers import VERSIONS

FILES = sorted((ROOT / ".github" / "workflows").iterdir())
NIGHTLY = ROOT / ".github" / "workflows" / "nightly.yml"
WORKFLOWS = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)

# What makes a step green whatever happens.
SWALLOWED = re.compile(
    r"\|\|\s*(true|:|exit 0|echo)|set \+e|--exit-zero|;\s*true\b|-k\b|--keep-going"
)


def read(file: Path) -> dict[str, Any]:
    loader = yaml.BaseLoader(file.read_text("utf-8"))  # keeps `on` and 3.11 as written
    document: dict[str, Any] = loader.get_single_data()
    return document


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(file)["jobs"]
    return found


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(file).values():
        yield from job["steps"]


def commands(file: Path) -> Iterator[str]:
    return (step["run"] for step in steps(file) if "run" in step)


def test_every_purpose_has_its_workflow() -> None:
    triggers = {file.stem: set(read(file)["on"]) for file in FILES}

    assert triggers == {
        "check": {"push", "pull_request"},
        "dependencies": {"pull_request", "schedule", "workflow_dispatch"},
        "docs": {"push", "workflow_dispatch"},
        "nightly": {"schedule", "workflow_dispatch"},
    }
    service = jobs(ROOT / ".github/workflows/check.yml")["server"]
    assert service["strategy"]["matrix"]["postgres"] == list(VERSIONS)


def test_every_action_is_pinned_to_one_commit_whose_version_is_said() -> None:
    uses = re.findall(
        r"uses: *(.*)", "\n".join(file.read_text("utf-8") for file in FILES)
    )
    pin = re.compile(r"([\w-]+/[\w-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
    pinned = {use: pin.fullmatch(use) for use in set(uses)}

    assert [use for use, match in pinned.items() if match is None] == []
    names = [match.group(1) for match in pinned.values() if match]
    assert len(names) == len(set(names)) > 3
    assert len(uses) == sum("uses" in step for file in FILES for step in steps(file))


def test_one_version_of_uv_resolves_everywhere() -> None:
    texts = [file.read_text("utf-8") for file in (*FILES, ROOT / "Dockerfile")]
    versions = [set(re.findall(r"uv==(\S+)", text)) for text in texts]

    assert len(set.union(*versions)) == 1
    assert all(versions)


@WORKFLOWS
def test_a_workflow_may_read_and_nothing_else_unless_it_deploys(file: Path) -> None:
    asked = {
        name: job["permissions"]
        for name, job in jobs(file).items()
        if "permissions" in job
    }

    assert read(file)["permissions"] == {"contents": "read"}
    deploys = {"deploy": {"pages": "write", "id-token": "write"}}
    assert asked == (deploys if file.stem == "docs" else {})


@WORKFLOWS
def test_a_job_that_may_write_runs_nothing_of_the_checkout(file: Path) -> None:
    for job in jobs(file).values():
        if "permissions" in job:
            assert all("run" not in step for step in job["steps"])
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])


@WORKFLOWS
def test_no_checkout_leaves_a_token_behind(file: Path) -> None:
    for step in steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@WORKFLOWS
def test_nothing_that_fails_is_taken_for_green(file: Path) -> None:
    assert "continue-on-error" not in file.read_text("utf-8")
    assert read(file)["defaults"]["run"]["shell"] == "bash"  # with pipefail
    for command in commands(file):
        assert not SWALLOWED.search(command), command
    # A job that is skipped counts as passed: one may be only where it has no meaning.
    conditions = {job["if"] for job in jobs(file).values() if "if" in job}
    assert conditions <= {"${{ github.event_name == 'pull_request' }}"}


def is_green(folder: Path, text: str) -> bool:
    """Tell what the nightly step makes of what a run printed."""
    (step,) = (
        step["run"]
        for step in steps(NIGHTLY)
        if "jq --exit-status" in step.get("run", "")
    )
    (folder / "run.json").write_text(text)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_a_night_is_red_where_a_single_source_was_not_loaded(tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq, which GitHub's machines have, is not on this one")

    def printed(*outcomes: LoadOutcome) -> str:
        entries = [{"key": "a", "outcome": o, "message": ""} for o in outcomes]
        return json.dumps({"sources": entries, "build": {}})

    loaded, unchanged = LoadOutcome.LOADED, LoadOutcome.UNCHANGED
    assert is_green(tmp_path, printed(loaded, unchanged, loaded))
    for other in set(LoadOutcome) - {loaded, unchanged}:
        assert not is_green(tmp_path, printed(loaded, other, loaded)), other
    for broken in ("", "{}", printed()):
        assert not is_green(tmp_path, broken), broken


@WORKFLOWS
def test_a_job_has_an_end_and_a_system_that_stays_the_same(file: Path) -> None:
    for name, job in jobs(file).items():
        assert 0 < int(job["timeout-minutes"]) <= 120, name
        assert job["runs-on"] == "ubuntu-24.04", name
        assert re.fullmatch(r"\S+:\d+\.\d+\.\d+-\w+", job.get("container", "a:1.1.1-a"))


@WORKFLOWS
def test_no_text_of_strangers_becomes_a_command(file: Path) -> None:
    assert "pull_request_target" not in read(file)["on"]
    for command in commands(file):
        assert "${{" not in command


@WORKFLOWS
def test_commands_are_those_that_there_are(file: Path) -> None:
    from confradar.cli.app import app

    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    known = {command.name for command in app.registered_commands}
    for command in commands(file):
        assert set(re.findall(r"\bmake ([a-z-]+)", command)) <= targets
        assert set(re.findall(r"\bconfradar ([a-z-]+)", command)) <= known
