"""PostgreSQL's own client programs: those of the wheel, and those on the PATH.

A program of one major version talks to servers of that one and of older ones, never to
newer ones: of those that may be used, the one nearest to the server is taken.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from confradar.database.installation import find_installation
from confradar.errors import ConfRadarError
from confradar.settings import child_environment

_NAMES = ("pg_dump", "pg_restore", "psql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class NoProgramError(ConfRadarError):
    """No pg_dump here is as new as what it has to read."""


@dataclass(frozen=True, slots=True)
class Programs:
    """pg_dump, pg_restore and psql of one version, in one directory."""

    directory: Path
    major: int

    def path(self, name: str) -> str:
        """Return the path of one of them."""
        return str(self.directory / name)


@dataclass(frozen=True, slots=True)
class Connection:
    """What a program is told of a database: where in its arguments, the rest apart.

    Attributes:
        place: the connection string without a password, which every user of the machine
            can read among the arguments of a process.
        environment: holds the password.
    """

    place: str
    environment: dict[str, str]


def connection_of(url: str) -> Connection:
    """Return how a program of PostgreSQL connects to the database of a URL."""
    parameters = conninfo_to_dict(url)
    password = str(parameters.pop("password", ""))
    place = make_conninfo("", **{name: str(text) for name, text in parameters.items()})
    return Connection(place, child_environment({"PGPASSWORD": password}))


def installed_programs() -> tuple[Programs, ...]:
    """Return what there is, of the wheel and on the PATH."""
    found: list[Programs] = []
    try:
        in_wheel = find_installation().program("pg_dump")
    except ConfRadarError:
        in_wheel = Path()
    on_path = shutil.which("pg_dump")
    for program in (in_wheel, Path(on_path) if on_path else Path()):
        is_whole = all((program.parent / name).is_file() for name in _NAMES)
        if is_whole and (major := _major(program)):
            found.append(Programs(program.parent, major))
    return tuple(found)


def newest(installed: Iterable[Programs]) -> Programs:
    """Return the newest programs, which read what all others write.

    Raises:
        NoProgramError: there are none.
    """
    there = sorted(installed, key=lambda programs: programs.major)
    if not there:
        raise NoProgramError(
            "there is no pg_dump here", "run uv sync, or install PostgreSQL's client"
        )
    return there[-1]


def nearest(installed: Sequence[Programs], at_least: int) -> Programs:
    """Return the oldest programs that know a major version of PostgreSQL.

    Raises:
        NoProgramError: all are too old.
    """
    latest = newest(installed)
    if latest.major < at_least:
        raise NoProgramError(
            f"pg_dump here is {latest.major}, and PostgreSQL {at_least} needs "
            f"{at_least} or later",
            f"install the client programs of PostgreSQL {at_least}, and have them on "
            "the PATH",
        )
    fit = (programs for programs in installed if programs.major >= at_least)
    return min(fit, key=lambda programs: programs.major)


def _major(program: Path) -> int | None:
    done = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    )
    match = _VERSION.search(done.stdout)
    return int(match.group(1)) if match else None
