"""What goes wrong with a server, a role or a run, and what is told and left then."""

import shutil
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from benchmarks.kills import Running
from confradar.database import EmbeddedServer, one_login
from confradar.database.accounts import server_account
from confradar.errors import ConfRadarError
from confradar.migrating import Plan, migrate
from confradar.warehouse import reading
from tests.conftest import ROOT, WITHOUT_TESTS, SampleRun, Site, Sites
from tests.homes import server_home
from tests.parsed import hand_on
from tests.servers import at

pytestmark = pytest.mark.postgres

FOLDER = ROOT / "ingestion" / "sample"
NEXT = ("run", "--from", str(FOLDER), "--as-of", "2026-12-01")
ROOM = 5_000_000  # bytes: the sample, loaded and built, takes twice as many
MESSAGE = struct.Struct("!cI")


def assert_told(
    done: "subprocess.CompletedProcess[str]", said: str, hint: str = ""
) -> None:
    """One line that says what is wrong, one that says what to do, and the exit code."""
    assert done.returncode == 1, done.stderr + done.stdout
    error, advice = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert said in error
    assert advice.startswith("hint: ")
    assert hint in advice


@pytest.mark.parametrize("command", [("run", "--sample"), ("build", "--quiet")])
def test_a_database_that_is_down_is_told_before_any_work(
    sample: SampleRun, command: tuple[str, ...]
) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://me:secret@127.0.0.1:{taken.getsockname()[1]}/x"
        done = Site(sample.site.home, url).confradar(*command)

    assert_told(done, "the database does not answer: ", "confradar doctor")
    assert "secret" not in done.stderr


def test_a_role_that_is_not_there_is_told(sample: SampleRun) -> None:
    parts = urlsplit(sample.site.url)
    place = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"nobody_at_all:secret@{place}").geturl()

    done = Site(sample.site.home, url).confradar("run", "--sample")

    assert_told(done, "nobody_at_all")


def test_a_role_that_may_not_connect_is_told(sites: Sites) -> None:
    site = sites.make()
    database = sql.Identifier(urlsplit(site.url).path[1:])
    with psycopg.connect(site.url) as session:
        session.execute("create role shut_out login password 'word'")
        session.execute(
            sql.SQL("revoke connect on database {} from public").format(database)
        )
    parts = urlsplit(site.url)
    place = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"shut_out:word@{place}").geturl()

    done = Site(site.home, url).confradar("run", "--sample")
    site.execute("drop role shut_out")

    assert_told(done, "permission denied for database")


@contextmanager
def server_of_version(version: str) -> Iterator[str]:
    """Greet as a server of this version does, and never answer a query."""

    def message(kind: bytes, body: bytes) -> bytes:
        return MESSAGE.pack(kind, len(body) + 4) + body

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                client.sendall(
                    message(b"R", struct.pack("!I", 0))
                    + message(b"S", b"server_version\0" + version.encode() + b"\0")
                    + message(b"S", b"client_encoding\0UTF8\0")
                    + message(b"Z", b"I")
                )
                client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        yield f"postgresql://me:word@127.0.0.1:{port}/x?sslmode=disable&gssencmode=disable"


