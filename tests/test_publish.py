"""What is published: files that stay as they are, and how a browser meets them."""

import errno
import json
import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.readers import Snapshot, parts, selection_of
from confradar.readers.pages import (
    Page,
    assets,
    data_file,
    index_page,
    month_pages,
    page_parts,
    shown,
)
from confradar.readers.parts import publication_of
from confradar.readers.publishing import (
    MANIFEST,
    Files,
    Outcome,
    Producer,
    Publication,
    publish,
)
from tests.browsers import Watched, watched_tab
from tests.conftest import SampleRun
from tests.made_deadlines import AS_OF, deadline, many, snapshot_with

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab


# --- files ---------------------------------------------------------------------------


def tree_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def put(folder: Path, *files: Iterable[tuple[str, bytes]]) -> Outcome:
    """Publish made-up parts, which need no database."""
    parts = [Producer("made up", partial(_made, files=list(some))) for some in files]
    return publish(folder, Publication(snapshot_with(), Login("")), parts)


def _made(publication: Publication, *, files: Files) -> Files:
    del publication
    yield from files


def test_files_are_written_kept_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    first = put(folder, [("a.html", b"a"), ("b/c.html", b"c"), ("b/d.html", b"d")])
    (folder / "mine.txt").write_text("kept")
    before = (folder / "a.html").stat().st_mtime_ns
    second = put(folder, [("a.html", b"a"), ("e/f.html", b"f")])

    assert first == Outcome(files=3, changed=3, removed=0, size=3)
    assert second == Outcome(files=2, changed=1, removed=2, size=2)
    assert set(tree_of(folder)) == {"a.html", "e/f.html", "mine.txt", MANIFEST}
    assert not (folder / "b").exists()
    assert (folder / "a.html").stat().st_mtime_ns == before


def test_an_error_on_the_way_leaves_all_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, [("a.html", b"old"), ("b.html", b"old")])
    before = tree_of(tmp_path)

    def broken(publication: Publication) -> Iterator[tuple[str, bytes]]:
        del publication
        yield "a.html", b"new"
        raise ConfRadarError("the database does not answer")

    with pytest.raises(ConfRadarError, match="does not answer"):
        publish(
            tmp_path,
            Publication(snapshot_with(), Login("")),
            [Producer("good", partial(_made, files=[("c.html", b"new")])),
             Producer("broken", broken)],
        )  # fmt: skip

    assert tree_of(tmp_path) == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")

    with pytest.raises(
        ConfRadarError, match=r"holds other things, such as thesis\.tex"
    ):
        put(tmp_path, [("a.html", b"a")])

    assert tree_of(tmp_path) == {"thesis.tex": b"mine"}


@pytest.mark.parametrize(
    "path", ["../a.html", "/etc/a", "a/../../b", "", ".git/config"]
)
def test_no_file_is_written_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path of a site"):
        put(tmp_path / "site", [(path, b"a")])

    assert not (tmp_path / "a.html").exists()


def test_two_parts_do_not_write_over_each_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"two parts write a\.html"):
        put(tmp_path, [("a.html", b"a")], [("a.html", b"b")])


def test_a_note_that_is_broken_is_no_reason_to_remove_anything(tmp_path: Path) -> None:
    put(tmp_path, [("a.html", b"a")])
    (tmp_path / MANIFEST).write_text('{"files": ["../x"')

    with pytest.raises(ConfRadarError, match="is not as publish wrote it"):
        put(tmp_path, [("b.html", b"b")])

    assert (tmp_path / "a.html").exists()


def _dying(publication: Publication) -> Iterator[tuple[str, bytes]]:
    del publication
    yield "a.html", b"new"
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_told_and_leaves_all_as_it_was(
    tmp_path: Path,
) -> None:
    put(tmp_path, [("a.html", b"old")])
    before = tree_of(tmp_path)

    with pytest.raises(ConfRadarError) as caught:
        publish(
            tmp_path,
            Publication(snapshot_with(), Login("")),
            [Producer("dying", _dying), *(Producer("more", _dying),) * 3],
            processes=2,
        )

    assert str(caught.value) == (
        "a process that made pages or files was killed, nothing was changed; "
        "see whether memory is short, and publish again"
    )
    assert tree_of(tmp_path) == before


