"""Homes for servers that live as long as a test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from confradar.database import EmbeddedServer


@contextmanager
def server_home(*parts: str) -> Iterator[Path]:
    """Yield a home that the server's account can reach; its server is stopped after.

    pytest's own directories are closed to all but their owner, so that under root the
    server would have to keep its data elsewhere.
    """
    top = Path(tempfile.mkdtemp(prefix="confradar-test-"))
    top.chmod(0o755)
    home = top.joinpath(*parts, ".confradar")
    home.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield home
    finally:
        EmbeddedServer(home).stop()
        shutil.rmtree(top, ignore_errors=True)


def without_waiting_for_the_disk(url: str) -> str:
    """Let a server of tests leave it to the system when it writes; return its URL.

    What a process that is killed wrote is not lost by that: only a machine that loses
    its power would lose it.
    """
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("alter system set fsync = off")
        session.execute("alter system set full_page_writes = off")
        session.execute("select pg_reload_conf()")
    return url


def run_as(uid: int, gid: int, task: Callable[[], object]) -> str:
    """Run a task in a child of another user; return its result or error as text.

    A fork, because that user may be unable to read this interpreter's files.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child leaves below
        code = 1
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            os.write(writer, str(task()).encode())
            code = 0
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
