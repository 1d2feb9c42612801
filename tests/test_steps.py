"""A step of a replay builds less than the first run, and comes to the same marts."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from confradar import build_state
from confradar.sessions import session
from tests.conftest import ROOT, SampleRun, Site, Sites

pytestmark = pytest.mark.postgres

SAMPLE = ROOT / "ingestion" / "sample"
CHANGED_FILE = Path("ccfddl", "conference", "SC", "usenixsecurity.yml")


def built(site: Site, folder: Path, as_of: str) -> dict[str, Any]:
    """Run the sources in a folder as of a day; return what is told of the build."""
    done = site.confradar("run", "--from", str(folder), "--as-of", as_of, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    build: dict[str, Any] = json.loads(done.stdout)["build"]
    return build


def test_a_step_comes_to_the_marts_of_a_full_build(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make()
    folder = tmp_path / "lists"
    for key in ("ccfddl", "huggingface"):
        shutil.copytree(SAMPLE / key, folder / key)
    first = built(site, folder, "2026-11-20T00:00:00Z")
    file = folder / CHANGED_FILE
    file.write_text(file.read_text().replace("2027-01-26", "2027-02-02"))

    step = built(site, folder, "2026-12-20T00:00:00Z")
    after_step = site.checksums()
    site.execute("delete from confradar.build_state")
    full = built(site, folder, "2026-12-20T00:00:00Z")

    assert first["seeds"] == full["seeds"] > 0
    assert step["seeds"] == 0
    assert step["tests"] < full["tests"]
    assert site.rows("select count(*) from marts.fct_deadline_changes") != [(0,)]
    assert site.checksums() == after_step


def test_code_or_relations_of_others_call_for_a_full_build(
    sample: SampleRun,
) -> None:

    code = build_state.code_digest(ROOT)
    with session(sample.site.url) as connection:
        assert build_state.is_built_by(connection, code)
        assert not build_state.is_built_by(connection, "another project")
        connection.execute("drop table vocabulary.area_labels cascade")
        assert not build_state.is_built_by(connection, code)
        connection.rollback()
