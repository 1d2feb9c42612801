"""The embedded server: started on demand, shared by all, stopped by ``db stop``.

It is no client's child and outlives them all. Two locks order everything:
``<home>/postgres.lock`` is held by the one command that starts, stops or resets, and
``<home>/postgres/server.lock`` by the server itself for as long as it lives.

The server is started directly rather than through ``pg_ctl start``: that builds a shell
line, in which a path may break it, and cannot tell a zombie from a server.
"""

import enum
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from confradar.database.accounts import Account, last_line, server_account
from confradar.database.cluster import NAME, Cluster, locate
from confradar.database.credentials import (
    Credentials,
    free_port,
    new_credentials,
    read_credentials,
    write_credentials,
)
from confradar.database.installation import Installation, reachable_installation
from confradar.database.processes import (
    is_locked,
    locked,
    postmaster,
    quit_orphans,
    try_lock,
)
from confradar.errors import ConfRadarError

if TYPE_CHECKING:
    import psycopg

_HOST = "127.0.0.1"
_PATIENCE = 120.0
"""Seconds for a start, recovery after a crash included, and for other commands."""
_POLL = 0.03
_LOG_LIMIT = 5_000_000
_OTHER_PORTS = 5
"""So many ports are tried where the one of before is taken."""


class _Answer(enum.Enum):
    READY = enum.auto()
    REFUSED = enum.auto()
    SILENT = enum.auto()


