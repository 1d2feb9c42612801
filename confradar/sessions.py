"""Sessions of the database, and what goes wrong with them in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from confradar.errors import ConfRadarError

OLDEST_VERSION = 15
"""The oldest major version of PostgreSQL that migrations, loading and models run on."""

_WRONG_LOGIN = ("password authentication failed", "is not permitted to log in")


@contextmanager
def session(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """Open a session, in a transaction unless asked otherwise; its times are in UTC.

    Raises:
        ConfRadarError: the server cannot be reached or refuses.
    """
    with clear_errors(), psycopg.connect(url, autocommit=autocommit) as opened:
        opened.execute("select set_config('timezone', 'UTC', %s)", [not autocommit])
        yield opened


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what the database says into an error that a person can act on.

    Raises:
        ConfRadarError: the server cannot be reached or refuses.
    """
    try:
        yield
    except psycopg.Error as error:
        raise clear_error(error) from error


def clear_error(error: psycopg.Error) -> ConfRadarError:
    """Return in one line what the database says, with what to do."""
    said = first_line(error)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return ConfRadarError(
            f"the database refuses: {said}",
            "docs/operating.md tells as whom each command connects, and what that "
            "role may do",
        )
    hint = "confradar doctor says what to do"
    if any(words in said for words in _WRONG_LOGIN):
        hint = "check the password; confradar db migrate gives the roles theirs"
    return ConfRadarError(f"the database does not answer: {said}", hint)


def refuse_old_server(connection: psycopg.Connection) -> None:
    """Refuse a server that is older than what is supported.

    Raises:
        ConfRadarError: it is.
    """
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        raise ConfRadarError(
            f"the database is PostgreSQL {version}, ConfRadar needs {OLDEST_VERSION} "
            "or later",
            "upgrade the server, or let DATABASE_URL name another one",
        )


def first_line(error: object) -> str:
    """Return the first line of what an error says."""
    return str(error).strip().partition("\n")[0]
