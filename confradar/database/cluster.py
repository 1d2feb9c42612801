"""The database cluster on disk: where it lies, how it is made and configured.

``<home>/postgres/`` belongs to the server's account and holds ``data/`` (there only
once it is complete), ``socket/`` and ``server.lock``. Where that account cannot reach
the home, or the file system keeps no permissions, ``<home>/postgres`` is a link to a
private directory of the system.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from confradar.database.accounts import Account, last_line, name_of
from confradar.database.installation import (
    MAJOR_VERSION,
    SYSTEM_DIRECTORY,
    Installation,
    make_open_directory,
)
from confradar.database.processes import is_made_for, postmaster
from confradar.errors import ConfRadarError

NAME = "confradar"
"""Of the database, and of the role that owns it."""

# A fixed name beside the socket of the port in use, for dbt's profile.
_SOCKET, _FIXED_SOCKET = ".s.PGSQL.{port}", ".s.PGSQL.5432"

# Nothing else is let in: over TCP by password alone, over the socket (which dbt's
# profile uses, because it can hold no password) only who owns the cluster.
_ACCESS = f"""\
local all all              peer map={NAME}
host  all all 127.0.0.1/32 scram-sha-256
"""

_CONFIGURATION = """\
# Written by ConfRadar at every start; own settings: ALTER SYSTEM.
cluster_name = '{cluster_name}'
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '../socket'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 50
# Reserved once: /dev/shm is small in containers, and systemd empties it at logout.
min_dynamic_shared_memory = '32MB'
# Nobody replicates it: tables that a build makes go to the disk once, and not through
# the log of writes as well. A build writes gigabytes where there are a million claims.
wal_level = minimal
max_wal_senders = 0
max_wal_size = '4GB'
shared_buffers = '256MB'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's directory and the account that owns it."""

    directory: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data directory; it exists only once it is complete."""
        return self.directory / "data"

    @property
    def lock(self) -> Path:
        """The file that a living server holds locked."""
        return self.directory / "server.lock"

    def make(self, installation: Installation, password: str, start_lock: int) -> None:
        """Make the data directory with its role and database.

        It is made under another name and renamed when it is complete, so that a
        process killed in between leaves nothing that looks like a cluster. The
        children inherit the start lock: it stays held until the last of them is gone.

        Raises:
            ConfRadarError: initdb failed.
        """
        scratch = self.directory / f"initdb-{secrets.token_hex(4)}"
        done = self.account.run(
            [
                installation.program("initdb"),
                f"--pgdata={scratch}",
                f"--username={NAME}",
                "--encoding=UTF8",
                # The server's own collation: the same order on every machine.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--auth=reject",
                "--no-instructions",
            ],
            keep_open=[start_lock],
        )
        if done.returncode != 0:
            raise ConfRadarError(
                f"the embedded database could not be made: {last_line(done.stdout)}",
                f"make room in {self.directory}, or set DATABASE_URL",
            )
        statements = [_password_statement(password), f"create database {NAME}"]
        self._run_alone(installation, scratch, statements, start_lock)
        scratch.rename(self.data)

    def set_password(
        self, installation: Installation, password: str, start_lock: int
    ) -> None:
        """Give the role a new password while no server runs."""
        statement = _password_statement(password)
        self._run_alone(installation, self.data, [statement], start_lock)

    def check_version(self) -> None:
        """Refuse a data directory that these programs cannot use.

        Raises:
            ConfRadarError: another version made it, or it is no cluster at all.
        """
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise ConfRadarError(
                f"{self.data} holds no PostgreSQL cluster",
                "move it away; it is not deleted for you",
            ) from None
        if version != MAJOR_VERSION:
            raise ConfRadarError(
                f"{self.data} was made by PostgreSQL {version}, and {MAJOR_VERSION} "
                "is installed",
                "dump it with the old version, then run confradar db reset",
            )

    def clear_leftovers(self) -> None:
        """Remove what killed commands and servers left; the server lock is held.

        Raises:
            ConfRadarError: a server that does not hold the lock uses the directory.
        """
        for pattern in ("initdb-*", "deleted-*"):
            for path in self.directory.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)
        if is_made_for(self.data) and (pid := postmaster(self.data)) is not None:
            raise ConfRadarError(
                f"process {pid}, which ConfRadar did not start, serves {self.data} "
                "and cannot be reached",
                "stop it with pg_ctl, then try again",
            )
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def configure(self, cluster_name: str, port: int, owners: set[int]) -> None:
        """Write the server's settings; ``owners`` may come in over the socket."""
        users = sorted(name for uid in owners if (name := name_of(uid)) is not None)
        settings = _CONFIGURATION.format(cluster_name=cluster_name, port=port)
        people = "".join(f'{NAME} "{user}" {NAME}\n' for user in users)
        self.account.write(self.data / "postgresql.conf", settings)
        self.account.write(self.data / "pg_hba.conf", _ACCESS)
        self.account.write(self.data / "pg_ident.conf", people)
        # No server lives: whatever is in here, a killed one left it.
        script = 'rm -rf -- "$1" && mkdir -m 700 -- "$1" && ln -s -- "$2" "$1/$3"'
        done = self.account.run(
            [
                *("/bin/sh", "-c", script, "sh", self.directory / "socket"),
                *(_SOCKET.format(port=port), _FIXED_SOCKET),
            ]
        )
        if done.returncode != 0:
            raise ConfRadarError(
                f"no socket directory could be made: {last_line(done.stdout)}",
                f"check the owner of {self.directory}",
            )

    def set_aside(self) -> None:
        """Take the data away, so that a killed deletion leaves no half of it."""
        if self.data.exists():
            name = f"deleted-{secrets.token_hex(4)}"
            self.data.rename(self.directory / name)

    def _run_alone(
        self,
        installation: Installation,
        data: Path,
        statements: list[str],
        start_lock: int,
    ) -> None:
        """Run statements in single-user mode: no listener, no password on disk."""
        done = self.account.run(
            [
                *(installation.program("postgres"), "--single", "-D", data),
                *("-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"),
                "postgres",
            ],
            text="".join(f"{statement};\n" for statement in statements),
            keep_open=[start_lock],
        )
        if done.returncode != 0:
            raise ConfRadarError(
                f"the embedded database could not be prepared: "
                f"{last_line(done.stdout)}",
                f"make room in {self.directory}, or set DATABASE_URL",
            )


