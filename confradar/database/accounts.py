"""As whom the server runs: PostgreSQL refuses to run as root.

An ordinary user runs it as itself. Root runs it as an unprivileged account of the
system; everything inside the cluster's directory is then written by that account, so
that root never writes where somebody else could have laid a link.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from confradar.errors import ConfRadarError

_CANDIDATES = ("postgres", "nobody", "daemon")
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system under which child processes run."""

    uid: int
    gid: int
    name: str

    @property
    def is_this_process(self) -> bool:
        """Whether children need no change of account."""
        return self.uid == os.geteuid()

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        text: str = "",
        output: IO[Any] | int = subprocess.PIPE,
        keep_open: Sequence[int] = (),
        new_session: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, with ``text`` as its standard input.

        Nothing of this process's environment is handed on: a PGDATA or LD_PRELOAD of
        the caller is not the server's.

        Args:
            arguments: the program's absolute path, then its arguments.
            text: for its standard input.
            output: where both of its outputs go; by default they are returned.
            keep_open: descriptors that it and its children inherit.
            new_session: out of reach of the terminal's Ctrl-C.

        Raises:
            ConfRadarError: the account cannot be used in this environment.
            PermissionError: the account may not run the program.
        """
        switch: dict[str, Any] = {}
        if not self.is_this_process:
            switch = {"user": self.uid, "group": self.gid, "extra_groups": []}
        try:
            return subprocess.run(
                [str(argument) for argument in arguments],
                input=text,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                cwd="/",
                env=_ENVIRONMENT,
                pass_fds=keep_open,
                start_new_session=new_session,
                umask=0o077,
                **switch,
            )
        except subprocess.SubprocessError as error:
            # What Python reports when the child could not change its account.
            raise _no_switch(self) from error
        except OSError as error:
            # Named is the program if it was refused, else the working directory.
            if switch and error.filename in {None, "/"}:
                raise _no_switch(self) from error
            raise

    def can_enter(self, directory: Path) -> bool:
        """Whether the account reaches a directory and may write there."""
        test = 'cd -- "$1" && test -w . && test -x .'
        return self.run(["/bin/sh", "-c", test, "sh", directory]).returncode == 0

    def write(self, path: Path, text: str) -> None:
        """Write a file that the account alone may read.

        Raises:
            ConfRadarError: it could not be written.
        """
        script = 'cat > "$1.new" && mv -f -- "$1.new" "$1"'
        done = self.run(["/bin/sh", "-c", script, "sh", path], text=text)
        if done.returncode != 0:
            raise ConfRadarError(
                f"{path} could not be written: {last_line(done.stdout)}",
                "make room on the disk, or check the directory's owner",
            )


def server_account(owners: Sequence[int]) -> Account:
    """Choose the account for the server.

    Args:
        owners: user ids that are taken, in this order, before any other if this
            process is root: the owner of an existing cluster, then that of the home.

    Raises:
        ConfRadarError: the account has no name, or there is none to switch to.
    """
    this = os.geteuid()
    if this != 0:
        return _account(this)
    for uid in owners:
        if uid != 0 and _has_name(uid):
            return _account(uid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise ConfRadarError(
        "PostgreSQL does not run as root, and this system has none of the accounts "
        + ", ".join(_CANDIDATES),
        "run as an ordinary user, or set DATABASE_URL to use an own server",
    )


def name_of(uid: int) -> str | None:
    """Return a user's name, None if the system knows none."""
    return pwd.getpwuid(uid).pw_name if _has_name(uid) else None


def last_line(text: str) -> str:
    """Return what a program said last, the part of its output that tells the cause."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def _account(uid: int) -> Account:
    if not _has_name(uid):
        raise ConfRadarError(
            f"PostgreSQL needs a named user, and user id {uid} has no name here",
            "add it to /etc/passwd, or set DATABASE_URL to use an own server",
        )
    entry = pwd.getpwuid(uid)
    return Account(uid, entry.pw_gid, entry.pw_name)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _no_switch(account: Account) -> ConfRadarError:
    return ConfRadarError(
        f"PostgreSQL does not run as root, and this process may not become "
        f"{account.name}",
        "run as an ordinary user, or set DATABASE_URL to use an own server",
    )
