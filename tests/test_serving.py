"""The server: how it listens, follows the database, limits and refuses."""

import errno
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confradar.errors import ConfRadarError
from confradar.serving.answers import JSON, Answer, Kept
from confradar.serving.app import application
from confradar.serving.documents import docs_of, make_apart
from confradar.serving.following import Follower
from confradar.serving.guarding import MAX_PATH, MAX_QUERY
from confradar.serving.listening import bound, url_of
from confradar.serving.marts import Marts
from confradar.serving.queries import alarm_of, page_of, query_of, zone_of
from confradar.serving.tables import TableFiles
from tests.asgi import Client


def test_a_port_that_is_taken_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfRadarError, match=f"^port {port} of 127.0.0.1 is in use"),
            bound("127.0.0.1", port),
        ):
            pass


def test_a_free_port_is_told() -> None:
    with bound("127.0.0.1", 0) as held:
        assert url_of(held) == f"http://127.0.0.1:{held.getsockname()[1]}/"


# --- following -----------------------------------------------------------------------


class Database:
    def __init__(self) -> None:
        self.build = 1
        self.is_away = False
        self.made: list[int] = []

    def look(self) -> int:
        if self.is_away:
            raise ConfRadarError("the database is away")
        return self.build

    def make(self) -> str:
        self.made.append(self.build)
        return f"build {self.build}"


def test_what_is_shown_is_made_anew_for_another_build_alone() -> None:
    database = Database()
    follower = Follower(database.look, database.make, 60)

    for build in (1, 1, 2, 2):
        database.build = build
        follower.refresh()
        assert follower.shown == f"build {build}"

    assert database.made == [1, 2]


def test_a_database_that_is_away_is_told_until_it_is_back() -> None:
    database = Database()
    follower = Follower(database.look, database.make, 60)
    follower.refresh()

    database.is_away, database.build = True, 2
    follower.refresh()
    assert (follower.shown, follower.trouble) == ("build 1", "the database is away")

    database.is_away = False
    follower.refresh()
    assert (follower.shown, follower.trouble) == ("build 2", None)


def test_what_cannot_be_made_the_first_time_is_an_error() -> None:
    database = Database()
    database.is_away = True

    with pytest.raises(ConfRadarError, match="away"):
        Follower(database.look, database.make, 60).begin()


# --- answers -------------------------------------------------------------------------


def known() -> Answer:
    return Answer(b'{"a": "' + b"x" * 5000 + b'"}', JSON)


async def _answer(request: Request) -> Response:
    return known().response(request)


async def _query(request: Request) -> Response:
    query = query_of(request, ("search", "page", "tz", "alarm"))
    return Response(f"{page_of(query)} {zone_of(query)} {alarm_of(query)}")


async def _away(request: Request) -> Response:
    raise ConfRadarError("cannot connect to db.internal as confradar_reader")


async def _missing(request: Request) -> Response:
    raise HTTPException(404)


@pytest.fixture(scope="module")
def client() -> Client:
    routes = [
        Route("/api/answer", _answer),
        Route("/query", _query),
        Route("/api/query", _query),
        Route("/api/away", _away),
        Route("/calendar.ics", _away),
        Route("/missing", _missing),
    ]
    return Client(application(routes))


def test_an_answer_is_compressed_for_those_who_take_it(client: Client) -> None:
    plain = client.get("/api/answer", headers={"accept-encoding": "identity"})
    refused = client.get("/api/answer", headers={"accept-encoding": "gzip;q=0"})
    packed = client.get("/api/answer", headers={"accept-encoding": "br, gzip;q=0.5"})

    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 200
    assert plain.content == packed.content == known().body
    assert plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("{etag}", 304),
        ('"other", {etag}', 304),
        ("{strong}", 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
    ],
)
def test_who_has_it_is_told_so_by_its_etag(
    client: Client, name: str, status: int
) -> None:
    etag = client.get("/api/answer").headers["etag"]
    wanted = name.format(etag=etag, strong=etag.removeprefix("W/"))

    answer = client.get("/api/answer", headers={"if-none-match": wanted})

    assert answer.status_code == status
    assert answer.headers["etag"] == etag
    assert bool(answer.content) == (status == 200)


