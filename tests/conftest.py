"""What tests share: no network but this machine, one database, one built warehouse."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from benchmarks.checksums import mart_checksums
from confradar.database import EmbeddedServer
from confradar.migrating import Plan, migrate
from confradar.settings import Settings
from tests import parsed
from tests.browsers import chromium
from tests.homes import server_home, without_waiting_for_the_disk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT.parent / "shared" / "corpus" / "lists"
VARIABLES = frozenset(
    field.alias for field in Settings.model_fields.values() if field.alias
)
# For builds of which only the marts matter: the tests of models take half of the time.
WITHOUT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test"}
# For builds whose own rows are to be tested too. dbt's unit tests bring rows of their
# own, so that they say in each warehouse what they said in the sample's.
WITHOUT_UNIT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"}
LOOPBACK = ("127.", "::1", "localhost")


# The files that take about a minute of a processor or more, the longest first. Measured
# in November 2026; one that is missing here only begins later.
LONGEST = (
    "test_steps.py",
    "test_ledger.py",
    "test_failures.py",
    "test_end_to_end.py",
    "test_landing.py",
    "test_orchestration.py",
    "test_kills.py",
    "test_least_privilege.py",
    "test_ledger_properties.py",
    "test_readers.py",
    "test_compose.py",
    "test_bad_input.py",
    "test_decide.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that no process waits for it in the end.

    Those files come first, then what else needs a server, then the rest. Whatever
    order pytest found within each of them stays.
    """
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> tuple[int, bool]:
        needs_no_server = item.get_closest_marker("postgres") is None
        return places.get(item.path.name, len(LONGEST)), needs_no_server

    items.sort(key=place)


class NetworkBlockedError(AssertionError):
    """A test reaches beyond this machine."""


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to connect, to send or to look a name up anywhere but on this machine."""

    def check(host: Any) -> None:  # noqa: ANN401
        name = host.decode() if isinstance(host, bytes) else host
        if name and not str(name).startswith(LOOPBACK):
            raise NetworkBlockedError(f"a test reaches for the network: {name}")

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def guard(self: socket.socket, *arguments: Any) -> Any:  # noqa: ANN401
            if arguments and isinstance(arguments[-1], tuple):
                check(arguments[-1][0])
            return method(self, *arguments)

        return guard

    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        check(host)
        return look_up(host, *arguments, **options)

    for name in ("connect", "connect_ex", "sendto"):
        method = getattr(socket.socket, name)
        monkeypatch.setattr(socket.socket, name, guarded(method))
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every socket: what is tested is pure."""

    def refuse(*_: Any, **__: Any) -> None:  # noqa: ANN401
        raise AssertionError("pure code opens a socket")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what a person has set, and what a command sets, out of the test."""
    before = dict(os.environ)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONFRADAR_HOME", str(tmp_path / "home"))
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def lists() -> Path:
    """Return the folder of the real lists; skip where it is absent."""
    if not LISTS.is_dir():
        pytest.skip(f"the real lists are not on this machine: {LISTS}")
    return LISTS


@dataclass(frozen=True, slots=True)
class Site:
    """A home and a database of a test's own, and the command line on them."""

    home: Path
    url: str

    def environment(self) -> dict[str, str]:
        """Return the variables that make every tool use this site alone."""
        own = {name: text for name, text in os.environ.items() if name not in VARIABLES}
        return {
            **own,
            "COLUMNS": "80",
            # What lands is judged where tests are about that: it takes eight seconds.
            "CONFRADAR_LANDING_CHECKS": "false",
            "CONFRADAR_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "DBT_LOG_PATH": str(self.home / "logs"),
            "DBT_TARGET_PATH": str(self.home / "target"),
        }

    def confradar(
        self, *arguments: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "confradar", *arguments],
            cwd=ROOT,
            env={**self.environment(), **(extra or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query gives."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Run a statement that gives nothing."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode())

    def checksums(self) -> dict[str, str]:
        """Return for each mart a digest of all its rows, whatever their order."""
        return mart_checksums(self.url)


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _hand_on_what_dbt_parsed(site: Site, other: Site) -> None:
    parsed.hand_on(site.home, site.url, to_home=other.home, to_url=other.url)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Return the server that DATABASE_URL names, or a fresh embedded one."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with server_home() as home:
        yield without_waiting_for_the_disk(EmbeddedServer(home).ensure_running())


class Sites:
    """Makes sites, each with an empty database of its own on one server."""

    def __init__(self, server_url: str, factory: pytest.TempPathFactory) -> None:
        self._server_url = server_url
        self._factory = factory
        self._made: list[str] = []
        self._sites: list[Site] = []

    def make(self, *, is_migrated: bool = True) -> Site:
        """Make a site that nothing was loaded into."""
        name = f"confradar_test_{secrets.token_hex(4)}"
        self._admin(sql.SQL("create database {}").format(sql.Identifier(name)))
        self._made.append(name)
        site = Site(
            self._factory.mktemp("site"), _with_database(self._server_url, name)
        )
        for earlier in self._sites:
            if (earlier.home / parsed.FILE).is_file():
                _hand_on_what_dbt_parsed(earlier, site)
                break
        self._sites.append(site)
        if is_migrated:
            migrate(ROOT, Plan(site.url))
        return site

    def copy(self, site: Site) -> Site:
        """Make a site with all that another has, to be changed by one test.

        Nobody may be connected to what is copied: sessions that an earlier test left,
        or that a process of it has not closed yet, are ended.
        """
        name = f"confradar_test_{secrets.token_hex(4)}"
        original = urlsplit(site.url).path[1:]
        self._admin(
            sql.SQL(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = {} and pid <> pg_backend_pid()"
            ).format(sql.Literal(original))
        )
        self._admin(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(original)
            )
        )
        self._made.append(name)
        home = self._factory.mktemp("copy")
        shutil.copytree(
            site.home, home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("logs")
        )
        copy = Site(home, _with_database(self._server_url, name))
        _hand_on_what_dbt_parsed(site, copy)
        return copy

    def drop_all(self) -> None:
        """Leave the server as it was."""
        for name in self._made:
            drop = sql.SQL("drop database {} with (force)")
            self._admin(drop.format(sql.Identifier(name)))

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def sites(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Return the maker of sites."""
    made = Sites(server_url, tmp_path_factory)
    yield made
    made.drop_all()


@dataclass(frozen=True, slots=True)
class SampleRun:
    """The sample, loaded and built by one command, and what that command said."""

    site: Site
    first: subprocess.CompletedProcess[str]

    @property
    def report(self) -> dict[str, Any]:
        """Return the JSON document that the command printed."""
        document: dict[str, Any] = json.loads(self.first.stdout)
        return document


@pytest.fixture(scope="session")
def sample(sites: Sites) -> SampleRun:
    """Return the built sample. It is shared: tests read it and leave it as it is."""
    site = sites.make()
    first = site.confradar("run", "--sample", "--json")
    assert first.returncode == 0, first.stderr + first.stdout
    return SampleRun(site, first)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Return the Chromium of this machine.

    For one module: as long as it is open, no other test can use asyncio.
    """
    with chromium() as opened:
        yield opened
