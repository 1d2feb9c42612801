"""Where Dagster keeps runs, events and schedules: in ConfRadar's own PostgreSQL.

The server and the password come from ConfRadar's settings, so that they are set in one
place, with any characters in them. Dagster makes its tables itself, in a schema that
belongs to a role of its own.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from dagster._config import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage

from confradar.access import SCHEDULE_SCHEMA
from confradar.database import Login, logins_of
from confradar.migrating import ensure_migrated
from confradar.settings import load_settings

# psycopg 3, which a plain postgresql:// means to SQLAlchemy where it is installed,
# cannot send Dagster's NOTIFY with a parameter.
_DRIVER = "postgresql+psycopg2"


# Each event is a transaction, of which a run has over a thousand: none waits for the
# disk. A crash of the server's machine may so lose events of its last second, after
# which the run is begun again in any case; what is stored stays whole.
_OPTIONS = f"-csearch_path={SCHEDULE_SCHEMA} -csynchronous_commit=off"
_STATEMENT_MILLISECONDS = 60_000
_RECYCLE_SECONDS = 600


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


def storage_url(login: Login) -> str:
    """Return the URL as SQLAlchemy takes it, with the schema to work in."""
    parts = urlsplit(login.url)
    query = dict(parse_qsl(parts.query)) | {"options": _OPTIONS}
    return urlunsplit(
        parts._replace(scheme=_DRIVER, query=urlencode(query, quote_via=quote))
    )
