import io
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import (  # type: ignore[import-untyped]
    StatusAndHeaders,
)
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from ingestion.documents import MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.registry import load_registry
from ingestion.web.warc import WarcOrigin

PAGES = load_registry().get("conference_pages")
HTML = (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"7"'))


class Crawl:
    """A WARC file in memory, and where each record begins."""

    def __init__(self, is_packed: bool = True) -> None:
        self.buffer = io.BytesIO()
        self.starts: list[int] = []
        self._writer = WARCWriter(self.buffer, gzip=is_packed)
        self.starts.append(0)
        self._write(self._writer.create_warcinfo_record("x.warc", {"software": "t"}))

    def page(
        self,
        url: str,
        body: bytes = b"<p>page",
        date: str = "2026-11-20T10:00:00Z",
        status: str = "200 OK",
        headers: Iterable[tuple[str, str]] = HTML,
    ) -> None:
        self.starts.append(self.buffer.tell())
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": date},
        )
        self._write(record)

    def _write(self, record: object) -> None:
        self._writer.write_record(record)

    def saved(self, folder: Path, content: bytes | None = None) -> WarcOrigin:
        file = folder / "crawl.warc"
        file.write_bytes(self.buffer.getvalue() if content is None else content)
        return WarcOrigin(file)


def visits(origin: WarcOrigin) -> list[PublishedFile | MissedFile]:
    return list(origin.visits(PAGES, {}))


@pytest.mark.parametrize("is_packed", [True, False])
def test_the_newest_capture_of_each_page_counts(
    tmp_path: Path, is_packed: bool
) -> None:
    crawl = Crawl(is_packed)
    crawl.page("http://a.example/", b"new", "2026-11-21T00:00:00Z")
    crawl.page("https://A.example/#top", b"old", "2026-11-20T00:00:00Z")
    crawl.page("http://b.example/cfp?x=1", b"first", "2026-11-20T00:00:00Z")
    crawl.page("http://b.example/cfp?x=1", b"again", "2026-11-20T00:00:00Z")
    a, b = visits(crawl.saved(tmp_path))
    assert isinstance(a, PublishedFile)
    assert isinstance(b, PublishedFile)
    assert (a.path, a.content) == ("a.example/", b"new")
    assert (b.path, b.content) == ("b.example/cfp?x=1", b"again")
    assert b.source_url == "http://b.example/cfp?x=1"
    assert a.retrieval is not None
    assert a.retrieval.media_type == "text/html; charset=utf-8"
    assert (a.retrieval.http_status, a.retrieval.etag) == (200, '"7"')


def test_what_is_no_page_is_left_out(tmp_path: Path) -> None:
    crawl = Crawl()
    crawl.page("http://a.example/x.png", headers=[("Content-Type", "image/png")])
    crawl.page("http://a.example/on", status="302 Found")
    crawl.page("http://a.example/fine")
    assert [visit.path for visit in visits(crawl.saved(tmp_path))] == ["a.example/fine"]


@pytest.mark.parametrize(
    ("status", "headers", "body", "outcome"),
    [
        ("404 Not Found", HTML, b"<p>404", VisitOutcome.NOT_FOUND),
        ("410 Gone", HTML, b"", VisitOutcome.GONE),
        ("500 Oops", HTML, b"", VisitOutcome.SERVER_ERROR),
        ("200 OK", HTML, b"", VisitOutcome.EMPTY),
        ("200 OK", HTML, bytes(10_000_001), VisitOutcome.TOO_LARGE),
        ("200 OK", [("Content-Encoding", "zz")], b"x", VisitOutcome.FAILED),
    ],
)
def test_a_capture_without_its_page_is_missed(
    tmp_path: Path,
    status: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    outcome: VisitOutcome,
) -> None:
    crawl = Crawl()
    crawl.page("http://a.example/", body, status=status, headers=headers)
    (missed,) = visits(crawl.saved(tmp_path))
    assert isinstance(missed, MissedFile)
    assert (missed.path, missed.outcome) == ("a.example/", outcome)
    assert missed.detail


@pytest.mark.parametrize(
    ("is_packed", "damage"),
    [
        (True, "cut"),
        (True, "zeroed"),
        (False, "cut"),
        (False, "zeroed"),
        # Of a packed one, the headers cannot be reached to damage them.
        (False, "no address"),
        (False, "length too long"),
        (False, "no status"),
    ],
)
def test_a_broken_record_is_missed_and_the_others_are_not(
    tmp_path: Path,
    is_packed: bool,
    damage: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    crawl = Crawl(is_packed)
    crawl.page("http://a.example/")
    crawl.page("http://b.example/", b"<p>" + bytes(range(256)) * 9)
    crawl.page("http://c.example/")
    content = crawl.buffer.getvalue()
    start, end = crawl.starts[2], crawl.starts[3]
    middle = (start + end) // 2
    record = content[start:end]
    plain = Crawl(is_packed=False)
    plain.page("http://b.example/")
    spelt = plain.buffer.getvalue()[plain.starts[1] :]
    if damage == "cut":
        record = content[start:middle]
    elif damage == "zeroed":
        record = record[:40] + bytes(len(record) - 40)
    elif damage == "no address":
        record = spelt.replace(b"WARC-Target-URI", b"X-Target-URI")
    elif damage == "length too long":
        record = spelt.replace(b"Content-Length: ", b"Content-Length: 1")
    else:
        record = spelt.replace(b"HTTP/1.1 200 OK", b"oops")
    origin = crawl.saved(tmp_path, content[:start] + record + content[end:])
    found = visits(origin)
    paths = {visit.path for visit in found if isinstance(visit, PublishedFile)}
    assert {"a.example/", "c.example/"} <= paths
    assert "b.example/" not in paths
    broken = [visit for visit in found if isinstance(visit, MissedFile)]
    assert [visit.outcome for visit in broken] == [VisitOutcome.FAILED]
    assert "is broken: " in str(broken[0].detail)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"no warc at all", b"\x1f\x8b\x08no gzip"])
def test_a_file_that_is_no_warc_gives_no_page(tmp_path: Path, content: bytes) -> None:
    try:
        found = visits(Crawl().saved(tmp_path, content))
    except SourceUnavailableError:
        return
    assert [type(visit) for visit in found] == [MissedFile]


def test_a_file_that_is_absent_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match="No such file"):
        visits(WarcOrigin(tmp_path / "none.warc"))


@settings(max_examples=60, deadline=None)
@given(
    at=st.integers(0, 3000),
    flips=st.binary(min_size=1, max_size=40),
    is_packed=st.booleans(),
)
def test_no_damage_raises(
    tmp_path_factory: pytest.TempPathFactory, at: int, flips: bytes, is_packed: bool
) -> None:
    crawl = Crawl(is_packed)
    for name in "abc":
        crawl.page(f"http://{name}.example/", name.encode() * 200)
    content = bytearray(crawl.buffer.getvalue())
    at %= len(content)
    content[at : at + len(flips)] = flips
    origin = crawl.saved(tmp_path_factory.getbasetemp(), bytes(content))
    assert len(visits(origin)) >= 1


def test_no_more_than_a_page_is_held(tmp_path: Path) -> None:
    crawl = Crawl()
    for number in range(60):
        crawl.page(f"http://a.example/{number}", bytes(1_000_000))
    origin = crawl.saved(tmp_path)
    del crawl
    tracemalloc.start()
    try:
        assert sum(1 for _ in origin.visits(PAGES, {})) == 60
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
