"""A server that the user runs and DATABASE_URL names."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from confradar.database.accounts import last_line


@dataclass(frozen=True, slots=True)
class OwnServerStatus:
    """An own server as it answers now; holds no secret.

    Attributes:
        state: ``running`` or ``unreachable``.
        host: as in DATABASE_URL.
        port: as in DATABASE_URL.
        database: as in DATABASE_URL.
        user: as in DATABASE_URL.
        version: of PostgreSQL, if it answered.
        size_bytes: of the database, if it answered.
        note: why it did not answer, or an empty string.
    """

    state: str
    host: str
    port: int
    database: str
    user: str
    version: str | None
    size_bytes: int | None
    note: str


def own_server_status(url: str) -> OwnServerStatus:
    """Ask an own server how it is; waits five seconds for an answer."""
    import psycopg

    parts = urlsplit(url)
    version = size = None
    state, note = "running", ""
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            row = connection.execute(
                "select current_setting('server_version'),"
                " pg_database_size(current_database())"
            ).fetchone()
        version, size = row if row else (None, None)
    except psycopg.Error as error:
        state, note = "unreachable", last_line(str(error))
    return OwnServerStatus(
        state=state,
        host=unquote(parts.hostname or ""),
        port=parts.port or 5432,
        database=unquote(parts.path.strip("/")),
        user=unquote(parts.username or ""),
        version=version,
        size_bytes=size,
        note=note,
    )
