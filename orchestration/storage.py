"""Where Dagster keeps runs, events and schedules: in ConfRadar's own PostgreSQL.

The server and the password come from ConfRadar's settings, so that they are set in one
place, with any characters in them. Dagster makes its tables itself, in a schema that
belongs to a role of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from dagster import DagsterEventType, EventLogEntry
from dagster._config import UserConfigSchema
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from sqlalchemy import Connection

from confradar.access import SCHEDULE_SCHEMA
from confradar.database import Login, logins_of
from confradar.migrating import ensure_migrated
from confradar.settings import load_settings

# What dagster-postgres brings and is tested with. A plain postgresql:// may mean
# psycopg 3 to SQLAlchemy, which cannot send a NOTIFY of Dagster's own with a parameter.
_DRIVER = "postgresql+psycopg2"


# Each event is a transaction, of which a run has over a thousand: none waits for the
# disk. A crash of the server's machine may so lose events of its last second, after
# which the run is begun again in any case; what is stored stays whole.
_OPTIONS = f"-csearch_path={SCHEDULE_SCHEMA} -csynchronous_commit=off"
_STATEMENT_MILLISECONDS = 60_000
_RECYCLE_SECONDS = 600

_PLANS = {
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
}


class ConfRadarStorage(DagsterPostgresStorage):
    """What dagster.yaml names as the storage; it takes no configuration there.

    It keeps a connection open in each process. Left alone, only the webserver does; a
    run connects anew for each of its thousand events, which takes longer than its work.
    """

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        """Connect, and make what tables are missing."""
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        self._event_log_storage = EventLog(postgres_url, should_autocreate_tables)
        for part in (
            self.event_log_storage,
            self.run_storage,
            self.schedule_storage,
        ):
            part.optimize_for_webserver(
                statement_timeout=_STATEMENT_MILLISECONDS,
                pool_recycle=_RECYCLE_SECONDS,
                max_overflow=-1,
            )

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Return that there is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "ConfRadarStorage":
        """Return the storage on the server of the settings, which has to be prepared.

        Raises:
            NotMigratedError: an own server is not up to date.
            ConfRadarError: the server does not answer.
        """
        del config_value
        settings = load_settings()
        logins = logins_of(settings)
        ensure_migrated(settings.root, logins)
        return cls(storage_url(logins.scheduler), inst_data=inst_data)


class EventLog(PostgresEventLogStorage):
    """Events as Dagster keeps them, in half as many statements.

    What a run plans to do is six hundred events, which Dagster hands over at once where
    DAGSTER_EVENT_BATCH_SIZE is set, and which its own storage then stores one by one.
    Nor is it asked with each event which tables and columns there are, and nobody is
    notified of events, since who follows a run polls.
    """

    def __init__(
        self, postgres_url: str, should_autocreate_tables: bool = True
    ) -> None:
        """Connect, and make what tables are missing."""
        super().__init__(postgres_url, should_autocreate_tables)
        self._columns: dict[str, bool] = {}
        self._tables: dict[str, bool] = {}

    def has_table(self, table_name: str) -> bool:
        """Return whether there is a table, which is asked with each asset's event."""
        if table_name not in self._tables:
            self._tables[table_name] = super().has_table(table_name)
        return self._tables[table_name]

    def _has_asset_key_col_on_connection(
        self, conn: Connection, column_name: str
    ) -> bool:
        """Return whether there is a column, which is asked with each asset's event."""
        if column_name not in self._columns:
            found = super()._has_asset_key_col_on_connection(conn, column_name)
            self._columns[column_name] = found
        return self._columns[column_name]

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, and what it says of an asset or of a check."""
        statement = self.prepare_insert_event(event)
        with self.index_connection() as connection:
            event_id: int = connection.execute(
                statement.returning(SqlEventLogStorageTable.c.id)
            ).scalar_one()
        if not event.is_dagster_event:
            return
        if _kind(event) in ASSET_EVENTS and event.get_dagster_event().asset_key:
            with self.index_transaction() as connection:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
        if _kind(event) in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run in their order; others than plans as Dagster does."""
        if not events or not {_kind(event) for event in events} <= _PLANS:
            super().store_event_batch(events)
            return
        with self.index_transaction() as connection:
            returned = connection.execute(
                self.prepare_insert_event_batch(events).returning(
                    SqlEventLogStorageTable.c.id
                )
            )
            stored = list(zip(events, sorted(row[0] for row in returned), strict=True))
            checks = [
                self._planned_check(event, event_id)
                for event, event_id in stored
                if _kind(event) is DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
            ]
            if checks:
                connection.execute(AssetCheckExecutionsTable.insert().values(checks))
            for event, event_id in stored:
                if _kind(event) is DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
                    self._store_asset_event(connection, event, event_id)

    def _planned_check(self, event: EventLogEntry, event_id: int) -> dict[str, Any]:
        planned = event.get_dagster_event().asset_check_planned_data
        return {
            "asset_key": planned.asset_key.to_string(),
            "check_name": planned.check_name,
            "partition": None,  # nothing here is partitioned
            "run_id": event.run_id,
            "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": datetime.fromtimestamp(
                event.timestamp, UTC
            ).replace(tzinfo=None),
            "evaluation_event_storage_id": event_id,
        }


def _kind(event: EventLogEntry) -> DagsterEventType:
    return event.get_dagster_event().event_type


def storage_url(login: Login) -> str:
    """Return the URL as SQLAlchemy takes it, with the schema to work in."""
    parts = urlsplit(login.url)
    query = dict(parse_qsl(parts.query)) | {"options": _OPTIONS}
    return urlunsplit(
        parts._replace(scheme=_DRIVER, query=urlencode(query, quote_via=quote))
    )
