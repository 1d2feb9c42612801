import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from benchmarks.kills import kill_server
from confradar.database import EmbeddedServer, ServerStatus, database_url
from confradar.database.accounts import server_account
from confradar.database.credentials import Credentials, read_credentials
from confradar.database.installation import (
    Installation,
    find_installation,
    reachable_installation,
)
from confradar.errors import ConfRadarError
from confradar.settings import load_settings
from tests.homes import run_as, server_home

pytestmark = pytest.mark.postgres

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")

START = "import sys, pathlib; from confradar.database import EmbeddedServer; "
START += "print(EmbeddedServer(pathlib.Path(sys.argv[1])).ensure_running())"


@pytest.fixture(scope="module")
def shared() -> Iterator[EmbeddedServer]:
    """Give a server that tests may stop and kill, but whose data they keep."""
    with server_home() as home:
        server = EmbeddedServer(home)
        _query(server, "create table kept as select 42 as answer")
        yield server


@pytest.fixture
def home() -> Iterator[Path]:
    with server_home() as path:
        yield path


def _query(server: EmbeddedServer, statement: str) -> Any:  # noqa: ANN401 - any value
    with psycopg.connect(server.ensure_running(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def _credentials(server: EmbeddedServer) -> Credentials:
    found = read_credentials(server.home / "postgres.json")
    assert found is not None
    return found


def _pid(server: EmbeddedServer) -> int:
    server.ensure_running()
    pid = server.status().pid
    assert pid is not None
    return pid


def _starter(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)], stdout=subprocess.PIPE, text=True
    )


def test_the_url_is_accepted_by_psycopg_and_dlt(shared: EmbeddedServer) -> None:
    url = shared.ensure_running()

    assert re.fullmatch(r"postgresql://confradar:\w+@127\.0\.0\.1:\d+/confradar", url)
    assert (
        _query(shared, "select current_user || current_database()") == "confradar" * 2
    )
    assert PostgresCredentials(url).port == _credentials(shared).port


def test_a_wrong_password_is_refused(shared: EmbeddedServer) -> None:
    good = _credentials(shared).password
    wrong = shared.ensure_running().replace(good, "x" * len(good))

    with pytest.raises(
        psycopg.OperationalError, match="password authentication failed"
    ):
        psycopg.connect(wrong)


def test_nobody_is_let_in_without_a_password(shared: EmbeddedServer) -> None:
    url = shared.ensure_running()
    without = url.replace(":" + _credentials(shared).password, "")

    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(without, passfile="/nowhere")


def test_no_rule_trusts_and_no_other_host_is_listened_to(
    shared: EmbeddedServer,
) -> None:
    methods = "select array_agg(distinct auth_method) from pg_hba_file_rules"

    assert sorted(_query(shared, methods)) == ["peer", "scram-sha-256"]
    assert _query(shared, "select current_setting('listen_addresses')") == "127.0.0.1"


@needs_root
def test_the_socket_lets_in_its_owner_and_no_other_user(shared: EmbeddedServer) -> None:
    shared.ensure_running()
    place = (shared.home / "postgres" / "socket").resolve()
    nobody = pwd.getpwnam("nobody")

    def connect() -> str:
        with psycopg.connect(
            host=str(place), port=5432, user="confradar", dbname="confradar"
        ) as connection:
            row = connection.execute("select current_user").fetchone()
        return row[0] if row else "nothing"

    assert connect() == "confradar"
    assert "Permission denied" in run_as(nobody.pw_uid, nobody.pw_gid, connect)


def test_files_with_secrets_are_closed_to_others(shared: EmbeddedServer) -> None:
    shared.ensure_running()

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (*shared.home.iterdir(), *(shared.home / "postgres").iterdir())
    }

    assert modes == {
        "postgres": 0o700,
        "postgres.json": 0o600,
        "postgres.lock": 0o600,
        "postgres.log": 0o600,
        "data": 0o700,
        "server.lock": 0o600,
        "socket": 0o700,
    }


@needs_proc
def test_the_password_is_in_no_log_and_no_command_line(shared: EmbeddedServer) -> None:
    password = _credentials(shared).password
    _query(shared, "select 1")
    lines = [shared.log_file.read_bytes()]
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_bytes())
        except OSError:
            continue

    assert all(password.encode() not in line for line in lines)
    assert password not in repr(_credentials(shared)) + repr(shared.status())


