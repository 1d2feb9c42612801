"""The database: an own server if DATABASE_URL names one, else the embedded one."""

from confradar.database.logins import Login, Logins, Timeouts, logins_at, one_login
from confradar.database.own_server import OwnServerStatus, own_server_status
from confradar.database.server import EmbeddedServer, ServerStatus
from confradar.settings import Settings

__all__ = [
    "EmbeddedServer",
    "Login",
    "Logins",
    "OwnServerStatus",
    "ServerStatus",
    "Timeouts",
    "database_url",
    "logins_at",
    "logins_of",
    "one_login",
    "own_server_status",
]


def database_url(settings: Settings) -> str:
    """Return the URL to use, ``postgresql://…`` with its password.

    Without DATABASE_URL this starts the embedded server unless it runs.

    Raises:
        ConfRadarError: the embedded server does not start.
    """
    return settings.own_url or EmbeddedServer(settings.home).ensure_running()


def logins_of(settings: Settings) -> Logins:
    """Return as whom each part of the work connects.

    Without an own server this starts the embedded one unless it runs.

    Raises:
        ConfRadarError: the embedded server does not start.
    """
    return logins_at(
        database_url(settings),
        {role: word.get_secret_value() for role, word in settings.passwords.items()},
        timeouts=Timeouts(
            settings.statement_timeout_seconds, settings.idle_timeout_seconds
        ),
        connect_timeout=settings.connect_timeout_seconds,
        is_own_server=settings.own_url is not None,
    )