def test_every_answer_is_guarded_and_sets_no_cookie(client: Client) -> None:
    for path in ("/api/answer", "/query", "/missing", "/no/route", "/api/away"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "set-cookie" not in headers, path
        assert "server" not in headers, path


def test_only_data_may_be_read_by_other_sites(client: Client) -> None:
    shared = {
        path: client.get(path).headers.get("access-control-allow-origin")
        for path in ("/api/answer", "/calendar.ics", "/query", "/missing")
    }

    assert shared == {
        "/api/answer": "*",
        "/calendar.ics": "*",
        "/query": None,
        "/missing": None,
    }


def test_a_database_that_is_away_is_503_and_no_secret(client: Client) -> None:
    for path in ("/api/away", "/calendar.ics"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert int(answer.headers["retry-after"]) > 0, path
        assert answer.text.count("\n") <= 1, path
        assert "the database is away" in answer.text, path
        assert "db.internal" not in answer.text, path


def test_tables_that_cannot_be_written_are_503_until_they_can() -> None:
    class FullDisk(Marts):
        def __init__(self) -> None:
            pass

        def current(self) -> Any:  # noqa: ANN401
            return SimpleNamespace(files={}, write_files=None)

        async def ask(self, question: Any) -> Any:  # noqa: ANN401
            raise OSError(errno.ENOSPC, "No space left on device", "/srv/secret")

    client = Client(application(TableFiles(FullDisk()).routes()))

    answer = client.get("/files/claims.csv")

    assert answer.status_code == 503
    assert "the tables cannot be written now" in answer.text
    assert "secret" not in answer.text


def test_what_cannot_be_understood_is_one_line_in_the_readers_form(
    client: Client,
) -> None:
    page = client.get("/query?page=<script>")
    document = client.get("/api/query?page=0")

    assert (page.status_code, document.status_code) == (422, 422)
    assert "<script>" not in page.text
    assert document.json() == {
        "error": "page: '0' is no number from 1 on",
        "parameter": "page",
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "1 None None"),
        ("page=3&tz=Europe/Vienna&alarm=2d", "3 Europe/Vienna 2 days, 0:00:00"),
        ("tz=AoE", "1 AoE None"),
    ],
)
def test_parameters_are_understood(client: Client, query: str, told: str) -> None:
    assert client.get(f"/query?{query}").text == told


@pytest.mark.parametrize(
    "query",
    [
        "page=-1", "page=1.5", "page=", "page=²", "page=1&page=2", "page=1000001",
        "tz=Vienna", "tz=local", "tz=../../etc/passwd", "tz=%00", "alarm=0h",
        "alarm=soon", "alarm=9999w", "nonsense=1", "search=" + "a" * 101,
        "search=%0d%0aSet-Cookie:a", "&".join("search=a" for _ in range(101)),
        "search=a&" * 21,
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(client: Client, query: str) -> None:
    answer = client.get(f"/api/query?{query}")

    assert answer.status_code == 422, answer.text
    assert "\n" not in answer.text


def test_an_address_without_end_is_not_read(client: Client) -> None:
    assert client.get("/" + "a" * MAX_PATH).status_code == 404
    assert client.get("/query?search=" + "a" * MAX_QUERY).status_code == 422
    assert client.request("POST", "/query").status_code == 405


def test_answers_that_nobody_asked_for_lately_are_let_go() -> None:
    kept = Kept(max_bytes=20_000)
    made: list[str] = []

    def ask(name: str, size: int = 2_000) -> None:
        def make() -> Answer:
            made.append(name)
            return Answer(name.encode() * size, JSON)

        kept.get(name, make)

    for name in "abcdeaf":
        ask(name)
    assert "".join(made) == "abcdef"
    ask("a")
    ask("b")
    assert "".join(made) == "abcdefb"
    ask("z", 20_000)
    ask("z", 20_000)
    assert "".join(made) == "abcdefbzz"


def test_a_page_of_docs_is_sent_with_its_own_policy() -> None:
    tag = (
        b'<meta http-equiv="Content-Security-Policy"'
        b' content="img-src &#x27;self&#x27;">'
    )
    docs = docs_of({"index.html": b"<head>" + tag, "other.html": b""})

    assert docs["index.html"].policy == "img-src 'self'"
    assert docs["other.html"].policy == "default-src 'none'"


def _instead_of_python(folder: Path, script: str) -> str:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_docs_are_written_by_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'test "$3 $4" = "docs --to" && echo page > "$5"/index.html'
    monkeypatch.setattr(sys, "executable", _instead_of_python(tmp_path, script))

    assert {name: docs.body for name, docs in make_apart().items()} == {
        "index.html": b"page\n"
    }


def test_docs_that_cannot_be_made_say_why_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "echo made up; echo error: the database is away >&2; exit 1"
    monkeypatch.setattr(sys, "executable", _instead_of_python(tmp_path, script))

    with pytest.raises(ConfRadarError, match=r"not be made: the database is away$"):
        make_apart()
