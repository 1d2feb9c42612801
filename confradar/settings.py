"""What the environment says: the only module that reads it, or the clock.

Values come from environment variables and from a file ``.env`` in the project root;
a variable of the environment wins over its line there, also an empty one, which means
that nothing is set. ``.env.example`` describes every variable.
"""

import getpass
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from confradar.errors import CalledWronglyError, ConfRadarError
from ingestion.documents import MAX_SHRINK_SHARE

_ENV_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_MAX_NUMBER = 1_000_000
_URL_FORM = "postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class CrawlSettings:
    """How pages are fetched.

    Attributes:
        contact: an address for those who run the sites, None if there is none.
        pace_seconds: from one request to the next of the same host.
        allow_private_addresses: fetch from this machine and its network too.
        revisit_hours: after which an official page is looked at again.
        max_pages: how many pages of one source a run visits at most.
        targets: a YAML file with more homepages, None without one.
    """

    contact: str | None = None
    pace_seconds: float = 2.0
    allow_private_addresses: bool = False
    revisit_hours: float = 20.0
    max_pages: int = 200
    targets: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings; every path is absolute.

    Attributes:
        root: the checkout, where ``dbt_project.yml`` lies.
        home: where the embedded database and the tools' state are kept.
        database_url: ``postgresql://…`` of an own server, None for the embedded one.
            Left out of ``repr``: it holds a password.
        registry: a YAML file with more sources, None without one.
        max_shrink_share: of its entries a list may lose from one look to the next; with
            more it is refused, unless the command accepts that.
        crawl: how pages are fetched.
    """

    root: Path
    home: Path
    database_url: str | None = field(repr=False)
    registry: Path | None
    max_shrink_share: float = MAX_SHRINK_SHARE
    crawl: CrawlSettings = CrawlSettings()


def load_settings(
    environment: Mapping[str, str] | None = None, root: Path | None = None
) -> Settings:
    """Read and check the settings.

    Args:
        environment: taken instead of the process's environment.
        root: taken instead of the checkout that this package is in.

    Raises:
        CalledWronglyError: a variable has a value that cannot be meant.
    """
    place = project_root() if root is None else root
    given = os.environ if environment is None else environment
    values = {**_read_env_file(place / ".env"), **given}

    registry = _file(place, "CONFRADAR_REGISTRY", values.get("CONFRADAR_REGISTRY"))
    home = _path(place, values.get("CONFRADAR_HOME")) or place / ".confradar"
    if home.exists() and not home.is_dir():
        raise CalledWronglyError(
            f"CONFRADAR_HOME names {home}, which is no directory",
            "give the path of a directory, or unset it",
        )
    url = values.get("DATABASE_URL")
    return Settings(
        root=place,
        home=home,
        database_url=_checked_url(url) if url else None,
        registry=registry,
        max_shrink_share=_number(
            "CONFRADAR_MAX_SHRINK_SHARE",
            values.get("CONFRADAR_MAX_SHRINK_SHARE"),
            MAX_SHRINK_SHARE,
            largest=1,
        ),
        crawl=_crawl(place, values),
    )


def project_root() -> Path:
    """Return the checkout: the directory with ``dbt_project.yml``.

    Normally that is the parent of this package. Where the package was installed apart
    from its checkout, it is the working directory or the nearest of its parents.

    Raises:
        ConfRadarError: there is none.
    """
    beside = Path(__file__).resolve().parent.parent
    here = Path.cwd()
    for candidate in (beside, here, *here.parents):
        if (candidate / "dbt_project.yml").is_file():
            return candidate
    raise ConfRadarError(
        f"no dbt_project.yml beside the program, in {here} or above it",
        "run confradar inside a checkout of the project",
    )


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def user_name() -> str:
    """Return what the system calls who runs this; a number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def telemetry_off_environment() -> dict[str, str]:
    """Return the variables that keep the tools from reporting on their users."""
    return {
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }


def prepare_environment(settings: Settings, database_url: str | None = None) -> None:
    """Set what dlt and dbt read in this process and in its children.

    Telemetry is off unless the user set its variable; the lines of ``.env`` are there
    for the tools as well.

    Args:
        settings: as loaded.
        database_url: the server to use, which dbt's profile reads as DATABASE_URL.
    """
    defaults = {**telemetry_off_environment(), **_read_env_file(settings.root / ".env")}
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    if database_url is not None:
        os.environ["DATABASE_URL"] = database_url


