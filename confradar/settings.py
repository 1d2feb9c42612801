"""What the environment says: the only module that reads it, or the clock.

Values come from environment variables and from a file ``.env`` in the project root;
a variable of the environment wins over its line there, also an empty one, which means
that nothing is set. ``.env.example`` describes every variable.
"""

import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.instants import parse_zone
from confradar.roles import Role
from ingestion.documents import MAX_SHRINK_SHARE

_ENV_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_MAX_NUMBER = 1_000_000
_URL_FORM = "postgresql://user:password@host:5432/database"


class LogFormat(StrEnum):
    """How lines of the log are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which weight on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


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


_USUAL_CRAWL = CrawlSettings()


class _RefusedValueError(ValueError):
    """What is wrong with a value, in words that go after the variable's name."""

    def __init__(self, complaint: str, hint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.hint = hint


def _checked_url(given: SecretStr) -> SecretStr:
    """Return the URL as ``postgresql://…``; what it says wrongly is told without it."""
    url = given.get_secret_value()
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
        raise _RefusedValueError(
            f"needs {' and '.join(missing)}",
            f"write it as {_URL_FORM}, special characters as %XX, or unset it to use "
            "the embedded database",
        )
    return SecretStr("postgresql" + url[len(parts.scheme) :])


def _checked_contact(contact: str) -> str | None:
    if not contact.isprintable() or not contact.isascii():
        raise _RefusedValueError(
            "has characters that no header can hold",
            "give a mail address, or the address of a page",
        )
    return contact.strip() or None


def _checked_zone(text: str) -> str:
    try:
        parse_zone(text)
    except ValueError as error:
        raise _RefusedValueError(str(error), "correct it, or unset it") from None
    return text


def _checked_cron(text: str) -> str:
    if cron_problem(text):
        raise _RefusedValueError(
            f"{cron_problem(text)}: {text!r}",
            "write five fields as 0 5 * * *: minute, hour, day, month, weekday, in UTC",
        )
    return text


def _schedules(value: object) -> object:
    """Read ``key=cron; key=cron``; that the keys are registered is seen later."""
    if not isinstance(value, str):
        return value
    found = {}
    for part in filter(str.strip, value.split(";")):
        key, _, cron = part.partition("=")
        found[key.strip()] = _checked_cron(cron.strip())
    return found


def is_web_address(url: str) -> bool:
    """Tell whether a text can be an address on the web: http or https, and a host."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        return False
    return is_usable and url.isascii() and url.isprintable() and " " not in url


def _checked_alert_url(given: SecretStr) -> SecretStr:
    """Return the address; what is wrong with it is told without it."""
    if not is_web_address(given.get_secret_value()):
        raise _RefusedValueError(
            "is no http or https address",
            "copy the whole address of the webhook, or unset it to have alerts logged",
        )
    return given


_CRON_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)
_CRON_PART = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")


def cron_problem(text: str) -> str:
    """Return what is wrong with a cron expression of numbers, an empty string if none.

    Names of months and days, and what only some programs know, are not for us.
    """
    fields = text.split()
    if len(fields) != len(_CRON_FIELDS):
        return f"has {len(fields)} fields, not {len(_CRON_FIELDS)}"
    for field, (name, least, most) in zip(fields, _CRON_FIELDS, strict=True):
        for part in field.split(","):
            match = _CRON_PART.fullmatch(part)
            if match is None:
                return f"has a {name} that is no number, range or step"
            first, last, step = (None if x is None else int(x) for x in match.groups())
            bounds = [x for x in (first, last) if x is not None]
            if any(not least <= x <= most for x in bounds) or bounds != sorted(bounds):
                return f"has a {name} that is not from {least} to {most}"
            if step == 0:
                return f"has a {name} with a step of 0"
    return ""


def _in_lower_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _number(largest: float = _MAX_NUMBER) -> Any:  # noqa: ANN401 - as pydantic's Field
    return Field(
        ge=0,
        le=largest,
        allow_inf_nan=False,
        description=f"a number from 0 to {largest:,}",
    )


def _whole(smallest: int, largest: int) -> Any:  # noqa: ANN401 - as pydantic's Field
    return Field(
        ge=smallest,
        le=largest,
        description=f"a whole number from {smallest} to {largest:,}",
    )


_Seconds = Annotated[int, _whole(0, 86_400)]


class Settings(BaseSettings):
    """Checked settings; every path is absolute, and no password is ever shown.

    Attributes:
        root: the checkout, where ``dbt_project.yml`` lies.
        home: where the embedded database and the tools' state are kept.
        database_url: ``postgresql://…`` of an own server.
        postgres_host: of an own server, where DATABASE_URL is not given.
        postgres_port: of that server.
        postgres_db: the database there.
        postgres_user: who connects.
        postgres_password: of that user.
        loader_password: with which loading connects as its own role.
        transformer_password: with which dbt connects as its own role.
        reader_password: with which the marts are read as the reader.
        scheduler_password: with which Dagster keeps its tables as its own role.
        notifier_password: with which notices are noted as their own role.
        connect_timeout_seconds: to wait for a connection.
        statement_timeout_seconds: that a reader's query may take; 0 is for ever.
        idle_timeout_seconds: that a reader's transaction may idle; 0 is for ever.
        pool_size: connections at a time in which ``serve`` asks the database.
        registry: a YAML file with more sources, None without one.
        max_shrink_share: of its entries a list may lose from one look to the next; with
            more it is refused, unless the command accepts that.
        landing_checks: judge what was loaded before anything is built of it.
        contact: of CrawlSettings.
        pace_seconds: of CrawlSettings.
        allow_private_addresses: of CrawlSettings.
        revisit_hours: of CrawlSettings.
        max_pages: of CrawlSettings.
        targets: of CrawlSettings.
        subscriptions: a YAML file of who is told what, None without one.
        timezone: in which commands show times as well, None for as written alone.
        schedule: when Dagster runs all, as cron has it, in UTC.
        source_schedules: when it loads single sources besides, by their keys.
        fresh_hours: after which sources and marts are called stale there.
        alert_url: to which alerts are posted, None where they are only logged.
        as_of: the day from which "upcoming" counts in dbt when it is called alone.
        log_format: how the log is written.
        log_level: what is logged.
    """

    model_config = SettingsConfigDict(
        frozen=True, case_sensitive=True, env_ignore_empty=True, extra="ignore"
    )

    root: Path
    home: Path = Field(default=Path(".confradar"), alias="CONFRADAR_HOME")
    database_url: Annotated[SecretStr, AfterValidator(_checked_url)] | None = Field(
        default=None, alias="DATABASE_URL"
    )
    postgres_host: str | None = Field(default=None, alias="POSTGRES_HOST")
    postgres_port: Annotated[int, _whole(1, 65_535)] = Field(
        default=5432, alias="POSTGRES_PORT"
    )
    postgres_db: str = Field(default="confradar", alias="POSTGRES_DB")
    postgres_user: str = Field(default="confradar", alias="POSTGRES_USER")
    postgres_password: SecretStr | None = Field(default=None, alias="POSTGRES_PASSWORD")
    loader_password: SecretStr | None = Field(
        default=None, alias="CONFRADAR_LOADER_PASSWORD"
    )
    transformer_password: SecretStr | None = Field(
        default=None, alias="CONFRADAR_TRANSFORMER_PASSWORD"
    )
    reader_password: SecretStr | None = Field(
        default=None, alias="CONFRADAR_READER_PASSWORD"
    )
    scheduler_password: SecretStr | None = Field(
        default=None, alias="CONFRADAR_SCHEDULER_PASSWORD"
    )
    notifier_password: SecretStr | None = Field(
        default=None, alias="CONFRADAR_NOTIFIER_PASSWORD"
    )
    connect_timeout_seconds: Annotated[int, _whole(2, 3_600)] = Field(
        default=10, alias="CONFRADAR_CONNECT_TIMEOUT_SECONDS"
    )
    statement_timeout_seconds: _Seconds = Field(
        default=60, alias="CONFRADAR_STATEMENT_TIMEOUT_SECONDS"
    )
    idle_timeout_seconds: _Seconds = Field(
        default=60, alias="CONFRADAR_IDLE_TIMEOUT_SECONDS"
    )
    pool_size: Annotated[int, _whole(1, 100)] = Field(
        default=4, alias="CONFRADAR_POOL_SIZE"
    )
    registry: Path | None = Field(default=None, alias="CONFRADAR_REGISTRY")
    max_shrink_share: Annotated[float, _number(largest=1)] = Field(
        default=MAX_SHRINK_SHARE, alias="CONFRADAR_MAX_SHRINK_SHARE"
    )
    landing_checks: Annotated[
        bool, BeforeValidator(_in_lower_case), Field(description="true or false")
    ] = Field(default=True, alias="CONFRADAR_LANDING_CHECKS")
    contact: Annotated[str, AfterValidator(_checked_contact)] | None = Field(
        default=_USUAL_CRAWL.contact, alias="CONFRADAR_CONTACT"
    )
    pace_seconds: Annotated[float, _number()] = Field(
        default=_USUAL_CRAWL.pace_seconds, alias="CONFRADAR_PACE_SECONDS"
    )
    allow_private_addresses: Annotated[
        bool, BeforeValidator(_in_lower_case), Field(description="true or false")
    ] = Field(
        default=_USUAL_CRAWL.allow_private_addresses,
        alias="CONFRADAR_ALLOW_PRIVATE_ADDRESSES",
    )
    revisit_hours: Annotated[float, _number()] = Field(
        default=_USUAL_CRAWL.revisit_hours, alias="CONFRADAR_REVISIT_HOURS"
    )
    max_pages: Annotated[int, _whole(0, _MAX_NUMBER)] = Field(
        default=_USUAL_CRAWL.max_pages, alias="CONFRADAR_MAX_PAGES"
    )
    targets: Path | None = Field(default=None, alias="CONFRADAR_TARGETS")
    subscriptions: Path | None = Field(default=None, alias="CONFRADAR_SUBSCRIPTIONS")
    timezone: Annotated[str, AfterValidator(_checked_zone)] | None = Field(
        default=None, alias="CONFRADAR_TIMEZONE"
    )
    schedule: Annotated[str, AfterValidator(_checked_cron)] = Field(
        default="0 5 * * *", alias="CONFRADAR_SCHEDULE"
    )
    source_schedules: Annotated[
        dict[str, str] | None, NoDecode, BeforeValidator(_schedules)
    ] = Field(default=None, alias="CONFRADAR_SOURCE_SCHEDULES")
    fresh_hours: Annotated[int, _whole(1, 8_760)] = Field(
        default=36, alias="CONFRADAR_FRESH_HOURS"
    )
    alert_url: Annotated[SecretStr, AfterValidator(_checked_alert_url)] | None = Field(
        default=None, alias="CONFRADAR_ALERT_URL"
    )
    as_of: date | None = Field(
        default=None, alias="CONFRADAR_AS_OF", description="a date as 2026-11-20"
    )
    log_format: Annotated[
        LogFormat, BeforeValidator(_in_lower_case), Field(description="text or json")
    ] = Field(default=LogFormat.TEXT, alias="CONFRADAR_LOG_FORMAT")
    log_level: Annotated[
        LogLevel,
        BeforeValidator(_in_lower_case),
        Field(description="debug, info, warning or error"),
    ] = Field(default=LogLevel.ERROR, alias="CONFRADAR_LOG_LEVEL")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in, then the variables that are handed in with it."""
        del env_settings, dotenv_settings, file_secret_settings
        variables: Mapping[str, str] = {}
        if isinstance(init_settings, InitSettingsSource):
            variables = init_settings.init_kwargs.pop(_VARIABLES, {})
        return init_settings, _Variables(settings_cls, variables)

    @field_validator("home", "registry", "targets", "subscriptions")
    @classmethod
    def _starts_at_the_root(
        cls, value: Path | None, info: ValidationInfo
    ) -> Path | None:
        if value is None:
            return None
        path: Path = info.data["root"] / value.expanduser()
        if info.field_name == "home":
            if path.exists() and not path.is_dir():
                raise _RefusedValueError(
                    f"names {path}, which is no directory",
                    "give the path of a directory, or unset it",
                )
        elif not path.is_file():
            raise _RefusedValueError(
                f"names {path}, which is no file",
                "give the path of a YAML file, or unset it",
            )
        return path

    @model_validator(mode="after")
    def _names_a_whole_server(self) -> "Settings":
        has_url = self.database_url is not None
        if self.postgres_host and self.postgres_password is None and not has_url:
            raise _RefusedValueError(
                "POSTGRES_HOST needs POSTGRES_PASSWORD beside it",
                "set it, or unset POSTGRES_HOST to use the embedded database",
            )
        return self

    @property
    def own_url(self) -> str | None:
        """The URL of an own server with its password, None for the embedded one."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        if self.postgres_host is None or self.postgres_password is None:
            return None
        host = quote(self.postgres_host, safe=":")
        login = ":".join(
            quote(part, safe="")
            for part in (self.postgres_user, self.postgres_password.get_secret_value())
        )
        place = f"[{host}]" if ":" in host else host
        database = quote(self.postgres_db, safe="")
        return f"postgresql://{login}@{place}:{self.postgres_port}/{database}"

    @property
    def passwords(self) -> dict[Role, SecretStr]:
        """The passwords of roles that have one of their own."""
        given = {
            Role.LOADER: self.loader_password,
            Role.TRANSFORMER: self.transformer_password,
            Role.READER: self.reader_password,
            Role.SCHEDULER: self.scheduler_password,
            Role.NOTIFIER: self.notifier_password,
        }
        return {role: word for role, word in given.items() if word is not None}

    @property
    def crawl(self) -> CrawlSettings:
        """How pages are fetched."""
        return CrawlSettings(
            contact=self.contact,
            pace_seconds=self.pace_seconds,
            allow_private_addresses=self.allow_private_addresses,
            revisit_hours=self.revisit_hours,
            max_pages=self.max_pages,
            targets=self.targets,
        )


_VARIABLES = "variables"


class _Variables(EnvSettingsSource):
    """Variables that were read already: the lines of ``.env`` under those of a process.

    pydantic's own reader of ``.env`` fills in ``${NAME}``, which a password may hold,
    and passes over a line that it does not understand.
    """

    def __init__(
        self, settings_cls: type[BaseSettings], variables: Mapping[str, str]
    ) -> None:
        self._given = variables
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: text for name, text in self._given.items() if text}


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
    variables = {**_read_env_file(place / ".env"), **given}
    handed_in: dict[str, Any] = {"root": place, _VARIABLES: variables}
    try:
        return Settings(**handed_in)
    except ValidationError as error:
        raise _called_wrongly(error) from None  # the error itself holds passwords


def _called_wrongly(error: ValidationError) -> CalledWronglyError:
    """Say in one line what is wrong; a secret is not repeated."""
    complaints = []
    hints = []
    for found in error.errors(include_url=False):
        name = str(found["loc"][0]) if found["loc"] else ""
        reason = found.get("ctx", {}).get("error")
        if isinstance(reason, _RefusedValueError):
            complaints.append(f"{name} {reason.complaint}".strip())
            hints.append(reason.hint)
            continue
        field = _field_of(name)
        complaints.append(f"{name} is {found['input']!r}, not {field.description}")
        usual = "" if field.default is None else f" to have {field.default}"
        hints.append(f"correct it, or unset it{usual}")
    return CalledWronglyError("; ".join(complaints), hints[0])


def _field_of(variable: str) -> FieldInfo:
    return next(
        field for field in Settings.model_fields.values() if field.alias == variable
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


def secret(settings: Settings, name: str) -> SecretStr | None:
    """Return what a variable says that a file of ours names; None if it is not set."""
    variables = {**_read_env_file(settings.root / ".env"), **os.environ}
    return SecretStr(variables[name]) if variables.get(name) else None


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


def let_dbt_read(settings: Settings, database_url: str) -> None:
    """Make dbt, and what works on its profile, connect as the user of this URL alone.

    A profile takes the transformer's login where its password is set.
    """
    prepare_environment(settings, database_url)
    os.environ["CONFRADAR_TRANSFORMER_PASSWORD"] = ""


def let_metricflow_find(root: Path) -> None:
    """Tell MetricFlow where project and profiles are, which it takes no options for."""
    os.environ["DBT_PROJECT_DIR"] = str(root)
    os.environ["DBT_PROFILES_DIR"] = str(root / "profiles")


def tell_dbt_the_day(as_of: date) -> None:
    """Set the day from which "upcoming" counts in builds of this process."""
    os.environ["CONFRADAR_AS_OF"] = as_of.isoformat()


def tell_dbt_whether_to_follow(follows: bool) -> None:
    """Set whether builds of this process make only those rows anew that may differ."""
    os.environ["CONFRADAR_FOLLOW"] = "yes" if follows else ""


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with some variables set, for a child."""
    return {**os.environ, **extra}


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
