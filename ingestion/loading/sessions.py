"""A session for questions about a family's raw tables, on Postgres and on SQLite."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from dlt.common.destination import Destination as DltDestination
from dlt.common.storages.load_package import create_load_id
from dlt.dataset.utils import get_destination_clients
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.destinations.sql_client import SqlClientBase
from psycopg import sql

from ingestion.families.lists import raw_schema
from ingestion.families.spools import Row
from ingestion.families.tables import dataset_of, tables_of
from ingestion.loading.errors import named_failures

_DELETE_UNFINISHED: Final = """
delete from {{{table}}}
where
    source_key = %s
    and _dlt_load_id not in (select load_id from {{_dlt_loads}} where status = 0)
"""
_COMPLETE_LOAD: Final = """
insert into {_dlt_loads} (
    load_id, schema_name, status, inserted_at, schema_version_hash
)
values (%s, %s, 0, current_timestamp, %s)
"""

_INSERT: Final = "insert into {table} ({columns}) values ({values})"


class Session(ABC):
    """Runs statements in which ``{documents}`` stands for the raw table of that name.

    A value is written ``%s``; nothing else of a statement comes from outside.
    """

    def __init__(self, family: str) -> None:
        self.family = family
        self._tables = (*tables_of(family), "_dlt_loads")

    def rows(self, query: str, *values: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            DatabaseLoadError: the database did not answer it.
        """
        with named_failures("cannot read what is stored"):
            return self._run(query, values)

    def delete_unfinished(self, source_key: str) -> None:
        """Delete a source's rows of loads that were never completed.

        Raises:
            DatabaseLoadError: the database did not do it.
        """
        with named_failures("cannot delete the rows of a load that was broken off"):
            for table in tables_of(self.family):
                self._run(_DELETE_UNFINISHED.format(table=table), [source_key])

    def store(self, table: str, rows: Iterable[Row]) -> None:
        """Store rows of one table as a load of their own, all of them or none.

        This is what dlt would do with them, without what a dlt run costs: most looks
        at most sources have nothing to load but visits.

        Raises:
            DatabaseLoadError: the database did not take them.
        """
        load_id = create_load_id()
        names = tuple(tables_of(self.family)[table])
        with named_failures(f"cannot store {table}"), self._transaction():
            own = {"_dlt_load_id": load_id}
            self._insert(
                table,
                names,
                (
                    tuple({**row, **own, "_dlt_id": row[names[0]]}[n] for n in names)
                    for row in rows
                ),
            )
            schema_hash = str(raw_schema(self.family).version_hash)
            self._run(_COMPLETE_LOAD, [load_id, self.family, schema_hash])

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[object]:
        """Begin a transaction, and commit it unless something is raised."""

    @abstractmethod
    def _insert(
        self, table: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """Insert rows whose values are in the order of the names."""

    @abstractmethod
    def _run(self, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows, none if it is no query."""


class PostgresSession(Session):
    """Questions to a connection that is open already: dlt takes long to open one."""

    def __init__(self, family: str, connection: psycopg.Connection) -> None:
        super().__init__(family)
        self._connection = connection
        self._names = {
            table: sql.Identifier(dataset_of(family), table) for table in self._tables
        }

    def _transaction(self) -> AbstractContextManager[object]:
        return self._connection.transaction()

    def _insert(
        self, table: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        statement = sql.SQL("copy {} ({}) from stdin").format(
            self._names[table], sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def _run(self, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        text = sql.SQL(statement).format(**self._names)
        cursor = self._connection.execute(text, values)
        return cursor.fetchall() if cursor.description else []


class DltSession(Session):
    """Questions through dlt's own client, which knows how SQLite keeps schemas."""

    def __init__(self, family: str, client: SqlClientBase[Any]) -> None:
        super().__init__(family)
        self._client = client
        self._names = {
            table: client.make_qualified_table_name(table) for table in self._tables
        }

    def _transaction(self) -> AbstractContextManager[object]:
        return self._client.begin_transaction()

    def _insert(
        self, table: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        columns = ", ".join(map(self._client.escape_column_name, names))
        values = ", ".join(["%s"] * len(names))
        statement = _INSERT.format(
            table=self._names[table], columns=columns, values=values
        )
        for row in rows:
            self._client.execute_sql(statement, *map(_sqlite_value, row))

    def _run(self, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        text = statement.format(**self._names)
        rows = self._client.execute_sql(text, *values)
        return [tuple(row) for row in rows or ()]


@contextmanager
def dlt_session(
    family: str, destination: DltDestination[Any, Any]
) -> Iterator[DltSession]:
    """Open a session through dlt.

    Raises:
        DatabaseLoadError: the database cannot be reached.
        TypeError: dlt cannot ask this destination anything.
    """
    client, _ = get_destination_clients(
        raw_schema(family), destination, dataset_of(family)
    )
    if not isinstance(client, SqlJobClientBase):
        raise TypeError(f"{destination.destination_name} takes no SQL")
    with named_failures("cannot connect"), client:
        yield DltSession(family, client.sql_client)


def _sqlite_value(value: object) -> object:
    """Return an instant as dlt has SQLite keep it: in UTC, as text, without a zone."""
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None)
        return instant.isoformat(sep=" ", timespec="microseconds")
    return value
