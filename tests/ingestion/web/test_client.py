import os
import signal
import socket
import ssl
import subprocess
import threading
import time as clocks
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.documents import VisitOutcome
from ingestion.web.client import PoliteClient
from ingestion.web.records import LIST, PAGE, Allowance, Fetched, Request, WebLimits
from tests.ingestion.web import misbehaving
from tests.ingestion.web.misbehaving import (
    Call,
    FakeTime,
    Site,
    fails,
    misbehaving_site,
    polite_client,
    redirect,
)


def fetched(site: Site, path: str, time: FakeTime | None = None) -> Fetched:
    with polite_client(time) as client:
        return client.fetch(Request(site.url(path)))


# ------------------------------------------------------------- how a fetch may end


@pytest.mark.parametrize(
    ("path", "outcome", "status", "detail"),
    [
        ("/fine", VisitOutcome.STORED, 200, None),
        ("/missing", VisitOutcome.NOT_FOUND, 404, "HTTP 404"),
        ("/gone", VisitOutcome.GONE, 410, "HTTP 410"),
        ("/private", VisitOutcome.CLIENT_ERROR, 403, "HTTP 403"),
        ("/always-busy", VisitOutcome.THROTTLED, 429, "HTTP 429"),
        ("/busy-all-day", VisitOutcome.THROTTLED, 429, "HTTP 429"),
        ("/down", VisitOutcome.SERVER_ERROR, 500, "HTTP 500"),
        ("/reset", VisitOutcome.CONNECTION_FAILED, None, "no connection"),
        ("/garbage", VisitOutcome.CONNECTION_FAILED, None, "no connection"),
        ("/truncated", VisitOutcome.CONNECTION_FAILED, None, "no connection"),
        ("/truncated-chunks", VisitOutcome.CONNECTION_FAILED, None, "no connection"),
        ("/endless", VisitOutcome.TOO_LARGE, 200, "more than 10,000,000 bytes"),
        ("/large", VisitOutcome.TOO_LARGE, 200, "more than 10,000,000 bytes"),
        ("/announced-large", VisitOutcome.TOO_LARGE, 200, "10,000,000 bytes"),
        ("/bomb", VisitOutcome.TOO_LARGE, 200, "unpacks to more than 10,000,000"),
        ("/circle", VisitOutcome.TOO_MANY_REDIRECTS, 302, "in a circle"),
        ("/to-file", VisitOutcome.ADDRESS_FORBIDDEN, 302, "file:///etc/passwd"),
        ("/to-nothing", VisitOutcome.ADDRESS_FORBIDDEN, 302, "no http"),
        ("/picture", VisitOutcome.UNREADABLE_TYPE, 200, "image/png"),
        ("/empty", VisitOutcome.EMPTY, 200, "no content"),
        ("/bad-packing", VisitOutcome.FAILED, 200, "not encoded as it says"),
        ("/half-packed", VisitOutcome.FAILED, 200, "ends within its encoding"),
        ("/odd-packing", VisitOutcome.FAILED, 200, "'br'"),
        ("/not-modified", VisitOutcome.FAILED, 304, "HTTP 304"),
    ],
)
def test_every_way_to_end_has_its_name(
    site: Site, path: str, outcome: VisitOutcome, status: int | None, detail: str | None
) -> None:
    result = fetched(site, path)
    assert result.outcome is outcome
    assert result.retrieval.http_status == status
    assert (result.detail is None) if detail is None else detail in str(result.detail)
    assert "\n" not in str(result.detail)
    assert bool(result.content) is (outcome is VisitOutcome.STORED)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_page_that_comes_byte_by_byte_ends_with_its_time(
    site: Site, path: str
) -> None:
    # No limit for reading ever passes: each byte comes at once.
    with PoliteClient(
        user_agent="tests", allow_private=True, pace=0, resolve=misbehaving.resolve
    ) as client:
        request = Request(site.url(path), allowance=Allowance(total_timeout=0.2))
        assert client.fetch(request).outcome is VisitOutcome.TIMED_OUT
    assert site.paths() == [path]  # nothing was left for a second attempt


def test_a_server_that_is_silent_times_out(site: Site) -> None:
    limits = WebLimits(read_timeout=0.05, retries=1)
    with polite_client(limits=limits) as client:
        result = client.fetch(Request(site.url("/silent"), asks_robots=False))
    assert result.outcome is VisitOutcome.TIMED_OUT
    assert len(site.calls) == 2


