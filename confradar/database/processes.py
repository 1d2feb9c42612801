"""Locks, and which processes live: what a file says about a process is never enough.

A server holds ``server.lock`` for as long as any of its processes lives, because it
inherits the locked descriptor. So a killed server, a zombie and a process number that
went to somebody else are all told from a living server by trying that lock.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from confradar.errors import ConfRadarError

_PROC = Path("/proc/self").exists()


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Lock a file, made if needed, and return its descriptor; None if another has it.

    Closing the descriptor, or the end of all processes that inherited it, unlocks.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether somebody holds a file's lock; False if there is no such file."""
    if not path.exists():
        return False
    descriptor = try_lock(path, shared=True)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[int]:
    """Hold a file's lock, waiting for it at most some seconds.

    Raises:
        ConfRadarError: another process kept it.
    """
    deadline = time.monotonic() + seconds
    while (descriptor := try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise ConfRadarError(
                f"another command has been starting or stopping the database for "
                f"{seconds:.0f} s and still holds {path}",
                "end that command, then try again",
            )
        time.sleep(0.05)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def postmaster(data: Path) -> int | None:
    """Return the process number of the living server of a data directory.

    ``postmaster.pid`` alone proves nothing: its process must be a ``postgres`` that was
    started on the directory that the file names.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, recorded = abs(int(lines[0])), lines[1]
    except (FileNotFoundError, ValueError, IndexError):
        return None
    arguments = _command_line(pid)
    if not arguments or Path(arguments[0]).name != "postgres":
        return None
    if recorded in arguments or _working_directory(pid) == recorded:
        return pid
    return None


def is_made_for(data: Path) -> bool:
    """Whether ``postmaster.pid`` was written for this directory, not for a copy's."""
    try:
        recorded = (data / "postmaster.pid").read_text().splitlines()[1]
        return Path(recorded).samefile(data)
    except (OSError, IndexError):
        return False


def quit_orphans(cluster_name: str) -> None:
    """End the processes that a killed server left behind in a long query.

    They keep the next server from starting until they notice, which a query at work
    may not do for minutes. Nothing is lost: whatever they did not commit is undone.
    """
    for pid, title in _processes():
        if title.startswith(f"postgres: {cluster_name}: "):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)


def _processes() -> Iterator[tuple[int, str]]:
    if _PROC:
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                yield int(entry.name), " ".join(_command_line(int(entry.name)))
        return
    for line in _ps("-axww", "-o", "pid=,command=").splitlines():
        pid, _, title = line.strip().partition(" ")
        yield int(pid), title


def _command_line(pid: int) -> list[str]:
    """Return a process's arguments, none if it is gone or a zombie."""
    if _PROC:
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return []
        return [os.fsdecode(part) for part in raw.rstrip(b"\0").split(b"\0") if part]
    # Without /proc the arguments come joined; the two that matter are put apart again.
    line = _ps("-ww", "-o", "command=", "-p", str(pid)).strip()
    return [part for part in line.split(" -D ", maxsplit=1) if part]


def _working_directory(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return None


def _ps(*arguments: str) -> str:
    return subprocess.run(
        ["/bin/ps", *arguments], capture_output=True, text=True, check=False
    ).stdout