def test_concurrent_starters_share_one_server(home: Path) -> None:
    starters = [_starter(home) for _ in range(3)]
    urls = {starter.communicate(timeout=60)[0] for starter in starters}

    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert urls == {EmbeddedServer(home).url() + "\n"}


def test_the_server_outlives_the_command_that_started_it(
    shared: EmbeddedServer,
) -> None:
    shared.stop()
    starter = _starter(shared.home)
    starter.communicate(timeout=60)

    status = shared.status()

    assert starter.returncode == 0
    assert status.state == "running"
    assert status.pid != starter.pid


def test_a_killed_server_is_back_within_seconds_with_its_data(
    shared: EmbeddedServer,
) -> None:
    for _ in range(3):
        os.kill(_pid(shared), signal.SIGKILL)
        began = time.monotonic()
        assert _query(shared, "select answer from kept") == 42
        assert time.monotonic() - began < 15


def test_a_server_killed_just_after_a_rollback_is_back(
    shared: EmbeddedServer,
) -> None:
    """Where the log of writes has an unlogged table whose files are half gone."""
    with psycopg.connect(shared.ensure_running(), autocommit=True) as connection:
        connection.execute("create unlogged table passing (answer int)")
        path = connection.execute("select pg_relation_filepath('passing')").fetchone()
    assert path is not None
    kill_server(shared)
    # As the rollback of its creation does, if the kill comes before that is written.
    (shared.home / "postgres" / "data" / f"{path[0]}_init").unlink()

    assert _query(shared, "select answer from kept") == 42
    log = shared.log_file.read_text()
    assert "File exists" in log.rpartition("redo starts")[0]
    _query(shared, "drop table passing")


def test_a_query_that_a_killed_server_left_at_work_is_ended(
    shared: EmbeddedServer,
) -> None:
    # It computes without ever waiting, so that it does not notice the server's end.
    busy = psycopg.connect(shared.ensure_running(), autocommit=True)
    worker = busy.info.backend_pid
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000000000)")
    time.sleep(0.3)
    os.kill(_pid(shared), signal.SIGKILL)
    began = time.monotonic()

    assert _query(shared, "select answer from kept") == 42
    assert time.monotonic() - began < 15
    assert worker not in _living("postgres")
    busy.close()


def test_a_stale_pid_of_a_living_process_is_not_believed(
    shared: EmbeddedServer,
) -> None:
    _pid(shared)
    pid_file = shared.home / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    shared.stop()
    with subprocess.Popen(["/bin/sleep", "60"]) as bystander:
        try:
            pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")

            assert _query(shared, "select answer from kept") == 42
            assert shared.stop()
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_stopping_spares_a_process_that_took_the_number_of_a_killed_server(
    shared: EmbeddedServer,
) -> None:
    pid_file = shared.home / "postgres" / "data" / "postmaster.pid"
    os.kill(_pid(shared), signal.SIGKILL)
    with subprocess.Popen(["/bin/sleep", "60"]) as bystander:
        try:
            lines = pid_file.read_text().splitlines()
            pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
            shared.stop()

            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_a_command_killed_while_the_cluster_is_made_leaves_no_half_of_it(
    home: Path,
) -> None:
    starter = _starter(home)
    deadline = time.monotonic() + 30
    while not list((home / "postgres").glob("initdb-*/base")):
        assert time.monotonic() < deadline
        assert starter.poll() is None
        time.sleep(0.005)
    starter.kill()
    starter.communicate()
    assert not (home / "postgres" / "data").exists()

    server = EmbeddedServer(home)

    assert _query(server, "select 1") == 1
    assert not list((home / "postgres").glob("initdb-*"))


def test_a_directory_that_is_no_cluster_is_refused_and_kept(
    shared: EmbeddedServer,
) -> None:
    shared.ensure_running()
    shared.stop()
    version = shared.home / "postgres" / "data" / "PG_VERSION"
    aside = version.with_name("aside")
    version.rename(aside)
    try:
        with pytest.raises(ConfRadarError, match="holds no PostgreSQL cluster"):
            shared.ensure_running()
    finally:
        aside.rename(version)

    assert _query(shared, "select answer from kept") == 42


