"""Servers of the oldest and the newest supported version: TCP, and passwords."""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from confradar.database import EmbeddedServer
from confradar.database.accounts import server_account
from confradar.database.credentials import free_port
from confradar.roles import Role
from tests.homes import server_home, without_waiting_for_the_disk

OLDEST = Path("/usr/lib/postgresql/15/bin")
EMBEDDED = "18"
VERSIONS = ("15", EMBEDDED)


@contextmanager
def server(version: str) -> Iterator[str]:
    """Yield the URL of a superuser of a fresh server; skip where it has no programs."""
    if version == EMBEDDED:
        with server_home() as home:
            yield without_waiting_for_the_disk(EmbeddedServer(home).ensure_running())
        return
    if not (OLDEST / "initdb").is_file():
        pytest.skip(f"PostgreSQL {version} is not on this machine: {OLDEST}")
    with _server_of_programs(OLDEST) as url:
        yield url


@contextmanager
def _server_of_programs(programs: Path) -> Iterator[str]:
    account = server_account([])
    port = free_port()
    password = secrets.token_hex(8)
    top = Path(tempfile.mkdtemp(prefix="confradar-server-"))
    shutil.chown(top, account.uid, account.gid)
    top.chmod(0o755)
    data, password_file = top / "data", top / "password"
    account.write(password_file, password)
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {top} -c fsync=off"

    def call(program: str, *arguments: str) -> None:
        log = top / "programs.log"
        with log.open("a") as output:
            done = account.run([programs / program, *arguments], output=output)
        assert done.returncode == 0, log.read_text()

    call(
        "initdb",
        *(f"--pgdata={data}", "--username=postgres", "--auth=scram-sha-256"),
        *(
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ),
    )
    words = ["-D", str(data), "-l", str(top / "log"), "-o", options, "-w"]
    call("pg_ctl", *words, "start")
    try:
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(top, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Managed:
    """A database as a provider hands it out: its owner may make roles, and no more.

    Attributes:
        url: of that owner.
        superuser_url: of the provider.
    """

    url: str
    superuser_url: str

    def another(self) -> "Managed":
        """Make a second database of the same owner."""
        name = f"confradar_{secrets.token_hex(4)}"
        owner = urlsplit(self.url).username or ""
        with psycopg.connect(self.superuser_url, autocommit=True) as session:
            session.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(name), sql.Identifier(owner)
                )
            )
        return Managed(at(self.url, name), at(self.superuser_url, name))


def managed(superuser_url: str) -> Managed:
    """Make a user who may make roles, and a database of that user."""
    name = f"owner_{secrets.token_hex(4)}"
    with psycopg.connect(superuser_url, autocommit=True) as session:
        session.execute(
            sql.SQL("create role {} login createrole password {}").format(
                sql.Identifier(name), sql.Literal(name)
            )
        )
    place = urlsplit(superuser_url).netloc.rpartition("@")[2]
    parts = urlsplit(superuser_url)._replace(netloc=f"{name}:{name}@{place}")
    return Managed(urlunsplit(parts), superuser_url).another()


def clean(superuser_url: str) -> None:
    """Drop what tests made on a server: databases, and the roles."""
    with psycopg.connect(superuser_url, autocommit=True) as session:
        made = session.execute(
            "select datname from pg_database where datname like 'confradar\\_%'"
        ).fetchall()
        for (name,) in made:
            drop = sql.SQL("drop database {} with (force)")
            session.execute(drop.format(sql.Identifier(name)))
        for role in Role:
            session.execute(
                sql.SQL("drop role if exists {}").format(sql.Identifier(role.value))
            )


def at(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query gives."""
    with psycopg.connect(url) as session:
        return session.execute(query.encode(), values or None).fetchall()


def execute(url: str, *statements: str) -> None:
    """Run statements in one transaction."""
    with psycopg.connect(url) as session:
        for statement in statements:
            session.execute(statement.encode())


def schemas(url: str) -> set[str]:
    """Return the schemas of a database, but for PostgreSQL's own."""
    query = """
        select nspname from pg_namespace
        where nspname not like 'pg\\_%' and nspname <> 'information_schema'
    """
    return {row[0] for row in rows(url, query)}


def alembic(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Alembic's own command line."""
    import os
    import sys

    from tests.conftest import ROOT, VARIABLES

    kept = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    return subprocess.run(
        [str(Path(sys.executable).parent / "alembic"), *arguments],
        cwd=ROOT,
        env={**kept, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
