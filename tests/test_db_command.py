import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from confradar.database import EmbeddedServer
from tests.homes import server_home

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parent.parent
OWN = "postgresql://ada:hush@127.0.0.1:1/deadlines"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with server_home() as path:
        yield path


def _db(
    home: Path, *arguments: str, stdin: int = subprocess.DEVNULL, url: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "confradar", "db", *arguments],
        cwd=ROOT,
        env={**os.environ, "CONFRADAR_HOME": str(home), "DATABASE_URL": url},
        stdin=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_psql_answers_on_a_server_that_it_starts_itself(home: Path) -> None:
    done = _db(home, "psql", "-A", "-t", "-c", "select current_user")

    assert (done.returncode, done.stdout) == (0, "confradar\n"), done.stderr


def test_psql_hands_on_its_exit_code(home: Path) -> None:
    assert _db(home, "psql", "-v", "ON_ERROR_STOP=1", "-c", "select").returncode == 0
    assert _db(home, "psql", "-c", "select nothing").returncode == 1


def test_the_url_is_all_that_is_printed(home: Path) -> None:
    done = _db(home, "url")

    assert done.stdout == EmbeddedServer(home).url() + "\n"
    assert done.stderr == ""


def test_roles_have_their_passwords_on_the_embedded_server_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFRADAR_READER_PASSWORD", "a word/%41")

    started = _db(home, "start")
    done = _db(home, "psql", "--as", "reader", "-A", "-t", "-c", "select current_user")

    assert started.returncode == 0, started.stderr
    assert (done.returncode, done.stdout) == (0, "confradar_reader\n"), done.stderr
    refused = _db(home, "psql", "--as", "reader", "-c", "table raw_registry.sources")
    assert refused.returncode == 1
    assert "permission denied for schema raw_registry" in refused.stderr


def test_the_json_status_is_one_document_without_the_password(home: Path) -> None:
    assert _db(home, "start").returncode == 0

    done = _db(home, "status", "--json")

    found = json.loads(done.stdout)
    assert (found["kind"], found["state"]) == ("embedded", "running")
    assert found["data_directory"] == str(home / "postgres" / "data")
    password = EmbeddedServer(home).url().split(":")[2].split("@")[0]
    assert password not in done.stdout + done.stderr


def test_stopping_twice_is_no_error(home: Path) -> None:
    assert _db(home, "start").returncode == 0

    assert _db(home, "stop").stdout == "stopped\n"
    assert _db(home, "stop").stdout == "it was not running\n"


def test_an_own_server_is_neither_started_nor_stopped_nor_reset(home: Path) -> None:
    for command in ("start", "stop"):
        done = _db(home, command, url=OWN)
        assert done.returncode == 0
        assert "own server" in done.stderr

    refused = _db(home, "reset", "--yes", url=OWN)

    assert refused.returncode == 1
    assert "own server" in refused.stderr
    assert _db(home, "url", url=OWN).stdout == OWN + "\n"


def test_an_own_server_that_does_not_answer_is_said_to_be_unreachable(
    home: Path,
) -> None:
    done = _db(home, "status", "--json", url=OWN)

    found = json.loads(done.stdout)
    assert (found["kind"], found["state"]) == ("own", "unreachable")
    assert (found["host"], found["port"], found["user"]) == ("127.0.0.1", 1, "ada")
    assert "hush" not in done.stdout + done.stderr


def test_a_reset_without_a_terminal_and_without_yes_deletes_nothing(home: Path) -> None:
    done = _db(home, "reset")

    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "Traceback" not in done.stderr
    assert EmbeddedServer(home).status().state != "absent"


def test_a_reset_asks_first_and_takes_no_for_an_answer(home: Path) -> None:
    EmbeddedServer(home).ensure_running()
    controller, terminal = pty.openpty()
    os.write(controller, b"n\n")

    done = _db(home, "reset", stdin=terminal)

    assert done.returncode == 1
    assert str(home) in done.stdout
    assert EmbeddedServer(home).status().state == "running"
    os.write(controller, b"y\n")
    assert _db(home, "reset", stdin=terminal).returncode == 0
    assert EmbeddedServer(home).status().state == "absent"


def test_a_reset_with_yes_asks_nobody(home: Path) -> None:
    EmbeddedServer(home).ensure_running()

    assert _db(home, "reset", "--yes").returncode == 0
    assert EmbeddedServer(home).status().state == "absent"