def test_a_server_that_cannot_start_says_why_in_one_line(
    shared: EmbeddedServer,
) -> None:
    shared.ensure_running()
    shared.stop()
    settings = shared.home / "postgres" / "data" / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("shared_buffers = 'plenty'\n")
    try:
        with pytest.raises(ConfRadarError, match="did not start") as caught:
            shared.ensure_running()
    finally:
        settings.write_text(before)

    assert "\n" not in str(caught.value)
    assert "postgres.log" in caught.value.hint


def test_a_port_that_somebody_took_is_changed_for_another(
    shared: EmbeddedServer,
) -> None:
    shared.ensure_running()
    shared.stop()
    port = _credentials(shared).port
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()

        assert _query(shared, "select answer from kept") == 42

    assert _credentials(shared).port != port


def test_the_port_is_kept_over_restarts(shared: EmbeddedServer) -> None:
    before = shared.ensure_running()
    shared.stop()

    assert shared.ensure_running() == before


@pytest.mark.parametrize("is_running", [True, False])
def test_a_lost_password_is_replaced_and_the_data_stay(
    shared: EmbeddedServer, is_running: bool
) -> None:
    shared.ensure_running()
    before = _credentials(shared).password
    if not is_running:
        shared.stop()
    (shared.home / "postgres.json").unlink()

    assert _query(shared, "select answer from kept") == 42
    assert _credentials(shared).password != before


def test_a_copied_checkout_gets_a_server_of_its_own(shared: EmbeddedServer) -> None:
    shared.ensure_running()
    shared.stop()
    copy = shared.home.parent / "copy"
    shutil.copytree(shared.home, copy, symlinks=True)
    for path in [copy, *copy.rglob("*")]:  # as cp -a does
        found = (shared.home / path.relative_to(copy)).lstat()
        os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)
    shared.ensure_running()
    pid_file = Path("postgres/data/postmaster.pid")
    shutil.copyfile(shared.home / pid_file, copy / pid_file)
    other = EmbeddedServer(copy)
    try:
        _query(other, "update kept set answer = 7")

        assert _query(shared, "select answer from kept") == 42
        assert _credentials(other).port != _credentials(shared).port
    finally:
        other.stop()


def test_a_moved_checkout_still_finds_its_running_server(
    shared: EmbeddedServer,
) -> None:
    pid = _pid(shared)
    place = shared.home.parent / "moved"
    shared.home.rename(place)
    moved = EmbeddedServer(place)
    try:
        assert _pid(moved) == pid
        assert moved.stop()
        assert _query(moved, "select answer from kept") == 42
    finally:
        moved.stop()
        place.rename(shared.home)


@pytest.mark.parametrize(
    "parts", [("with a blank", 'it\'s $HOME "quoted"'), ("long" * 50, "er" * 60)]
)
def test_any_path_will_do(parts: tuple[str, ...]) -> None:
    with server_home(*parts) as home:
        server = EmbeddedServer(home)

        assert _query(server, "select 1") == 1
        assert server.status().is_inside_home
        os.kill(_pid(server), signal.SIGKILL)
        assert _query(server, "select 1") == 1
        assert server.stop()


def test_a_reset_empties_the_database_and_keeps_its_url(home: Path) -> None:
    server = EmbeddedServer(home)
    url = server.ensure_running()
    _query(server, "create table gone as select 1")

    server.reset()

    assert server.status().state == "absent"
    assert not list((home / "postgres").glob("*/base"))
    assert _query(server, "select to_regclass('gone')") is None
    assert server.url() == url


def test_before_the_first_start_there_is_a_status_and_no_url(home: Path) -> None:
    server = EmbeddedServer(home)

    assert server.status().state == "absent"
    assert not server.stop()
    with pytest.raises(ConfRadarError, match="never started"):
        server.url()
    assert not home.exists()


def test_the_status_describes_a_running_server(shared: EmbeddedServer) -> None:
    shared.ensure_running()

    status = shared.status()

    assert isinstance(status, ServerStatus)
    assert (status.state, status.version, status.note) == ("running", "18.4", "")
    assert status.port == _credentials(shared).port
    assert status.size_bytes is not None
    assert status.size_bytes > 5_000_000