def test_nobody_listening_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with polite_client() as client:
        result = client.fetch(Request(f"http://conf.example:{port}/"))
    assert result.outcome is VisitOutcome.CONNECTION_FAILED
    assert "robots.txt" in str(result.detail)


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate that nobody vouches for, with its key."""
    pem = tmp_path_factory.mktemp("tls") / "both.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ["-subj", "/CN=conf.example", "-addext", "subjectAltName=DNS:conf.example"]
    files = ["-keyout", str(pem), "-out", str(pem)]
    command = ["openssl", "req", "-x509", *key, *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    return pem


@pytest.fixture
def secure_site(self_signed: Path) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)
    with misbehaving_site(context) as running:
        yield running


def test_a_certificate_that_nobody_vouches_for_is_not_valid(secure_site: Site) -> None:
    with polite_client() as client:
        result = client.fetch(Request(secure_site.url()))
    assert result.outcome is VisitOutcome.CERTIFICATE_INVALID
    assert "certificate" in str(result.detail)
    assert secure_site.calls == []


def test_a_certificate_has_to_be_that_of_the_name(
    secure_site: Site, self_signed: Path
) -> None:
    # The connection goes to a checked address, the certificate is the name's.
    trusting = ssl.create_default_context(cafile=self_signed)
    with PoliteClient(
        user_agent="tests",
        pace=0,
        allow_private=True,
        verify=trusting,
        resolve=misbehaving.resolve,
    ) as client:
        assert client.fetch(Request(secure_site.url())).content == misbehaving.PAGE
        other = client.fetch(Request(secure_site.url(host="other.example")))
    assert other.outcome is VisitOutcome.CERTIFICATE_INVALID


def test_https_is_not_left(site: Site, secure_site: Site, self_signed: Path) -> None:
    secure_site.behaviours["/down-to-http"] = redirect(site.url())
    with PoliteClient(
        user_agent="tests",
        pace=0,
        allow_private=True,
        verify=ssl.create_default_context(cafile=self_signed),
        resolve=misbehaving.resolve,
    ) as client:
        result = client.fetch(Request(secure_site.url("/down-to-http")))
    assert result.outcome is VisitOutcome.FAILED
    assert "not https" in str(result.detail)
    assert site.calls == []


# ------------------------------------------------------------------ what is fetched


def test_a_server_is_told_who_asks(site: Site) -> None:
    fetched(site, "/fine")
    agents = {headers["user-agent"] for headers in site.headers}
    assert agents == {"ConfRadar-tests/1.0 (+https://confradar.example/contact)"}


def test_bytes_pass_unharmed_whatever_their_label_says(site: Site) -> None:
    assert fetched(site, "/lying").content == misbehaving.LATIN
    assert fetched(site, "/packed").content == misbehaving.PAGE
    assert fetched(site, "/untyped").content == misbehaving.PAGE


def test_a_pdf_is_taken_and_a_picture_is_not_even_read(site: Site) -> None:
    assert fetched(site, "/paper.pdf").content == misbehaving.PAGE
    assert fetched(site, "/paper.pdf").retrieval.media_type == "Application/PDF"
    assert fetched(site, "/picture").content is None


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    url = site.url("/tagged")
    with polite_client() as client:
        first = client.fetch(Request(url))
        by_tag = client.fetch(Request(url, etag=first.retrieval.etag))
        date = first.retrieval.last_modified
        by_date = client.fetch(Request(url, last_modified=date))
        changed = client.fetch(Request(url, etag='"6"'))
    assert first.content == misbehaving.PAGE
    assert (by_tag.outcome, by_tag.content) == (VisitOutcome.UNCHANGED, None)
    assert by_date.outcome is VisitOutcome.UNCHANGED
    assert by_date.retrieval.etag == '"7"'
    assert changed.outcome is VisitOutcome.STORED


def test_a_validator_that_cannot_be_sent_is_left_out(site: Site) -> None:
    with polite_client() as client:
        result = client.fetch(Request(site.url("/tagged"), etag='"é\r\nX: y"'))
    assert result.outcome is VisitOutcome.STORED
    assert not any("if-none-match" in headers for headers in site.headers)


def test_limits_are_those_of_the_request(site: Site) -> None:
    with polite_client() as client:
        small = Allowance(max_bytes=1_000_000)
        url = site.url("/bomb")
        assert client.fetch(Request(url, allowance=small)).content is None
        assert client.fetch(Request(url, allowance=LIST)).content == bytes(30_000_000)
    assert PAGE.max_bytes == PAGE.max_wire_bytes == 10_000_000


# -------------------------------------------------------------------------- redirects


def test_redirects_are_followed_up_to_the_limit(site: Site) -> None:
    for left in range(1, 7):
        site.behaviours[f"/{left}"] = redirect(f"/{left - 1}")
    site.behaviours["/0"] = lambda call: call.reply()
    result = fetched(site, "/5")
    assert result.outcome is VisitOutcome.STORED
    assert result.retrieval.final_url == site.url("/0")
    further = fetched(site, "/6")
    assert further.outcome is VisitOutcome.TOO_MANY_REDIRECTS
    assert "more than 5" in str(further.detail)


def test_every_hop_obeys_the_robots_and_the_pace_of_its_host(site: Site) -> None:
    site.behaviours["/away"] = redirect(site.url("/secret", host="other.example"))
    site.robots("User-agent: *", "Disallow: /secret", host="other.example")
    time = FakeTime()
    with polite_client(time, pace=2.0) as client:
        result = client.fetch(Request(site.url("/away")))
    assert result.outcome is VisitOutcome.ROBOTS_FORBIDDEN
    assert site.calls == [
        ("conf.example", "/robots.txt"),
        ("conf.example", "/away"),
        ("other.example", "/robots.txt"),
    ]
    assert time.naps == [2.0]


# ------------------------------------------------------------------------- robots.txt


def test_what_robots_txt_forbids_is_not_fetched(site: Site) -> None:
    site.robots(
        "User-agent: *",
        "Disallow: /",
        "",
        "User-agent: ConfRadar-Tests",
        "Disallow: /missing",
    )
    with polite_client() as client:
        assert client.fetch(Request(site.url("/fine"))).outcome is VisitOutcome.STORED
        forbidden = client.fetch(Request(site.url("/missing")))
    assert forbidden.outcome is VisitOutcome.ROBOTS_FORBIDDEN
    assert site.paths() == ["/fine"]


def test_robots_txt_is_asked_for_once_per_host(site: Site) -> None:
    with polite_client() as client:
        requests = [Request(site.url(f"/fine?{number}")) for number in range(9)]
        assert len(list(client.fetch_all(requests))) == 9
    assert Counter(site.calls)["conf.example", "/robots.txt"] == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_txt_that_is_not_there_forbids_nothing(
    site: Site, status: int
) -> None:
    site.behaviours["/robots.txt"] = fails(status)
    assert fetched(site, "/fine").outcome is VisitOutcome.STORED


def test_a_robots_txt_that_is_broken_forbids_all_for_now(site: Site) -> None:
    site.behaviours["/robots.txt"] = fails(500)
    result = fetched(site, "/fine")
    assert result.outcome is VisitOutcome.ROBOTS_FORBIDDEN
    assert "HTTP 500" in str(result.detail)
    assert site.paths() == []


def test_a_host_that_cannot_be_reached_is_tried_for_its_robots_txt_only(
    site: Site,
) -> None:
    site.behaviours["/robots.txt"] = misbehaving.reset
    with polite_client() as client:
        for path in ("/fine", "/gone"):
            result = client.fetch(Request(site.url(path)))
            assert result.outcome is VisitOutcome.CONNECTION_FAILED
    assert len(site.calls) == 3


def test_a_registered_file_is_not_crawled(site: Site) -> None:
    site.robots("User-agent: *", "Disallow: /")
    with polite_client() as client:
        result = client.fetch(Request(site.url(), asks_robots=False))
    assert result.outcome is VisitOutcome.STORED
    assert site.calls == [("conf.example", "/fine")]


# --------------------------------------------------------------------- pace and rests


def test_a_host_is_asked_once_in_its_pace(site: Site) -> None:
    time = FakeTime()
    asked_at: list[float] = []

    def behave(call: Call) -> None:
        asked_at.append(time.now)
        call.reply()

    site.behaviours["/fine"] = behave
    with polite_client(time, pace=2.0) as client:
        list(client.fetch_all([Request(site.url())] * 4))
    assert asked_at == [2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize(("delay", "expected"), [("7", 7.0), ("900", 60.0)])
def test_a_crawl_delay_is_obeyed_up_to_the_longest(
    site: Site, delay: str, expected: float
) -> None:
    site.robots("User-agent: *", f"Crawl-delay: {delay}")
    time = FakeTime()
    with polite_client(time, pace=2.0) as client:
        client.fetch(Request(site.url("/fine?1")))
        client.fetch(Request(site.url("/fine?2")))
        client.fetch(Request(site.url(host="other.example"), asks_robots=False))
    assert time.naps == [expected, expected]


def test_a_host_gets_one_request_at_a_time_while_others_run_beside_it(
    site: Site,
) -> None:
    lock = threading.Lock()
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()
    meeting = threading.Barrier(3, timeout=5)

    def behave(call: Call) -> None:
        with lock:
            busy[call.host] += 1
            most[call.host] = max(most[call.host], busy[call.host])
        if call.number == 1:
            meeting.wait()  # nobody goes on before all three hosts are asked
        with lock:
            busy[call.host] -= 1
        call.reply()

    site.behaviours["/fine"] = behave
    hosts = ["a.example", "a.example", "a.example", "b.example", "c.example"]
    with polite_client() as client:
        results = list(client.fetch_all(Request(site.url(host=host)) for host in hosts))
    assert [result.outcome for result in results] == [VisitOutcome.STORED] * 5
    assert most == {"a.example": 1, "b.example": 1, "c.example": 1}


@pytest.mark.parametrize(("path", "wait"), [("/busy", 7.0), ("/busy-until", 30.0)])
def test_a_host_rests_for_as_long_as_it_asks(
    site: Site, path: str, wait: float
) -> None:
    time = FakeTime()
    result = fetched(site, path, time)
    assert result.outcome is VisitOutcome.STORED
    assert time.naps == [wait]


def test_a_host_that_asks_for_too_long_is_left_alone(site: Site) -> None:
    time = FakeTime()
    with polite_client(time) as client:
        first = client.fetch(Request(site.url("/busy-all-day")))
        second = client.fetch(Request(site.url("/fine")))
        other = client.fetch(Request(site.url(host="other.example")))
    assert (first.outcome, second.outcome) == (VisitOutcome.THROTTLED,) * 2
    assert "86,400 s" in str(second.detail)
    assert other.outcome is VisitOutcome.STORED
    assert site.paths() == ["/busy-all-day"]
    assert time.naps == []


def test_a_server_that_stumbles_is_asked_again_with_longer_pauses(site: Site) -> None:
    time = FakeTime()
    assert fetched(site, "/stumbles", time).outcome is VisitOutcome.STORED
    assert time.naps == [1.0, 2.0]


def test_a_server_that_stays_down_is_given_up_after_three_attempts(site: Site) -> None:
    assert fetched(site, "/down").outcome is VisitOutcome.SERVER_ERROR
    assert site.paths() == ["/down"] * 3


@pytest.mark.parametrize(
    "path", ["/missing", "/gone", "/private", "/large", "/picture"]
)
def test_a_clear_no_is_not_asked_again(site: Site, path: str) -> None:
    fetched(site, path)
    assert site.paths() == [path]


# ------------------------------------------------------------------ who is asked at all


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254"),
        *("[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "[fe80::1]", "0.0.0.0"),  # noqa: S104
        # The same machine, spelt as few would read it.
        *("2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0x7f000001"),
    ],
)
def test_addresses_that_are_not_the_public_web_are_refused(host: str) -> None:
    with PoliteClient(user_agent="tests", pace=0) as client:
        result = client.fetch(Request(f"http://{host}/"))
    assert result.outcome is VisitOutcome.ADDRESS_FORBIDDEN


@pytest.mark.parametrize(
    "addresses",
    [["10.1.2.3"], ["::ffff:192.168.0.9"], ["fe80::1%eth0"], ["93.184.215.14", "::1"]],
)
def test_a_name_for_a_private_address_is_refused(addresses: list[str]) -> None:
    with PoliteClient(
        user_agent="tests", pace=0, resolve=lambda *_: addresses
    ) as client:
        result = client.fetch(Request("https://intranet.example/"))
    assert result.outcome is VisitOutcome.ADDRESS_FORBIDDEN
    assert "no address of the public web" in str(result.detail)


def test_a_name_that_turns_private_after_its_check_is_refused(site: Site) -> None:
    # Every connection resolves the name itself and goes to an address that it checked.
    answers = iter([["127.0.0.1"], ["127.0.0.1"]])
    is_public = iter([True])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "ingestion.web.connections.is_public", lambda _: next(is_public, False)
        )
        patched.setattr("ingestion.web.connections._WEB_PORTS", {site.port})
        with PoliteClient(
            user_agent="tests", pace=0, resolve=lambda *_: next(answers)
        ) as client:
            result = client.fetch(Request(site.url()))
    assert result.outcome is VisitOutcome.ADDRESS_FORBIDDEN
    assert site.calls == [("conf.example", "/robots.txt")]


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[::1]/", "http://93.184.215.14:22/"]
)
def test_a_redirect_to_where_the_web_is_not_is_refused(site: Site, target: str) -> None:
    # The first host counts as public here, so that there is a redirect to judge.
    site.behaviours["/away"] = redirect(target)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ingestion.web.connections._WEB_PORTS", {80, site.port})
        patched.setattr(
            "ingestion.web.connections.is_public",
            lambda address: str(address) in {"127.0.0.1", "93.184.215.14"},
        )
        with PoliteClient(
            user_agent="tests",
            pace=0,
            resolve=lambda host, _: [
                "127.0.0.1" if host == "conf.example" else host.strip("[]")
            ],
        ) as client:
            result = client.fetch(Request(site.url("/away")))
    assert result.outcome is VisitOutcome.ADDRESS_FORBIDDEN
    assert site.paths() == ["/away"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "conf.example/cfp", "http://"])
def test_what_is_no_address_of_the_web_is_a_result_too(url: str) -> None:
    with polite_client() as client:
        (result,) = client.fetch_all([Request(url)])
    assert result.outcome is VisitOutcome.ADDRESS_FORBIDDEN
    assert url in str(result.detail)


def test_a_name_that_does_not_resolve_is_said_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = []

    def unknown(*_: object, **__: object) -> None:
        attempts.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with PoliteClient(user_agent="tests", pace=0) as client:
        result = client.fetch(Request("https://nowhere.example/"))
    assert result.outcome is VisitOutcome.CONNECTION_FAILED
    assert "nowhere.example does not resolve" in str(result.detail)
    assert len(attempts) == 1


# -------------------------------------------------------------------- being interrupted


def test_giving_up_does_not_wait_for_a_host_that_is_silent(site: Site) -> None:
    with PoliteClient(
        user_agent="tests", allow_private=True, pace=600, resolve=misbehaving.resolve
    ) as client:
        begun_at = clocks.monotonic()
        results = client.fetch_all(
            [
                Request(site.url(host="a.example"), asks_robots=False),
                Request(site.url("/silent", host="b.example"), asks_robots=False),
                Request(site.url(host="c.example")),  # waits for ten minutes
            ]
        )
        assert next(results).outcome is VisitOutcome.STORED
        results.close()  # type: ignore[attr-defined]
        assert clocks.monotonic() - begun_at < 2
        assert client.fetch(
            Request(site.url(host="d.example"), asks_robots=False)
        ).content


def test_an_interrupt_ends_a_run_that_waits(site: Site) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    alarm = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    client = PoliteClient(
        user_agent="tests", allow_private=True, pace=600, resolve=misbehaving.resolve
    )
    begun_at = clocks.monotonic()
    try:
        alarm.start()
        with client, pytest.raises(KeyboardInterrupt):
            list(client.fetch_all([Request(site.url())]))  # its turn is in ten minutes
    finally:
        alarm.join()
        signal.signal(signal.SIGINT, before)
    assert clocks.monotonic() - begun_at < 5


def test_requests_are_taken_as_they_are_needed(site: Site) -> None:
    taken = []

    def requests() -> Iterator[Request]:
        for number in range(10_000):
            taken.append(number)
            yield Request(site.url(f"/fine?{number}"), asks_robots=False)

    with polite_client() as client:
        results = client.fetch_all(requests())
        next(results)
        results.close()  # type: ignore[attr-defined]
    assert len(taken) <= 1001
    assert len(site.calls) < 5
