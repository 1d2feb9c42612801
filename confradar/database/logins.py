"""As whom each part of the work connects, and how long it waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from confradar.roles import Role


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds after which the server ends a reader's query, and its idling; 0 never."""

    statement: int = 60
    idle: int = 60


USUAL_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Login:
    """A URL with user and password; it is left out of ``repr``."""

    url: str = field(repr=False)
    timeouts: Timeouts = USUAL_TIMEOUTS


@dataclass(frozen=True, slots=True)
class Logins:
    """Who does what: the owner migrates and decides, and stands in for the others.

    Attributes:
        owner: the user of DATABASE_URL, or of the embedded server.
        loader: writes raw rows.
        transformer: reads them, and owns what dbt builds.
        reader: reads the marts.
        scheduler: keeps what Dagster stores.
        notifier: notes what was told to whom.
        passwords: of the roles that connect as themselves.
        is_own_server: a server that somebody runs: it is migrated when asked for.
    """

    owner: Login
    loader: Login
    transformer: Login
    reader: Login
    scheduler: Login
    notifier: Login
    passwords: Mapping[Role, str] = field(default_factory=dict, repr=False)
    is_own_server: bool = False


def one_login(url: str) -> Logins:
    """Return logins for a server on which one user does everything."""
    login = Login(url)
    return Logins(login, login, login, login, login, login)


def logins_at(
    url: str,
    passwords: Mapping[Role, str],
    *,
    timeouts: Timeouts,
    connect_timeout: int,
    is_own_server: bool,
) -> Logins:
    """Return who connects as whom to the server of a URL.

    A role without a password of its own leaves its work to the URL's user.
    """
    base = _with_connect_timeout(url, connect_timeout)
    of = {
        role: Login(
            url_of(base, role, passwords[role]) if role in passwords else base, timeouts
        )
        for role in Role
    }
    return Logins(
        owner=Login(base, timeouts),
        loader=of[Role.LOADER],
        transformer=of[Role.TRANSFORMER],
        reader=of[Role.READER],
        scheduler=of[Role.SCHEDULER],
        notifier=of[Role.NOTIFIER],
        passwords=passwords,
        is_own_server=is_own_server,
    )


def url_of(url: str, role: Role, password: str) -> str:
    """Return the URL with a role and its password in the place of its user."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}")
    )


def _with_connect_timeout(url: str, seconds: int) -> str:
    parts = urlsplit(url)
    query = {"connect_timeout": str(seconds), **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
