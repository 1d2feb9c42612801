"""Alerts: what a webhook takes, and what becomes of one that does not."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from confradar.webhooks import NotTakenError
from orchestration.notifying import MAX_CHARACTERS, notify

SECRET = "T0p-S3cret"


@dataclass(slots=True)
class Hook:
    """A webhook: what it answers, and what it was told."""

    url: SecretStr
    status: int = 200
    texts: list[str] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.texts.append(json.loads(body)["text"])
            self.send_response(made.status)
            self.send_header("Location", f"/{SECRET}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Hook(SecretStr(f"http://127.0.0.1:{server.server_port}/{SECRET}"))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def silent() -> Iterator[SecretStr]:
    """A server that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield SecretStr(f"http://127.0.0.1:{port}/{SECRET}")


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert SECRET not in caplog.text


def test_an_alert_is_posted_as_a_text_and_logged(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    notify("daily failed: ümläut\nwhy", hook.url)

    assert hook.texts == ["daily failed: ümläut\nwhy"]
    assert "daily failed: ümläut" in caplog.text


def test_without_an_address_an_alert_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notify("daily failed", None)

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_text_is_cut_to_what_chats_take(hook: Hook) -> None:
    notify("x" * 10_000, hook.url)

    assert [len(text) for text in hook.texts] == [MAX_CHARACTERS]
    assert hook.texts[0].endswith("…")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_server_that_refuses_is_told_by_its_answer(hook: Hook, status: int) -> None:
    hook.status = status

    with pytest.raises(NotTakenError, match=f"answered {status}") as caught:
        notify("daily failed", hook.url)

    assert len(hook.texts) == 1
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_hangs_is_given_up(silent: SecretStr) -> None:
    with pytest.raises(NotTakenError, match="ReadTimeout") as caught:
        notify("daily failed", silent, seconds=0.2)

    assert SECRET not in str(caught.value)


def test_a_server_that_is_not_there_is_told_by_its_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = SecretStr(f"http://127.0.0.1:{port}/{SECRET}")

    with pytest.raises(NotTakenError, match=r"127\.0\.0\.1 took no") as caught:
        notify("daily failed", url)

    assert SECRET not in str(caught.value)