def test_names_sort_the_same_on_every_machine(shared: EmbeddedServer) -> None:
    ordered = (
        "select string_agg(n, '' order by n) from (values ('b'), ('A'), ('a')) v(n)"
    )

    assert _query(shared, ordered) == "Aab"
    assert _query(shared, "select lower('ÄÉ')") == "äé"


def test_an_own_server_is_used_as_it_is_named(home: Path) -> None:
    url = "postgresql://u:p@db.example.org/d"
    environment = {"DATABASE_URL": url, "CONFRADAR_HOME": str(home)}

    assert database_url(load_settings(environment)) == url
    assert not home.exists()


@needs_root
def test_an_ordinary_user_runs_the_server_as_itself() -> None:
    nobody = pwd.getpwnam("nobody")
    with server_home("project") as home:
        os.chown(home.parent, nobody.pw_uid, nobody.pw_gid)
        server = EmbeddedServer(home)

        said = run_as(
            nobody.pw_uid, nobody.pw_gid, lambda: _query(server, "select version()")
        )

        assert said.startswith("PostgreSQL 18")
        assert (home / "postgres.json").stat().st_uid == nobody.pw_uid
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        # Root may join in, and leaves nothing behind that its owner could not read.
        os.kill(_pid(server), signal.SIGKILL)
        assert _query(server, "select 1") == 1
        owners = {path.lstat().st_uid for path in (home / "postgres").rglob("*")}
        assert owners == {nobody.pw_uid}
        assert run_as(nobody.pw_uid, nobody.pw_gid, server.stop) == "True"


@needs_root
def test_root_leaves_the_server_to_an_unprivileged_account(
    shared: EmbeddedServer,
) -> None:
    shared.ensure_running()

    assert (shared.home / "postgres" / "data").stat().st_uid != 0
    assert shared.status().is_inside_home


@needs_root
def test_below_a_closed_directory_root_keeps_the_data_in_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server_home("closed", "project") as home, server_home("system") as other:
        system = other.parent
        monkeypatch.setattr("confradar.database.cluster.SYSTEM_DIRECTORY", system)
        home.parent.parent.chmod(0o700)
        server = EmbeddedServer(home)

        assert _query(server, "select 1") == 1
        status = server.status()
        assert not status.is_inside_home
        assert status.data_directory.is_relative_to(system)
        assert "outside the home" in status.note
        assert stat.S_IMODE(home.parent.parent.stat().st_mode) == 0o700
        os.kill(_pid(server), signal.SIGKILL)
        assert _query(server, "select 1") == 1
        # A container that is made anew has the checkout, and an empty system.
        server.stop()
        shutil.rmtree(system)
        assert _query(server, "select 1") == 1
        server.reset()


@needs_root
def test_programs_below_a_closed_directory_are_copied_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server_home("closed") as home, server_home("system") as other:
        wheel = find_installation()
        closed = home.parent
        for part in (f"{wheel.package.name}/pginstall18", f"{wheel.package.name}.libs"):
            shutil.copytree(wheel.package.parent / part, closed / part, symlinks=True)
        closed.chmod(0o700)
        hidden = Installation(closed / wheel.package.name, wheel.wheel_version)
        monkeypatch.setattr(
            "confradar.database.installation.find_installation", lambda: hidden
        )
        monkeypatch.setattr(
            "confradar.database.installation.SYSTEM_DIRECTORY", other.parent
        )
        account = server_account([])

        first = reachable_installation(account)
        made = first.package.stat().st_ino
        second = reachable_installation(account)

        assert first.package.is_relative_to(other.parent)
        assert second == first
        assert second.package.stat().st_ino == made
        assert account.run([first.program("initdb"), "--version"]).returncode == 0


def test_a_user_without_a_name_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 3_999_999)

    with pytest.raises(ConfRadarError, match="user id 3999999 has no name"):
        server_account([])


def _living(name: str) -> set[int]:
    listed = subprocess.run(
        ["ps", "-axo", "pid=,stat=,comm="], capture_output=True, text=True, check=True
    ).stdout
    return {
        int(pid)
        for pid, state, command in (line.split(None, 2) for line in listed.splitlines())
        if name in command and not state.startswith("Z")
    }