def locate(home: Path, account: Account) -> Cluster:
    """Find the cluster's directory, or make an empty one.

    Raises:
        ConfRadarError: no directory can be private to the account.
    """
    here = home / "postgres"
    if not here.is_symlink():
        if _make_private(here, account):
            return Cluster(here.resolve(), account)
        try:
            here.rmdir()
        except OSError as error:  # somebody else's, or there is a cluster in it
            raise _not_private(here, account) from error
        there = _system_directory(home, account)
        if not _make_private(there, account):
            raise _not_private(there, account)
        here.symlink_to(there)
    elif not here.exists():
        # The place it points to is gone, with a container perhaps: start anew there.
        _system_directory(home, account)
        _make_private(here.readlink(), account)
    if not account.can_enter(here.resolve()):
        raise _not_private(here.resolve(), account)
    return Cluster(here.resolve(), account)


def _make_private(directory: Path, account: Account) -> bool:
    """Make a directory of the account's own; False if it cannot be one."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
        if found.st_uid != account.uid and os.geteuid() == 0:
            os.chown(directory, account.uid, account.gid, follow_symlinks=False)
        if stat.S_IMODE(found.st_mode) != 0o700 and found.st_uid == os.geteuid():
            directory.chmod(0o700)
        found = directory.lstat()
    except PermissionError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == account.uid
        and stat.S_IMODE(found.st_mode) == 0o700
        and account.can_enter(directory)
    )


def _system_directory(home: Path, account: Account) -> Path:
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    if os.geteuid() == 0:
        parent = SYSTEM_DIRECTORY
        make_open_directory(parent)
    else:
        parent = Path(pwd.getpwuid(account.uid).pw_dir) / ".local/share/confradar"
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return parent / key


def _not_private(directory: Path, account: Account) -> ConfRadarError:
    return ConfRadarError(
        f"{directory} cannot be private to the user {account.name}, as whom the "
        "embedded database would run",
        f"give it to {account.name} alone, or set CONFRADAR_HOME or DATABASE_URL",
    )


def _password_statement(password: str) -> str:
    return f"alter role {NAME} password '{password}'"
