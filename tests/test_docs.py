"""What the docs name is there: files, commands, settings."""

import re
from pathlib import Path

import pytest
import typer

from confradar.cli.app import app
from tests.conftest import ROOT, VARIABLES

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "dbt_project/docs/*.md")
    for path in ROOT.glob(pattern)
)
# The changelog also names what there was once.
OF_TODAY = [page for page in PAGES if page.name != "CHANGELOG.md"]
# Told by `run` to dbt, and not by a person.
BETWEEN_OURSELVES = {"CONFRADAR_FOLLOW"}


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_command_that_is_shown_exists(page: Path) -> None:
    commands = set(typer.main.get_group(app).commands)
    shown = re.findall(
        r"^\$ .*uv run confradar (?:--debug )?([a-z]+)", page.read_text(), re.MULTILINE
    )
    assert set(shown) <= commands


@pytest.mark.parametrize("page", OF_TODAY, ids=names(OF_TODAY))
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"CONFRADAR_[A-Z_]*[A-Z]", page.read_text()))
    assert named - VARIABLES <= BETWEEN_OURSELVES