def test_trouble_of_another_folder_is_not_told_as_of_the_site(tmp_path: Path) -> None:
    def elsewhere(publication: Publication) -> Iterator[tuple[str, bytes]]:
        del publication
        yield "a.html", b"a"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/elsewhere/file")

    with pytest.raises(OSError, match=r"No space left on device: '/elsewhere/file'"):
        publish(
            tmp_path,
            Publication(snapshot_with(), Login("")),
            [Producer("broken", elsewhere)],
        )


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ConfRadarError, match=r"/file/site cannot be written to: Not a"):
        put(tmp_path / "file" / "site", [("a.html", b"a")])


# --- the sample, published by the command ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """A folder, and where it is served."""

    folder: Path
    url: str
    said: str


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:  # noqa: ANN401
        """Say nothing."""


@pytest.fixture(scope="module")
def served(
    sample: SampleRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("published")
    done = sample.site.confradar(
        "publish", "--to", str(folder), "--url", "https://deadlines.example"
    )
    assert done.returncode == 0, done.stderr
    with serving(folder) as url:
        yield Published(folder, url, done.stdout + done.stderr)


@dataclass(slots=True)
class serving:  # noqa: N801 - a context manager
    """Serve a folder at a port of this machine."""

    folder: Path
    server: Any = None

    def __enter__(self) -> str:
        handler = partial(_Quiet, directory=str(self.folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def pages_of(folder: Path) -> dict[str, LexborHTMLParser]:
    return {
        file.relative_to(folder).as_posix(): LexborHTMLParser(file.read_text())
        for file in folder.rglob("*.html")
    }


@pytest.mark.postgres
def test_one_line_tells_what_was_done(served: Published) -> None:
    assert re.fullmatch(
        rf"published \d+ files to {re.escape(str(served.folder))}, \d+ changed\n",
        served.said,
    )


@pytest.mark.postgres
def test_a_second_publish_changes_nothing(sample: SampleRun, served: Published) -> None:
    before = tree_of(served.folder)
    times = {path: (served.folder / path).stat().st_mtime_ns for path in before}

    again = sample.site.confradar(
        "publish", "--to", str(served.folder), "--json",
        "--url", "https://deadlines.example",
    )  # fmt: skip

    assert json.loads(again.stdout)["changed"] == 0
    assert tree_of(served.folder) == before
    assert {p: (served.folder / p).stat().st_mtime_ns for p in before} == times


@pytest.mark.postgres
def test_a_database_that_is_away_leaves_the_last_good_files(
    sample: SampleRun, served: Published
) -> None:
    before = tree_of(served.folder)
    away = re.sub(r":\d+/", ":1/", sample.site.url)

    failed = sample.site.confradar(
        "publish", "--to", str(served.folder), extra={"DATABASE_URL": away}
    )

    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert len(failed.stderr.splitlines()) <= 2
    assert tree_of(served.folder) == before


@pytest.mark.postgres
def test_wrong_options_are_refused_in_one_line(sample: SampleRun) -> None:
    for options, complaint in (
        (("--url", "deadlines.example"), "is no address of a site"),
        (("--alarm", "soon"), "a span is a number and a unit"),
    ):
        refused = sample.site.confradar("publish", "--to", "/nowhere", *options)
        assert refused.returncode == 2
        assert complaint in refused.stderr.splitlines()[0]


@pytest.mark.postgres
def test_processes_make_the_same_bytes(
    sample: SampleRun, served: Published, tmp_path: Path
) -> None:
    publication = publication_of(
        Login(sample.site.url), site_url="https://deadlines.example"
    )

    publish(tmp_path, publication, page_parts(publication), processes=2)

    assert tree_of(tmp_path).items() <= tree_of(served.folder).items() | {
        (MANIFEST, (tmp_path / MANIFEST).read_bytes())
    }


@pytest.mark.postgres
def test_tables_need_no_room_but_where_the_site_is(
    sample: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    publication = publication_of(Login(sample.site.url))
    files = [
        part for part in parts.all_parts(publication) if part.name == "files of claims"
    ]

    publish(tmp_path / "site", publication, files)

    assert "files/claims.csv" in tree_of(tmp_path / "site")


@pytest.mark.postgres
def test_a_full_disk_is_told_with_the_folder_that_is_on_it(
    sample: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[str]:
        yield "files/claims.csv"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(parts, "write_tables", full)
    publication = publication_of(Login(sample.site.url))
    files = [
        part for part in parts.all_parts(publication) if part.name == "files of claims"
    ]

    with pytest.raises(
        ConfRadarError, match=rf"{re.escape(str(tmp_path))}.* cannot .*: No space left"
    ):
        publish(tmp_path, publication, files)

    assert tree_of(tmp_path) == {}


@pytest.mark.postgres
def test_of_very_many_editions_those_that_are_current_have_pages(
    sample: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MANY_EDITIONS", 10)
    login = Login(sample.site.url)
    some, every = publication_of(login), publication_of(login, has_all=True)
    assert (every.edition_keys, every.series_keys) == (None, None)
    publish(tmp_path, some, parts.all_parts(some))

    written = tree_of(tmp_path)
    current = sample.site.rows(
        "select distinct conference_key from marts.rpt_current_deadlines"
    )
    assert {f"conference/{key}.html" for (key,) in current} == {
        path for path in written if path.startswith("conference/")
    }
    assert {f"api/v1/conferences/{key}.json" for (key,) in current} <= written.keys()
    dead = {
        (path, link)
        for path, body in written.items()
        if path.endswith(".html")
        for link in re.findall(
            r'href="(?:\.\./)?((?:conference|series)/[^"#]+)"', body.decode()
        )
        if link not in written
    }
    assert dead == set()


@pytest.mark.postgres
def test_another_build_meanwhile_is_noticed(sample: SampleRun, tmp_path: Path) -> None:
    found = publication_of(Login(sample.site.url))
    other = replace(found, snapshot=replace(found.snapshot, build="of yesterday"))

    with pytest.raises(ConfRadarError, match="another build in place"):
        page_parts(other)

    assert tree_of(tmp_path) == {}


@pytest.mark.postgres
def test_every_edition_series_and_month_has_a_page(
    sample: SampleRun, served: Published
) -> None:
    pages = set(pages_of(served.folder))
    keys = [
        key
        for (key,) in sample.site.rows(
            "select conference_key from marts.dim_conferences"
        )
    ]
    series = [
        key for (key,) in sample.site.rows("select series_key from marts.dim_series")
    ]

    assert {f"conference/{key}.html" for key in keys} <= pages
    assert {f"series/{key}.html" for key in series} <= pages
    assert {"index.html", "changes.html", "sources.html", "reading.html"} <= pages
    assert {"subscribe.html", "month/index.html", "month/2027-01.html"} <= pages


@pytest.mark.postgres
def test_links_within_the_site_lead_somewhere(served: Published) -> None:
    files = set(tree_of(served.folder))
    for path, tree in pages_of(served.folder).items():
        anchors = {str(node.attributes["id"]) for node in tree.css("[id]")}
        for node in tree.css("[href], [src]"):
            address = str(node.attributes.get("href") or node.attributes.get("src"))
            parts = urlsplit(address)
            if parts.scheme:
                assert parts.scheme in ("http", "https"), (path, address)
                continue
            if not parts.path:
                assert parts.fragment in anchors, (path, address)
                continue
            target = unquote(urljoin(f"/{path}", parts.path))[1:]
            assert target in files, (path, address)


@pytest.mark.postgres
def test_every_claim_is_on_its_page_with_quote_and_link(
    sample: SampleRun, served: Published
) -> None:
    pages = pages_of(served.folder)
    said = sample.site.rows(
        """
        select conference_key, source_url
        from marts.fct_deadline_claims
        where is_current and conference_key is not null
        """
    )
    for key in {key for key, _ in said}:
        page = pages[f"conference/{key}.html"]
        links = [str(a.attributes["href"]) for a in page.css(".claims .source a")]
        assert sorted(links) == sorted(url for one, url in said if one == key and url)
        assert all(quote.text().strip() for quote in page.css(".claims q"))


@pytest.mark.postgres
def test_each_instant_equals_that_of_the_mart(
    sample: SampleRun, served: Published
) -> None:
    pages = pages_of(served.folder)
    shown_instants = {
        line.attributes["data-key"]: line.attributes.get("data-due")
        for path, tree in pages.items()
        if path.startswith("month/")
        for line in tree.css(".line")
    }
    wanted = sample.site.rows(
        """
        select
            deadline_key,
            to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        from marts.rpt_current_deadlines
        """
    )

    assert shown_instants == dict(wanted)


# --- in a browser --------------------------------------------------------------------


ODD = deadline(
    key="odd", conference_key="odd-2027", series_key="odd", acronym="ΌΣΣ",
    full_name="Straße ﬁber ıİ ᏸ ŉ ǰ", title="Odd", areas="großes Licht", ranks="CORE A",
)  # fmt: skip


def made_site(folder: Path, snapshot: Snapshot) -> None:
    """Write what a browser needs of a made-up build."""
    data = data_file(snapshot)
    pages: list[Page] = [
        index_page(snapshot, now=snapshot.as_of, data=data),
        *month_pages(snapshot, now=snapshot.as_of),
    ]
    files = {page.path: page.body for page in pages} | assets()
    for path, body in (files | {data.path: data.body}).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


@pytest.fixture(scope="module")
def big() -> Snapshot:
    return snapshot_with(*many(1500), ODD, is_replay=True)


@pytest.fixture(scope="module")
def big_url(big: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("big")
    made_site(folder, big)
    with serving(folder) as url:
        yield url


@pytest.fixture
def watched(browser: "Browser") -> Iterator[Watched]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="Europe/Vienna"
    )
    with watched_tab(context) as found:
        yield found


def keys_in(tab: "Tab") -> list[str]:
    """Return the keys of all that is shown, however much there is."""
    while (more := tab.locator("#more button")).count():
        more.click()
    found: list[str] = tab.locator("#days li:not([hidden])").evaluate_all(
        "lines => lines.map(line => line.dataset.key)"
    )
    return found


QUERIES = (
    "search=vienna",
    "search=VIENNA+lamps",
    "search=straSSe",
    "search=ΌΣΣ",
    "search=όσς+FIBER",
    "search=%C4%B1i%CC%87+%CA%BCn+%E1%8F%B0",  # a dotless i, an old n, Cherokee
    "search=grossweil",
    "search=san+jos%C3%A9&kind=abstract",
    "area=lamps&rank=A*",
    "area=LAMPS&area=light&rank=CORE",
    "rank=ccf+a&conflict=1",
    "kind=submission&kind=abstract&changed=true",
    "after=2027-01-01&before=2027-02-01",
    "after=2026-11-01&before=2026-11-20T23:59Z",
    "before=2026-12-01T12:00%2B09:00",
    "series=odd",
    "search=nobody+is+called+so",
    "tz=Asia/Tokyo&search=kyoto",
)


def test_the_script_finds_what_a_selection_finds(
    big: Snapshot, big_url: str, watched: Watched
) -> None:
    sizes = []
    for query in QUERIES:
        asked = {
            name: values for name, values in parse_qs(query).items() if name != "tz"
        }
        selection = selection_of(asked, big.vocabulary)
        wanted = sorted(row.deadline_key for row in shown(big, selection, big.as_of))

        watched.tab.goto(f"{big_url}?{query}")
        watched.tab.wait_for_selector("#list[data-shown]")

        assert sorted(keys_in(watched.tab)) == wanted, query
        sizes.append(len(wanted))
    assert sum(size > 0 for size in sizes) == len(QUERIES) - 1
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("area=cheese", "area: “cheese” is not known"),
        ("after=tomorrow", "after: “tomorrow” is no date, such as 2026-11-20"),
        ("changed=perhaps", "changed: “perhaps” is neither 1 nor 0"),
        ("tz=Mars/Olympus", "tz: no time zone is called “Mars/Olympus”"),
    ],
)
def test_a_query_that_makes_no_sense_is_told(
    big_url: str, watched: Watched, query: str, complaint: str
) -> None:
    watched.tab.goto(f"{big_url}?{query}")
    watched.tab.get_by_text(complaint).wait_for()

    assert watched.tab.locator("#days li").count() == 0


def test_filters_live_in_the_address(big_url: str, watched: Watched) -> None:
    tab = watched.tab
    tab.goto(big_url)
    tab.get_by_label("Area").select_option("lamps")
    tab.get_by_label("contradicted only").check()
    tab.get_by_label("Search").fill("vienna")
    tab.wait_for_url("**/?search=vienna&area=lamps&conflict=1")
    found = keys_in(tab)
    tab.reload()
    tab.wait_for_selector("#list[data-shown]")

    assert keys_in(tab) == found
    assert tab.get_by_label("Area").input_value() == "lamps"
    assert tab.get_by_label("contradicted only").is_checked()
    tab.get_by_role("link", name="Clear").click()
    assert tab.url == big_url


def test_more_are_shown_on_demand(
    big: Snapshot, big_url: str, watched: Watched
) -> None:
    tab = watched.tab
    tab.goto(big_url)

    assert tab.locator("#days li").count() == 250
    assert len(keys_in(tab)) == sum(
        row.status == "tbd" or row.due_at is None or row.due_at >= AS_OF
        for row in (one.row for one in big.deadlines)
    )


def test_zones_follow_the_clock_change_of_the_reader(
    tmp_path: Path, watched: Watched
) -> None:
    """In Vienna clocks go forward on 28 March 2027."""
    rows = [
        deadline(key="before", due_at=datetime(2027, 3, 27, 22, 30, tzinfo=UTC)),
        deadline(key="after", due_at=datetime(2027, 3, 28, 22, 30, tzinfo=UTC)),
    ]
    made_site(tmp_path, snapshot_with(*rows))
    tab = watched.tab
    watched.tab.clock.set_fixed_time(AS_OF)

    def shown_times() -> list[str]:
        lines: list[str] = tab.locator("#days").evaluate(
            """days => [...days.querySelectorAll("li")].map(line =>
                line.closest(".day").querySelector("h2").innerText + " "
                + line.querySelector("summary").innerText)"""
        )
        return lines

    with serving(tmp_path) as url:
        tab.goto(url)
        written = shown_times()
        tab.get_by_label("mine", exact=True).check()
        tab.wait_for_url("**/?tz=local")
        tab.wait_for_selector("#list[data-shown]")
        mine = shown_times()
        tab.get_by_label("UTC", exact=True).check()
        tab.wait_for_url("**/?tz=utc")
        tab.get_by_text("22:30 UTC").first.wait_for()
        utc = shown_times()

    assert written == ["Sat 27 Mar 2027 10:30 AoE", "Sun 28 Mar 2027 10:30 AoE"]
    assert [line.strip() for line in mine] == [
        "Sat 27 Mar 2027 23:30", "Mon 29 Mar 2027 00:30",
    ]  # fmt: skip
    assert utc == ["Sat 27 Mar 2027 22:30 UTC", "Sun 28 Mar 2027 22:30 UTC"]


def test_time_left_counts_from_now_by_the_minute(
    tmp_path: Path, watched: Watched
) -> None:
    made_site(
        tmp_path,
        snapshot_with(
            deadline(key="first", due_at=AS_OF + timedelta(minutes=61)),
            deadline(key="second", due_at=AS_OF + timedelta(days=3, hours=5)),
        ),
    )
    tab = watched.tab
    tab.clock.install(time=AS_OF)
    tab.clock.pause_at(AS_OF + timedelta(minutes=1))

    def left() -> list[str]:
        return tab.locator("#days li:not([hidden]) .left").all_inner_texts()

    with serving(tmp_path) as url:
        tab.goto(url)
        assert left() == ["1h 00m", "3d 4h"]
        tab.clock.run_for(60_000)
        assert left() == ["0h 59m", "3d 4h"]
        tab.clock.run_for(60 * 60_000)
        assert left() == ["3d 3h"]  # the first has passed, and is no longer there


def test_time_left_of_a_replay_counts_from_its_day(
    big_url: str, big: Snapshot, watched: Watched
) -> None:
    watched.tab.goto(f"{big_url}?search=straße")
    watched.tab.wait_for_selector("#list[data-shown]")

    assert watched.tab.locator("#days .left").inner_text() == "57d"
    assert big.is_replay


PAGES = (
    "index.html",
    "month/2027-01.html",
    "month/to-be-announced.html",
    "conference/icml-2027.html",
    "series/icml.html",
    "sources.html",
    "changes.html",
    "subscribe.html",
    "reading.html",
)


@pytest.mark.postgres
def test_nothing_leaves_the_site(served: Published, watched: Watched) -> None:
    for path in PAGES:
        watched.tab.goto(served.url + path)
    watched.tab.goto(f"{served.url}?area=machine+learning&tz=local")
    watched.tab.wait_for_selector("#list[data-shown]")

    assert all(url.startswith(served.url) for url in watched.asked)
    assert watched.complaints == []
    assert watched.tab.context.cookies() == []


@pytest.mark.postgres
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_accessible_and_fit_the_screen(
    served: Published,
    browser: "Browser",
    width: int,
    scheme: Any,  # noqa: ANN401
) -> None:
    from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]
        Axe,
    )

    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    tab = context.new_page()
    axe = Axe()
    for path in (*PAGES, "index.html?area=machine+learning&tz=utc"):
        tab.goto(served.url + path)
        if "?" in path:
            tab.wait_for_selector("#list[data-shown]")
        if path.startswith("index"):
            for closed in tab.locator("#days details:not([open])").all()[:3]:
                closed.evaluate("details => { details.open = true; }")
        found = axe.run(tab).response["violations"]
        grave = [
            (one["id"], one["nodes"][0]["html"])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert grave == [], path
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


@pytest.mark.postgres
def test_without_scripts_content_and_links_are_there(
    served: Published, browser: "Browser"
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(served.url)

    assert tab.locator("#days li").count() > 50
    assert not tab.locator("#filters").is_visible()
    tab.get_by_role("link", name="Jan 2027").click()
    assert tab.get_by_role("heading", level=1).inner_text() == "January 2027"
    tab.get_by_role("link", name="ICML 2027").first.click()
    tab.get_by_role("heading", name="Dates, and who says so").wait_for()
    context.close()


@pytest.mark.postgres
def test_a_keyboard_reaches_the_instant_and_closes_it(
    served: Published, watched: Watched
) -> None:
    tab = watched.tab
    tab.goto(served.url)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.innerText") == "To the content"
    tab.locator("#days summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("#days dl.exact").first.is_visible()
    tab.keyboard.press("Escape")

    assert not tab.locator("#days dl.exact").first.is_visible()
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_hostile_texts_stay_texts_in_the_script_too(
    tmp_path: Path, watched: Watched
) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"
    row = deadline(
        acronym=evil, full_name=evil, label=evil, place=evil, city=evil, areas=evil,
        ranks=evil, has_conflict=True, dissenting_claims=evil, timezone_text=evil,
    )  # fmt: skip
    made_site(tmp_path, snapshot_with(row, is_replay=True))

    with serving(tmp_path) as url:
        watched.tab.goto(f"{url}?tz=aoe")
        watched.tab.wait_for_selector("#list[data-shown]")
        watched.tab.locator("#days summary").first.click()

    assert watched.tab.locator("#days img, #days script").count() == 0
    assert "<img src=x" in watched.tab.locator("#days li a").inner_text()
    assert watched.complaints == []