@dataclass(frozen=True, slots=True)
class _EndOfAStart:
    """Why a server ended that was just started.

    Attributes:
        cause: what it said last of itself.
        is_of_its_port: somebody else has the port.
        is_of_leftovers: a file of an unlogged table was in the way of recovery. A crash
            just after a rollback leaves such files. PostgreSQL stumbles over them (its
            bug 17731) and has them out of the way at the next start.
    """

    cause: str
    is_of_its_port: bool
    is_of_leftovers: bool

    def as_error(self, log_file: Path) -> ConfRadarError:
        """Return what a person is told."""
        return ConfRadarError(
            f"the embedded database did not start: {self.cause}", f"see {log_file}"
        )


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The embedded server as it is now; holds no secret.

    Attributes:
        state: ``running``, ``stopped`` or ``absent`` (never started, or reset).
        host: the only address it listens on.
        port: on which it listens or will listen; None before the first start.
        pid: of the server's main process, while it runs.
        version: of PostgreSQL, while it runs.
        size_bytes: of the database, while it runs.
        data_directory: where the data lie, links resolved.
        is_inside_home: False if they had to be put elsewhere (``note`` says why).
        log_file: what the server wrote.
        note: what is unusual, or an empty string.
    """

    state: str
    host: str
    port: int | None
    pid: int | None
    version: str | None
    size_bytes: int | None
    data_directory: Path
    is_inside_home: bool
    log_file: Path
    note: str


class EmbeddedServer:
    """PostgreSQL for one home directory; any number of processes may use it at once.

    Every method raises ConfRadarError with the cause in one line.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.log_file = self.home / "postgres.log"
        self._credentials_file = self.home / "postgres.json"
        self._start_lock = self.home / "postgres.lock"
        self._server_lock = self.home / "postgres" / "server.lock"

    def ensure_running(self) -> str:
        """Start the server unless it runs, and return its URL.

        About 20 ms when it runs, 0.3 s to start it, 1.5 s the first time.
        """
        with self._clear_errors():
            url = self._running_url()
            if url is None:
                with self._exclusive() as start_lock:
                    url = self._running_url() or self._start(start_lock)
            return url

    def url(self) -> str:
        """Return the URL, running or not; it holds the password.

        Raises:
            ConfRadarError: the server was never started.
        """
        with self._clear_errors():
            credentials = read_credentials(self._credentials_file)
        if credentials is None:
            raise ConfRadarError(
                "the embedded database was never started", "run confradar db start"
            )
        return _url(credentials)

    def stop(self) -> bool:
        """Stop the server, ending its sessions; return whether it ran."""
        with self._clear_errors():
            if not self.home.is_dir():
                return False
            with self._exclusive():
                return self._stop()

    def reset(self) -> None:
        """Stop the server and delete all data; the URL stays the same."""
        with self._clear_errors():
            if not self.home.is_dir():
                return
            with self._exclusive():
                self._stop()
                cluster = locate(self.home, self._account())
                cluster.set_aside()
                for path in cluster.directory.glob("deleted-*"):
                    shutil.rmtree(path)

    def status(self) -> ServerStatus:
        """Say how the server is, without starting it."""
        with self._clear_errors():
            return self._status()

    def _status(self) -> ServerStatus:
        data = (self.home / "postgres").resolve() / "data"
        is_inside = not (self.home / "postgres").is_symlink()
        credentials = read_credentials(self._credentials_file)
        version = size = pid = None
        notes = []
        state = "stopped" if data.exists() else "absent"
        if is_locked(self._server_lock):
            state = "running"
            pid = postmaster(data)
            if credentials and _ask(credentials)[0] is _Answer.READY:
                with _connect(credentials) as connection:
                    row = connection.execute(
                        "select current_setting('server_version'),"
                        " pg_database_size(current_database())"
                    ).fetchone()
                version, size = row if row else (None, None)
            else:
                notes.append("it lets nobody in at the moment: see the log file")
        if not is_inside:
            notes.append(
                "the data lie outside the home: it is closed to the account of the "
                "server, or keeps no permissions"
            )
        return ServerStatus(
            state=state,
            host=_HOST,
            port=credentials.port if credentials else None,
            pid=pid,
            version=version,
            size_bytes=size,
            data_directory=data,
            is_inside_home=is_inside,
            log_file=self.log_file,
            note="; ".join(notes),
        )

    def running_url(self) -> str | None:
        """Return the URL if the server runs and lets us in, else None."""
        with self._clear_errors():
            return self._running_url()

    def _running_url(self) -> str | None:
        """Return the URL if the server runs and lets us in, else None."""
        if not is_locked(self._server_lock):
            return None
        credentials = read_credentials(self._credentials_file)
        if credentials is None or _ask(credentials)[0] is not _Answer.READY:
            return None
        return _url(credentials)

    def _account(self) -> Account:
        owners = [
            path.stat().st_uid
            for path in (self.home / "postgres" / "data", self.home)
            if path.exists()
        ]
        return server_account(owners)

    def _start(self, start_lock: int) -> str:
        """Bring the server up, whatever state it is in; the start lock is held."""
        account = self._account()
        installation = reachable_installation(account)
        cluster = locate(self.home, account)
        known = read_credentials(self._credentials_file)
        credentials = known or new_credentials()
        sets_password = known is None and cluster.data.exists()
        has_stopped = has_met_leftovers = False
        log_start: int | None = None
        refused_ports: set[int] = set()
        deadline = time.monotonic() + _PATIENCE

        while time.monotonic() < deadline:
            server_lock = try_lock(cluster.lock)
            if server_lock is not None:
                try:
                    if log_start is not None:  # it was started here, and has ended
                        why = self._end_of_a_start(log_start)
                        if why.is_of_its_port and len(refused_ports) < _OTHER_PORTS:
                            refused_ports.add(credentials.port)
                        elif why.is_of_leftovers and not has_met_leftovers:
                            has_met_leftovers = True
                        else:
                            raise why.as_error(self.log_file)
                    port = free_port(credentials.port, refused_ports)
                    credentials = replace(credentials, port=port)
                    self._prepare(
                        cluster, installation, credentials, sets_password, start_lock
                    )
                    sets_password = False
                    log_start = self._launch(
                        cluster, installation.program("postgres"), server_lock
                    )
                finally:
                    os.close(server_lock)  # the server has it by inheritance
                continue

            answer, said = _ask(credentials)
            if answer is _Answer.READY and not sets_password:
                return _url(credentials)
            if answer is _Answer.REFUSED or sets_password:
                # It runs with a password that nobody knows any more.
                if has_stopped:
                    raise ConfRadarError(
                        f"the embedded database lets nobody in: {said}",
                        f"see {self.log_file}, or run confradar db reset",
                    )
                self._stop()
                sets_password = has_stopped = True
                log_start = None
            elif postmaster(cluster.data) is None:
                quit_orphans(credentials.cluster_name)
            time.sleep(_POLL)

        raise ConfRadarError(
            f"the embedded database did not answer within {_PATIENCE:.0f} s; another "
            f"process may use {cluster.data}, in a container perhaps",
            f"see {self.log_file}",
        )

    def _prepare(
        self,
        cluster: Cluster,
        installation: Installation,
        credentials: Credentials,
        sets_password: bool,
        start_lock: int,
    ) -> None:
        """Make everything ready for a start; both locks are held."""
        cluster.clear_leftovers()
        write_credentials(self._credentials_file, credentials)
        self._give_to_owner(self._credentials_file)
        if not cluster.data.exists():
            cluster.make(installation, credentials.password, start_lock)
        cluster.check_version()
        if sets_password:
            cluster.set_password(installation, credentials.password, start_lock)
        owners = {os.geteuid(), self.home.stat().st_uid}
        cluster.configure(credentials.cluster_name, credentials.port, owners)

    def _launch(self, cluster: Cluster, program: Path, server_lock: int) -> int:
        """Start the server in the background; return where its part of the log begins.

        A shell in between exits at once, so that the server is nobody's child.
        """
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(self.log_file, flags, 0o600), "ab") as log:
            self._give_to_owner(self.log_file)
            begin = log.tell()
            cluster.account.run(
                ["/bin/sh", "-c", '"$@" &', "sh", program, "-D", cluster.data],
                output=log,
                keep_open=[server_lock],
                new_session=True,
            )
        return begin

    def _stop(self) -> bool:
        """Stop the server if it lives; the start lock is held."""
        if not is_locked(self._server_lock):
            return False
        account = self._account()
        cluster = locate(self.home, account)
        credentials = read_credentials(self._credentials_file)
        for mode, seconds in (("fast", 30.0), ("immediate", 10.0)):
            # Only while the number in postmaster.pid is proven to be the server's.
            if postmaster(cluster.data) is not None:
                program = reachable_installation(account).program("pg_ctl")
                account.run(
                    [program, "stop", "-D", cluster.data, "-m", mode, "--no-wait"]
                )
            elif credentials is not None:
                quit_orphans(credentials.cluster_name)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not is_locked(cluster.lock):
                    return True
                time.sleep(_POLL)
        raise ConfRadarError(
            f"the server that uses {cluster.data} does not stop",
            f"see {self.log_file}; it may run in another container",
        )

    def _end_of_a_start(self, log_start: int) -> _EndOfAStart:
        """Read in the log why a server ended that was started here."""
        with self.log_file.open("rb") as log:
            log.seek(log_start)
            lines = log.read().decode("utf-8", "replace").splitlines()
        # Who asked meanwhile is refused with a FATAL, too.
        fatal = [
            line
            for line in lines
            if ("FATAL" in line or "PANIC" in line)
            and "the database system is" not in line
        ]
        cause = (fatal or lines or ["no reason given"])[-1]
        return _EndOfAStart(
            cause=cause.partition("  ")[2] or cause,
            is_of_its_port=any("could not bind" in line for line in lines),
            is_of_leftovers=any(
                "could not create file" in line and "File exists" in line
                for line in fatal
            ),
        )

    def _give_to_owner(self, path: Path) -> None:
        """Let the home's owner read what root makes in it."""
        if os.geteuid() == 0:
            home = self.home.stat()
            os.chown(path, home.st_uid, home.st_gid, follow_symlinks=False)

    @contextmanager
    def _exclusive(self) -> Iterator[int]:
        """Hold the start lock, in a home that exists."""
        if not self.home.is_dir():
            # Root's home has to let the server's account through, to its own part.
            mode = 0o711 if os.geteuid() == 0 else 0o700
            self.home.mkdir(parents=True, exist_ok=True)
            self.home.chmod(mode)
        with locked(self._start_lock, seconds=_PATIENCE) as descriptor:
            self._give_to_owner(self._start_lock)
            yield descriptor

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfRadarError(
                f"the embedded database cannot use {error.filename or self.home}: "
                f"{error.strerror}",
                f"check the owner of {self.home} and the room on its disk, or set "
                "CONFRADAR_HOME or DATABASE_URL",
            ) from error


def _url(credentials: Credentials) -> str:
    where = f"{_HOST}:{credentials.port}/{NAME}"
    return f"postgresql://{NAME}:{credentials.password}@{where}"


def _connect(credentials: Credentials) -> "psycopg.Connection[tuple[str, int]]":
    import psycopg

    return psycopg.connect(
        host=_HOST,
        port=credentials.port,
        user=NAME,
        password=credentials.password,
        dbname=NAME,
        connect_timeout=5,
        # Whoever else listens there is not told the password.
        require_auth="scram-sha-256",
        application_name="confradar",
        autocommit=True,
    )


def _ask(credentials: Credentials) -> tuple[_Answer, str]:
    """Try to connect; tell a server that is not ready from one that refuses us."""
    import psycopg

    try:
        _connect(credentials).close()
    except psycopg.OperationalError as error:
        said = last_line(str(error))
        if "too many clients" in said:
            return _Answer.READY, said
        if "password authentication failed" in said or "does not exist" in said:
            return _Answer.REFUSED, said
        return _Answer.SILENT, said
    return _Answer.READY, ""
