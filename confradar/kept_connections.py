"""Connections that dbt uses again: by itself it opens one for each model and test.

On a build of five hundred nodes those are five hundred handshakes, each with a new
process of the server that knows no table yet. Imports dbt: import it late.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.adapters.postgres.impl import PostgresAdapter


class _Idle:
    """Handles of sessions that no node uses at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: list[Any] = []

    def take(self) -> Any | None:  # noqa: ANN401 - dbt's driver has no types
        with self._lock:
            return self._handles.pop() if self._handles else None

    def put(self, handle: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._handles.append(handle)


class KeepingManager(PostgresConnectionManager):
    """dbt's own manager, but for what it opens and closes."""

    idle = _Idle()

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Give a node a session that another one has left, or a new one."""
        handle = None if connection.state == ConnectionState.OPEN else cls.idle.take()
        if handle is None:
            opened: Connection = super().open(connection)  # type: ignore[no-untyped-call]
            return opened
        connection.handle = handle
        connection.state = ConnectionState.OPEN
        return connection

    @classmethod
    def _close_handle(cls, connection: Connection) -> None:
        """Keep the session if it can be made as clean as a new one."""
        handle = connection.handle
        # A role that a profile sets is gone from a session that was made clean.
        if handle is not None and not connection.credentials.role and _clean(handle):
            cls.idle.put(handle)
        else:
            super()._close_handle(connection)

    @classmethod
    def close_idle(cls) -> None:
        """Close what is kept."""
        while (handle := cls.idle.take()) is not None:
            handle.close()


def _clean(handle: Any) -> bool:  # noqa: ANN401
    try:
        handle.rollback()
        was_autocommit = handle.autocommit
        handle.autocommit = True
        with handle.cursor() as cursor:
            # Temporary tables, settings, locks: all that a session has of its own.
            cursor.execute("discard all")
        handle.autocommit = was_autocommit
    except psycopg2.Error:
        return False
    return True


@contextmanager
def kept_connections() -> Iterator[None]:
    """Let dbt in this process use sessions again, until the block is left."""
    PostgresAdapter.ConnectionManager = KeepingManager
    try:
        yield
    finally:
        PostgresAdapter.ConnectionManager = PostgresConnectionManager
        KeepingManager.close_idle()
