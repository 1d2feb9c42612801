"""What a shell offers when somebody presses Tab: names that the marts know.

It has to be quick and says nothing: a server that does not run is not started, and
whatever goes wrong offers nothing.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from confradar.errors import ConfRadarError

if TYPE_CHECKING:
    import psycopg

    from confradar.settings import Settings

MAX_OFFERED = 200
SECONDS = 2


def areas(incomplete: str) -> list[str]:
    """Return areas that begin so."""
    return _offered(incomplete, _known_areas)


def ranks(incomplete: str) -> list[str]:
    """Return ranks that begin so, each with its system: ``CORE A*``."""
    return _offered(incomplete, _known_ranks)


def series(incomplete: str) -> list[str]:
    """Return keys of series that begin so."""
    return _offered(incomplete, _known_series)


def conferences(incomplete: str) -> list[str]:
    """Return keys of conferences that begin so, the latest year first."""
    return _offered(incomplete, _known_conferences)


def _known_areas(connection: "psycopg.Connection") -> list[str]:
    from confradar.warehouse import known_areas

    return known_areas(connection)


def _known_ranks(connection: "psycopg.Connection") -> list[str]:
    from confradar.warehouse import known_ranks

    return known_ranks(connection)


def _known_series(connection: "psycopg.Connection") -> list[str]:
    from confradar.warehouse import known_series

    return known_series(connection)


def _known_conferences(connection: "psycopg.Connection") -> list[str]:
    from confradar.warehouse import known_conferences

    return known_conferences(connection)


def _offered(
    incomplete: str, known: "Callable[[psycopg.Connection], Sequence[str]]"
) -> list[str]:
    from confradar.settings import load_settings

    try:
        names = _ask(load_settings(), known)
    except (ConfRadarError, OSError):
        return []
    start = incomplete.lower()
    found = [name for name in names if name.lower().startswith(start)]
    return [name for name in found if name.isprintable()][:MAX_OFFERED]


def _ask(
    settings: "Settings", known: "Callable[[psycopg.Connection], Sequence[str]]"
) -> Sequence[str]:
    from confradar.database import EmbeddedServer, Timeouts, logins_at
    from confradar.warehouse import reading

    url = settings.own_url or EmbeddedServer(settings.home).running_url()
    if url is None:
        return ()
    logins = logins_at(
        url,
        {role: word.get_secret_value() for role, word in settings.passwords.items()},
        timeouts=Timeouts(statement=SECONDS, idle=SECONDS),
        connect_timeout=SECONDS,
        is_own_server=settings.own_url is not None,
    )
    with reading(logins.reader) as connection:
        return known(connection)
