"""The database: an own server if DATABASE_URL names one, else the embedded one."""

from confradar.database.own_server import OwnServerStatus, own_server_status
from confradar.database.server import EmbeddedServer, ServerStatus
from confradar.settings import Settings

__all__ = [
    "EmbeddedServer",
    "OwnServerStatus",
    "ServerStatus",
    "database_url",
    "own_server_status",
]


def database_url(settings: Settings) -> str:
    """Return the URL to use, ``postgresql://…`` with its password.

    Without DATABASE_URL this starts the embedded server unless it runs.

    Raises:
        ConfRadarError: the embedded server does not start.
    """
    return settings.own_url or EmbeddedServer(settings.home).ensure_running()
