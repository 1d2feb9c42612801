"""Superset with the dashboards, on the marts that are here, as the reader.

Superset has an environment of its own (``dashboards/``, which says why). What it has to
know of this place is written to a file that its owner alone may read: neither arguments
nor variables hold a password.
"""

import json
import os
import secrets
import socket
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from confradar.database import logins_of
from confradar.database.logins import url_of
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.roles import Role
from confradar.settings import child_environment

if TYPE_CHECKING:
    from confradar.database import Logins
    from confradar.settings import Settings

USER = "confradar"
FOLDER = Path("dashboards")
_STOPPED_BY_A_PERSON = (0, -2, 130)


@dataclass(frozen=True, slots=True)
class Place:
    """What Superset has to know of this place, and what stays from start to start.

    Attributes:
        database_url: where the marts are, with the reader's password.
        secret_key: with which Superset signs its sessions.
        admin_password: of the one user who may log in.
    """

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    admin_password: str = field(repr=False)


def prepare(settings: "Settings") -> Path:
    """Write the place that Superset reads; return the folder that holds it.

    Raises:
        CalledWronglyError: an own server has a reader without a password here.
        ConfRadarError: the database does not answer.
    """
    home = settings.home / "superset"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    file = home / "place.json"
    before = _stored(file)
    logins = logins_of(settings)
    place = Place(
        database_url=_reader_url(settings, logins, before.get("database_url", "")),
        secret_key=before.get("secret_key") or secrets.token_urlsafe(48),
        admin_password=before.get("admin_password") or secrets.token_urlsafe(12),
    )
    _write(file, place)
    return home


def serve(settings: "Settings", home: Path, port: int) -> None:
    """Run Superset until it is stopped.

    Raises:
        CalledWronglyError: it is not installed, or the port is taken.
        ConfRadarError: it stopped by itself.
    """
    folder = settings.root / FOLDER
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        raise CalledWronglyError(
            "Superset is not installed here",
            "make dashboards does that (650 MB), or: uv sync --project dashboards",
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CalledWronglyError(
                f"port {port} of this machine is taken", "give another by --port"
            ) from error
    done = subprocess.run(
        [python, folder / "serve.py", home, str(port)],
        env=child_environment(
            {
                "CONFRADAR_SUPERSET_HOME": str(home),
                "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
                "SUPERSET_HOME": str(home),
            }
        ),
        check=False,
    )
    if done.returncode not in _STOPPED_BY_A_PERSON:
        raise ConfRadarError(
            f"Superset stopped with exit code {done.returncode}",
            "what it printed above says why",
        )


def _reader_url(settings: "Settings", logins: "Logins", before: str) -> str:
    """Return how the reader connects; on the embedded server it gets a password.

    Raises:
        CalledWronglyError: an own server has a reader without a password here.
    """
    from confradar.migrating import Plan, migrate

    url = logins.reader.url
    if urlsplit(url).username == Role.READER:
        return url
    if logins.is_own_server:
        raise CalledWronglyError(
            f"{Role.READER} has no password here, and Superset connects as nobody else",
            "set CONFRADAR_READER_PASSWORD, then run confradar db migrate",
        )
    password = urlsplit(before).password or secrets.token_urlsafe(24)
    migrate(
        settings.root,
        Plan(logins.owner.url, logins.owner.timeouts, {Role.READER: password}),
    )
    return url_of(url, Role.READER, password)


def _stored(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, place: Place) -> None:
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(asdict(place), handle, indent=2)
    new.replace(file)