def tell_dbt_the_day(as_of: date) -> None:
    """Set the day from which "upcoming" counts in builds of this process."""
    os.environ["CONFRADAR_AS_OF"] = as_of.isoformat()


def tell_dbt_whether_to_follow(follows: bool) -> None:
    """Set whether builds of this process make only those rows anew that may differ."""
    os.environ["CONFRADAR_FOLLOW"] = "yes" if follows else ""


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with some variables set, for a child."""
    return {**os.environ, **extra}


def _crawl(root: Path, values: Mapping[str, str]) -> CrawlSettings:
    usual = CrawlSettings()
    contact = (values.get("CONFRADAR_CONTACT") or "").strip()
    if not contact.isprintable() or not contact.isascii():
        raise CalledWronglyError(
            "CONFRADAR_CONTACT has characters that no header can hold",
            "give a mail address, or the address of a page",
        )
    return CrawlSettings(
        contact=contact or None,
        pace_seconds=_number(
            "CONFRADAR_PACE_SECONDS",
            values.get("CONFRADAR_PACE_SECONDS"),
            usual.pace_seconds,
        ),
        allow_private_addresses=_switch(
            "CONFRADAR_ALLOW_PRIVATE_ADDRESSES",
            values.get("CONFRADAR_ALLOW_PRIVATE_ADDRESSES"),
        ),
        revisit_hours=_number(
            "CONFRADAR_REVISIT_HOURS",
            values.get("CONFRADAR_REVISIT_HOURS"),
            usual.revisit_hours,
        ),
        max_pages=int(
            _number(
                "CONFRADAR_MAX_PAGES",
                values.get("CONFRADAR_MAX_PAGES"),
                usual.max_pages,
            )
        ),
        targets=_file(root, "CONFRADAR_TARGETS", values.get("CONFRADAR_TARGETS")),
    )


def _number(
    name: str, text: str | None, usual: float, largest: float = _MAX_NUMBER
) -> float:
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= largest:  # nor is NaN
        raise CalledWronglyError(
            f"{name} is {text!r}, which is no number from 0 to {largest:,}",
            f"give a number, or unset it to have {usual:g}",
        )
    return number


def _switch(name: str, text: str | None) -> bool:
    match (text or "false").strip().lower():
        case "true" | "yes" | "on" | "1":
            return True
        case "false" | "no" | "off" | "0":
            return False
    raise CalledWronglyError(
        f"{name} is {text!r}, which is neither true nor false", "give one of them"
    )


def _file(root: Path, name: str, value: str | None) -> Path | None:
    file = _path(root, value)
    if file is not None and not file.is_file():
        raise CalledWronglyError(
            f"{name} names {file}, which is no file",
            "give the path of a YAML file, or unset it",
        )
    return file


def _path(root: Path, value: str | None) -> Path | None:
    return root / Path(value).expanduser() if value else None


def _read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines; quotes around a value and comments are taken off."""
    if not path.is_file():
        return {}
    values = {}
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _ENV_LINE.fullmatch(text)
        if match is None:
            # The line itself may hold a password: only its number is told.
            raise CalledWronglyError(
                f"line {number} of {path} is not NAME=value",
                "correct it, or start it with # to leave it out",
            )
        name, value = match.groups()
        quoted = re.match(r"""(["'])(.*?)\1\s*(?:#.*)?$""", value)
        value = quoted.group(2) if quoted else re.split(r"\s+#|^#", value)[0].strip()
        values[name] = value
    return values


def _checked_url(url: str) -> str:
    """Return the URL as ``postgresql://…``; what it says wrongly is told without it."""
    try:
        parts = urlsplit(url)
        _ = parts.port, unquote(url, errors="strict")
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    needed = {
        "a scheme postgresql://": parts.scheme in {"postgresql", "postgres"},
        "a user": parts.username,
        "a password": parts.password,
        "a host": parts.hostname,
        "one database": parts.path.strip("/") and "/" not in parts.path[1:],
    }
    missing = [name for name, is_there in needed.items() if not is_there]
    if missing:
        raise CalledWronglyError(
            f"DATABASE_URL needs {' and '.join(missing)}",
            f"write it as {_URL_FORM}, special characters as %XX, or unset it to use "
            "the embedded database",
        )
    return "postgresql" + url[len(parts.scheme) :]