@pytest.mark.parametrize("command", [("run", "--sample"), ("db", "migrate")])
def test_a_server_that_is_too_old_is_told(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with server_of_version("13.14") as url:
        done = Site(tmp_path, url).confradar(*command)

    assert_told(done, "the database is PostgreSQL 13, ConfRadar needs 15 or later")


def test_the_version_is_looked_at_before_the_database_is_asked() -> None:
    with server_of_version("14.1") as url:
        plan = Plan(url)
        with pytest.raises(ConfRadarError, match="PostgreSQL 14"):
            migrate(ROOT, plan)


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount a file system that a test can fill; skip where none can be mounted."""
    place.mkdir()
    words = ["-t", "tmpfs", "-o", "size=64m,mode=1777", "tmpfs", str(place)]
    mounted = subprocess.run(["mount", *words], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def small() -> Iterator[tuple[Path, str]]:
    """A small disk, and the URL of an empty database that lies on it."""
    with server_home() as home:
        place = home.parent / "small"
        with small_disk(place):
            server = EmbeddedServer(home)
            url = server.ensure_running()
            folder = place / "data"
            folder.mkdir()
            account = server_account([])
            shutil.chown(folder, account.uid, account.gid)
            with psycopg.connect(url, autocommit=True) as session:
                session.execute(
                    sql.SQL("create tablespace small location {}").format(
                        sql.Literal(str(folder))
                    )
                )
                session.execute("create database filling tablespace small")
            yield place, at(url, "filling")
            server.stop()


def test_a_disk_that_is_full_is_told_and_the_next_run_goes_on(
    small: tuple[Path, str], sample: SampleRun, tmp_path: Path
) -> None:
    place, url = small
    site = Site(tmp_path, url)
    hand_on(sample.site.home, sample.site.url, to_home=tmp_path, to_url=url)
    migrate(ROOT, Plan(site.url))
    ballast = place / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(place).free - ROOM))

    full = site.confradar("run", "--sample", extra=WITHOUT_TESTS)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr + full.stdout
    assert "No space left on device" in full.stderr + full.stdout
    assert site.checksums() == {}

    ballast.unlink()
    again = site.confradar("run", "--sample", extra=WITHOUT_TESTS)
    assert again.returncode == 0, again.stderr
    assert site.checksums() == sample.site.checksums()


def test_a_second_run_waits_and_finds_the_work_done(
    sample: SampleRun, sites: Sites
) -> None:
    site = sites.copy(sample.site)
    with psycopg.connect(site.url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(7230271)")
        second = Running(["run", "--sample"], site.environment())
        waits = "select from pg_locks where locktype = 'advisory' and not granted"
        assert second.wait_for(lambda: bool(site.rows(waits)))
    end = second.end()

    assert end.code == 0
    assert "another run is at work on this database: waiting for it" in end.said
    assert "Nothing changed: the marts stay as they are." in end.said


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
@pytest.mark.parametrize("phase", ["loading", "building"])
def test_a_run_that_is_stopped_says_so_and_leaves_the_old_marts(
    sample: SampleRun, sites: Sites, phase: str, number: signal.Signals, code: int
) -> None:
    site = sites.copy(sample.site)
    before = site.checksums()
    is_so = {
        "loading": "select from confradar.runs where outcome = 'running'",
        "building": "select from pg_class"
        " where relnamespace = to_regnamespace('marts_next')",
    }[phase]

    running = Running(NEXT, site.environment())
    assert running.wait_for(lambda: bool(site.rows(is_so)))
    running.send(number)
    end = running.end()

    assert end.code == code, end.said
    assert end.said.strip() == "stopped: what was done so far is kept"
    assert site.checksums() == before
    assert site.rows(
        "select outcome from confradar.runs order by started_at desc limit 1"
    ) == [("stopped",)]


def test_a_build_waits_for_who_reads_and_publishes_nothing_in_between(
    sample: SampleRun,
) -> None:
    login = one_login(sample.site.url)
    with reading(login.reader), psycopg.connect(sample.site.url) as builder:
        builder.execute("set lock_timeout to '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            builder.execute("drop table marts.fct_deadlines cascade")


def test_a_run_of_dbt_in_which_a_model_fails_publishes_no_other(
    sample: SampleRun, sites: Sites
) -> None:
    site = sites.copy(sample.site)
    before = site.checksums()
    site.execute(
        "alter table staging.stg_registry__sources rename to was_here;"
        " create view staging.stg_registry__sources as select * from staging.was_here"
        " where 1 / (authority_rank - authority_rank) > 0"
    )

    done = site.confradar("dbt", "run", "--select", "dim_series", "dim_sources")

    assert done.returncode == 1
    assert "division by zero" in done.stdout
    assert site.checksums() == before
