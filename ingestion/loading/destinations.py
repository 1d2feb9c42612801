"""The database that holds the raw schemas, and the lock that keeps two runs apart."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from dlt.common.destination import Destination as DltDestination
from dlt.destinations import postgres
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from ingestion.loading.errors import (
    DatabaseLoadError,
    SourceBusyError,
    named_failures,
)
from ingestion.loading.sessions import PostgresSession, Session, dlt_session

Destination: TypeAlias = str | DltDestination[Any, Any]
"""A ``postgresql://user:password@host:port/db`` URL, or a destination made by dlt."""

# Longer names are cut by Postgres.
_MAX_APPLICATION_NAME: Final = 63

_TAKE_LOCK: Final = "select pg_advisory_lock(hashtextextended(%s, 0))"
_END_SESSIONS: Final = """
select pg_terminate_backend(sessions.pid, 5000)
from pg_stat_activity as sessions
where
    sessions.application_name = %s
    and sessions.datname = current_database()
    and sessions.usename = current_user
    and sessions.pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class RawStore:
    """Where raw schemas are kept. ``url`` is None where there is no Postgres."""

    url: str | None
    given: DltDestination[Any, Any] | None

    def dlt_destination(self, name: str) -> DltDestination[Any, Any]:
        """Return the destination whose sessions carry the name of one load."""
        if self.given is not None:
            return self.given
        if self.url is None:
            raise ValueError("neither a URL nor a destination was given")
        url = _with_application_name(self.url, _application_name(name))
        # Parsed once: dlt resolves a URL again for each of a hundred small steps.
        credentials = PostgresCredentials(url)
        credentials.resolve()
        # Tables that are replaced are swapped in one transaction: nobody ever reads an
        # empty registry.
        return postgres(credentials=credentials, replace_strategy="insert-from-staging")

    @property
    def is_postgres(self) -> bool:
        """Tell whether rows may be copied from CSV files."""
        return self.url is not None

    @contextmanager
    def locked(
        self, name: str, family: str, directory: Path, wait_seconds: float
    ) -> Iterator[Session]:
        """Keep every other run out of one source, on this machine and on the server.

        Yields a session for questions about the family's tables. Both locks die with
        their holder, so that a killed run leaves none behind.

        Raises:
            SourceBusyError: another run holds the lock for all of ``wait_seconds``.
            DatabaseLoadError: the server cannot be reached.
        """
        with _file_lock(directory / f"{name}.lock", name, wait_seconds):
            if self.url is None:
                with dlt_session(family, self.dlt_destination(name)) as session:
                    yield session
            else:
                with _server_lock(self.url, name, wait_seconds) as connection:
                    yield PostgresSession(family, connection)


def open_store(destination: Destination) -> RawStore:
    """Return the store behind a URL or a dlt destination; nothing is opened yet."""
    if isinstance(destination, str):
        return RawStore(url=destination, given=None)
    return RawStore(url=None, given=destination)


def _application_name(name: str) -> str:
    # Without blanks: dlt hands them on as plus signs.
    return f"confradar-load-{name}".replace(" ", "-")[:_MAX_APPLICATION_NAME]


def _with_application_name(url: str, application_name: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["application_name"] = application_name
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


@contextmanager
def _server_lock(
    url: str, name: str, wait_seconds: float
) -> Iterator[psycopg.Connection]:
    with named_failures("cannot connect"):
        connection = psycopg.connect(
            url, autocommit=True, application_name="confradar-lock"
        )
    try:
        try:
            with named_failures("cannot lock"):
                _take_lock(connection, name, wait_seconds)
        except DatabaseLoadError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise SourceBusyError(name, wait_seconds) from error
            raise
        yield connection
    finally:
        with suppress(psycopg.Error):
            connection.close()


def _take_lock(connection: psycopg.Connection, name: str, wait_seconds: float) -> None:
    milliseconds = str(max(1, int(wait_seconds * 1000)))
    connection.execute("select set_config('lock_timeout', %s, false)", [milliseconds])
    connection.execute(_TAKE_LOCK, [f"confradar {name}"])
    # Whoever loads under this name now is a session whose client was killed; what it
    # was just about to commit would come after we have cleaned up.
    connection.execute(_END_SESSIONS, [_application_name(name)])


@contextmanager
def _file_lock(file: Path, name: str, wait_seconds: float) -> Iterator[None]:
    """Hold a lock that every system has and that ends with its process: SQLite's."""
    file.parent.mkdir(parents=True, exist_ok=True)
    session = sqlite3.connect(file, timeout=wait_seconds, isolation_level=None)
    try:
        try:
            session.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            raise SourceBusyError(name, wait_seconds) from error
        yield
    finally:
        session.close()
