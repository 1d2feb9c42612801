import gzip
import socket
from itertools import count

import pytest

from ingestion.errors import FetchError
from ingestion.web.client import WebClient, WebLimits
from tests.ingestion.sites import Reply, local_site


def client(
    limits: WebLimits | None = None,
    naps: list[float] | None = None,
    allow_private: bool = True,
) -> WebClient:
    nap = (naps if naps is not None else []).append
    return WebClient(
        user_agent="ConfRadar tests",
        allow_private=allow_private,
        limits=limits,
        sleep=nap,
    )


def test_an_address_gives_its_content_and_is_told_who_asks() -> None:
    with local_site(lambda *_: Reply(body=b"- a", headers={"ETag": '"1"'})) as site:
        with client() as web:
            answer = web.get("list", f"{site.url}/a.yml")
        assert (answer.content, answer.etag) == (b"- a", '"1"')
        assert site.requests[0][1]["user-agent"] == "ConfRadar tests"
        assert "if-none-match" not in site.requests[0][1]


def test_what_has_not_changed_is_not_sent_again() -> None:
    def respond(_: str, headers: dict[str, str]) -> Reply:
        is_known = headers.get("if-none-match") == '"1"'
        return Reply(304 if is_known else 200, headers={"ETag": '"1"'})

    with local_site(respond) as site, client() as web:
        assert web.get("list", site.url, '"0"').content == b""
        assert web.get("list", site.url, '"1"').content is None


def test_redirects_are_followed_up_to_the_limit() -> None:
    def respond(path: str, _: dict[str, str]) -> Reply:
        left = int(path[1:])
        return Reply(302, headers={"Location": f"/{left - 1}"}) if left else Reply()

    with local_site(respond) as site, client() as web:
        assert web.get("list", f"{site.url}/5").content == b""
        with pytest.raises(FetchError, match="more than 5 redirects"):
            web.get("list", f"{site.url}/6")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "//"])
def test_redirects_to_anything_but_the_web_are_refused(target: str) -> None:
    with (
        local_site(lambda *_: Reply(302, headers={"Location": target})) as site,
        client() as web,
        pytest.raises(FetchError),
    ):
        web.get("list", site.url)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429])
def test_a_clear_no_is_not_asked_again(status: int) -> None:
    with local_site(lambda *_: Reply(status)) as site, client() as web:
        with pytest.raises(FetchError, match=f"HTTP {status}") as error:
            web.get("some-list", f"{site.url}/x")
        assert len(site.requests) == 1
        assert error.value.source_key == "some-list"
        assert f"{site.url}/x" in str(error.value)


def test_a_server_that_stumbles_is_asked_again_with_longer_pauses() -> None:
    replies = iter([Reply(503), Reply(500), Reply(body=b"up")])
    naps: list[float] = []
    with local_site(lambda *_: next(replies)) as site, client(naps=naps) as web:
        assert web.get("list", site.url).content == b"up"
    assert naps == [1.0, 2.0]


def test_a_server_that_stays_down_is_given_up_after_three_attempts() -> None:
    with local_site(lambda *_: Reply(502)) as site, client() as web:
        with pytest.raises(FetchError, match="HTTP 502"):
            web.get("list", site.url)
        assert len(site.requests) == 3


def test_nobody_listening_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with client() as web, pytest.raises(FetchError, match="no connection") as error:
        web.get("list", f"http://127.0.0.1:{port}/")
    assert "\n" not in str(error.value)


def test_no_more_is_taken_from_the_wire_than_allowed() -> None:
    limits = WebLimits(max_wire_bytes=1000)
    with local_site(lambda *_: Reply(body=bytes(5000))) as site, client(limits) as web:
        with pytest.raises(FetchError, match="more than 1,000 bytes"):
            web.get("list", site.url)
        assert len(site.requests) == 1


def test_a_small_answer_cannot_unpack_without_end() -> None:
    packed = gzip.compress(bytes(3_000_000))
    reply = Reply(body=packed, headers={"Content-Encoding": "gzip"})
    with local_site(lambda *_: reply) as site:
        with client() as web:
            assert web.get("list", site.url).content == bytes(3_000_000)
        with (
            client(WebLimits(max_bytes=1_000_000)) as web,
            pytest.raises(FetchError, match="1,000,000 unpacked"),
        ):
            web.get("list", site.url)


def test_a_broken_encoding_is_refused() -> None:
    reply = Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"})
    with (
        local_site(lambda *_: reply) as site,
        client() as web,
        pytest.raises(FetchError, match="encoding"),
    ):
        web.get("list", site.url)


def test_a_slow_answer_ends_with_the_time_allowed() -> None:
    seconds = count(step=100.0)
    with (
        local_site(lambda *_: Reply(body=b"late")) as site,
        WebClient(
            user_agent="ConfRadar tests",
            allow_private=True,
            limits=WebLimits(total_timeout=50),
            monotonic=lambda: next(seconds),
        ) as web,
        pytest.raises(FetchError, match="more than 50 s"),
    ):
        web.get("list", site.url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254"),
        *("[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "0.0.0.0", "224.0.0.1"),  # noqa: S104
    ],
)
def test_addresses_that_are_not_the_public_web_are_refused(host: str) -> None:
    with (
        client(allow_private=False) as web,
        pytest.raises(FetchError, match="no address of the public web"),
    ):
        web.get("list", f"http://{host}:9/")


def test_a_name_for_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with (
        client(allow_private=False) as web,
        pytest.raises(FetchError, match=r"10\.1\.2\.3 is no address"),
    ):
        web.get("list", "https://intranet.example.org/")


def test_a_name_that_resolves_anew_to_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The name is public when it is checked, and ours when the connection is made.
    monkeypatch.setattr("ingestion.web.client._addresses", lambda _: {"93.184.216.34"})
    with (
        local_site(lambda *_: Reply(body=b"secret")) as site,
        client(allow_private=False) as web,
        pytest.raises(FetchError, match=r"127\.0\.0\.1 is no address"),
    ):
        web.get("list", site.url)


def test_a_name_that_does_not_resolve_is_said_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = []

    def unknown(*_: object, **__: object) -> None:
        attempts.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with (
        client(allow_private=False) as web,
        pytest.raises(FetchError, match=r"nowhere\.invalid does not resolve"),
    ):
        web.get("list", "https://nowhere.invalid/")
    assert len(attempts) == 1
