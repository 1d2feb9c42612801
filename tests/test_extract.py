"""``confradar extract`` on single pages: no database, no network."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from confradar.cli.app import app
from confradar.extraction import as_record
from ingestion.readers.pages.records import Phrase
from tests.ingestion.sites import Reply, local_site

PAGE = """\
<html><head><title>Lantern 2031</title></head><body>
<h1>4th Conference on Lanterns (Lantern 2031)</h1>
<h2>Important dates</h2>
<table>
<tr><td>Papers due</td><td><s>March 3, 2031</s> March 10, 2031, 23:59 AoE</td></tr>
<tr><td>Notification</td><td>May 5, 2031</td></tr>
</table>
</body></html>
"""
KEYS = (
    *("file", "kind", "track", "label_text", "date", "time", "timezone_text"),
    *("is_superseded", "is_struck", "due_text", "evidence", "start", "end"),
)
PHRASE = Phrase(
    "submission", "Papers", "3 March", "2031-03-03", "Papers: 3 March", 0, 15
)

Ask = Callable[..., Result]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, _own_settings: None) -> Ask:
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["extract", *arguments], prog_name="confradar")

    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "lantern.html"
    file.write_text(PAGE)
    return file


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_phrase_is_one_json_object_with_these_keys(ask: Ask, page: Path) -> None:
    result = ask(str(page), "--format", "jsonl")

    assert result.exit_code == 0
    found = lines(result)
    assert {tuple(line) for line in found} == {KEYS}
    assert {line["file"] for line in found} == {str(page)}
    dates = {(line["kind"], line["date"], line["is_superseded"]) for line in found}
    assert dates == {
        ("submission", "2031-03-03", True),
        ("submission", "2031-03-10", False),
        ("notification", "2031-05-05", False),
    }


def test_evidence_holds_the_date_as_it_is_written(ask: Ask, page: Path) -> None:
    for line in lines(ask(str(page), "--format", "jsonl")):
        assert line["due_text"] in line["evidence"]
        assert line["end"] - line["start"] >= len(line["due_text"])


def test_the_table_fits_eighty_columns(ask: Ask, page: Path) -> None:
    result = ask(str(page))

    assert result.exit_code == 0
    assert "Lantern 2031" in result.stdout
    table = result.stdout.splitlines()[1:]
    assert max(map(len, table)) <= 80
    assert any("2031-03-03" in line and "replaced" in line for line in table)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere.html", "cannot read nowhere.html: No such file or directory"),
        (".", ". is a folder"),
        ("a\0b", "cannot read a\0b: embedded null byte"),
    ],
)
def test_a_page_that_cannot_be_read_is_told_and_the_others_are_read(
    ask: Ask, page: Path, name: str, complaint: str
) -> None:
    result = ask(name, str(page), "--format", "jsonl")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {complaint}")
    assert "Traceback" not in result.stderr
    assert len(lines(result)) == 3


def test_a_page_without_dates_gives_no_line_and_is_no_error(
    ask: Ask, tmp_path: Path
) -> None:
    file = tmp_path / "empty.html"
    file.write_text("<p>Welcome to the lanterns.")

    assert ask(str(file), "--format", "jsonl").stdout == ""
    table = ask(str(file))
    assert table.exit_code == 0
    assert "no dated phrase" in table.stdout


def test_a_page_of_a_type_that_is_not_read_is_told(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "call.html"
    file.write_bytes(b"%PDF-1.7\nPapers: March 3, 2031")

    result = ask(str(file))

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {file} is application/pdf, which is not")


def test_what_is_left_out_is_told_with_its_reason(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "june.html"
    file.write_text("<title>Lantern 2031</title><p>Paper submission: June 31, 2031")

    assert "impossible date: " in ask(str(file)).stdout
    assert ask(str(file), "--format", "jsonl").stdout == ""


def test_without_any_page_it_is_called_wrongly(ask: Ask) -> None:
    result = ask()

    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no page to read")


def respond(path: str, headers: dict[str, str]) -> Reply:
    if path != "/lantern":
        return Reply(404)
    return Reply(200, PAGE.encode(), {"Content-Type": "text/html"})


def test_a_page_on_the_web_is_fetched_and_the_others_go_on(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFRADAR_ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("CONFRADAR_PACE_SECONDS", "0")
    with local_site(respond) as server:
        url = f"{server.url}/lantern"
        result = ask(f"{server.url}/gone", url, "--format", "jsonl")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: cannot fetch {server.url}/gone: HTTP 404")
    assert {line["file"] for line in lines(result)} == {url}


def test_an_address_of_this_machine_is_refused_with_what_allows_it(ask: Ask) -> None:
    result = ask("http://127.0.0.1:9/")

    assert result.exit_code == 1
    assert "hint: CONFRADAR_ALLOW_PRIVATE_ADDRESSES=true" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["page.html", "--stored"],
        ["--stored", "--compare", "1", "2"],
        ["page.html", "--source", "conference_pages"],
        ["page.html", "--build"],
        ["--compare", "1", "2", "--build"],
    ],
)
def test_named_and_stored_pages_are_not_read_together(
    ask: Ask, arguments: list[str]
) -> None:
    result = ask(*arguments)

    assert result.exit_code == 2
    assert "hint: " in result.stderr


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (None, None),
        ("23:59", "23:59"),
        ("23:59:59", "23:59:59"),
        ("12:00:00", "12:00"),
        ("24:00", "24:00"),
    ],
)
def test_times_are_told_to_the_minute_unless_seconds_are_written(
    time: str | None, told: str | None
) -> None:
    assert as_record("f", replace(PHRASE, time=time))["time"] == told
