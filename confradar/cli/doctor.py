"""``confradar doctor``: what works on this machine, and what to do about the rest."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated

import typer

from confradar.cli.options import AsJson
from confradar.errors import ConfRadarError

if TYPE_CHECKING:
    from confradar.database import Login, Logins
    from confradar.settings import Settings

PACKAGES = ("confradar", "dbt-core", "dbt-postgres", "dlt", "psycopg")
OLDEST_PYTHON = (3, 11)
OLDEST_SERVER = 15
GIGABYTE = 1_000_000_000
LITTLE_DISK = 2 * GIGABYTE
NETWORK_TIMEOUT = 5.0


class Verdict(StrEnum):
    """How one check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One checked thing: what was seen, and what to do unless it is ok."""

    name: str
    verdict: Verdict
    detail: str
    action: str = ""


def doctor(
    network: Annotated[
        bool, typer.Option("--network", help="Also ask every publisher's server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check versions, database, disk, sources and marts; say what to do."""
    from confradar.cli.output import print_json

    checks = []
    for check in _checks(network):
        checks.append(check)
        if not as_json:
            _print(check)
    if as_json:
        print_json({"checks": checks})
    if any(check.verdict is Verdict.FAIL for check in checks):
        raise typer.Exit(1)


def _print(check: Check) -> None:
    typer.echo(f"{check.verdict:<5} {check.name:<9} {check.detail}")
    if check.action:
        typer.echo(f"{'':<16}→ {check.action}")


def _checks(network: bool) -> Iterator[Check]:
    yield _python()
    yield from _packages()
    yield _uv()
    try:
        from confradar.settings import load_settings

        settings = load_settings()
    except ConfRadarError as error:
        yield Check("settings", Verdict.FAIL, error.message, error.hint)
        return
    yield Check("settings", Verdict.OK, f"project {settings.root}")
    yield _disk(settings)
    yield from _registry(settings, network)
    yield from _database(settings)


def _python() -> Check:
    seen = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("python", Verdict.FAIL, seen, "use Python 3.11 or later: uv sync")
    return Check("python", Verdict.OK, seen)


def _packages() -> Iterator[Check]:
    seen = []
    for name in PACKAGES:
        try:
            seen.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Check("packages", Verdict.FAIL, f"{name} is missing", "make setup")
    yield Check("packages", Verdict.OK, ", ".join(seen))


def _uv() -> Check:
    found = shutil.which("uv")
    if found is None:
        return Check(
            "uv",
            Verdict.WARN,
            "not on the PATH",
            "make setup keeps one in .tools; or install it: pip install uv",
        )
    return Check("uv", Verdict.OK, found)


def _disk(settings: "Settings") -> Check:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    seen = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free < LITTLE_DISK:
        return Check("disk", Verdict.WARN, seen, "free some, or set CONFRADAR_HOME")
    return Check("disk", Verdict.OK, seen)


def _registry(settings: "Settings", network: bool) -> Iterator[Check]:
    from ingestion.errors import RegistryError
    from ingestion.registry import ArchiveFetch, PagesFetch, load_registry

    try:
        registry = load_registry(*([settings.registry] if settings.registry else []))
    except RegistryError as error:
        yield Check("registry", Verdict.FAIL, str(error), "correct that entry")
        return
    yield Check("registry", Verdict.OK, f"{len(registry.sources)} sources")
    if not network:
        return
    for source in registry:
        fetch = source.fetch
        if isinstance(fetch, ArchiveFetch):
            urls = [fetch.url]
        elif isinstance(fetch, PagesFetch):
            urls = list(fetch.start_urls)
        else:
            urls = [*fetch.urls.values()]
        if urls:
            yield _publisher(source.key, urls[0])


def _publisher(key: str, url: str) -> Check:
    import httpx

    try:
        answer = httpx.head(url, follow_redirects=True, timeout=NETWORK_TIMEOUT)
    except httpx.HTTPError as error:
        return Check(
            "network",
            Verdict.WARN,
            f"{key}: {type(error).__name__} at {url}",
            "check the connection; confradar run --from DIR needs none",
        )
    if answer.is_error:
        return Check(
            "network",
            Verdict.WARN,
            f"{key}: answer {answer.status_code} from {url}",
            "the publisher may have moved: see its entry in ingestion/sources.yml",
        )
    return Check("network", Verdict.OK, f"{key}: reachable")


def _database(settings: "Settings") -> Iterator[Check]:
    import psycopg

    from confradar.database import logins_of

    own = settings.own_url is not None
    try:
        logins = logins_of(settings)
        with psycopg.connect(logins.owner.url) as connection:
            number = connection.info.server_version // 10000
            encoding = connection.info.parameter_status("server_encoding")
    except ConfRadarError as error:
        yield Check("database", Verdict.FAIL, error.message, error.hint)
        return
    except psycopg.Error as error:
        yield Check(
            "database",
            Verdict.FAIL,
            str(error).strip().partition("\n")[0],
            "check DATABASE_URL and the server, or unset it to use the embedded one"
            if own
            else "confradar db status, then confradar db start",
        )
        return
    seen = f"PostgreSQL {number}, {'at DATABASE_URL' if own else 'embedded'}"
    if number < OLDEST_SERVER:
        yield Check("database", Verdict.FAIL, seen, "use PostgreSQL 15 or later")
    elif encoding != "UTF8":
        yield Check(
            "database", Verdict.FAIL, f"{seen}, {encoding}", "use encoding UTF8"
        )
    else:
        yield Check("database", Verdict.OK, seen)
    yield from _prepared(settings, logins)
    yield _marts(logins.reader)


def _prepared(settings: "Settings", logins: "Logins") -> Iterator[Check]:
    from confradar.migrating import ensure_migrated, newest_version, refusal

    if logins.is_own_server:
        version = newest_version(settings.root)
        try:
            ensure_migrated(settings.root, logins)
        except ConfRadarError as error:
            yield Check("tables", Verdict.FAIL, error.message, error.hint)
        else:
            yield Check("tables", Verdict.OK, f"at version {version}")
    for role, password in logins.passwords.items():
        said = refusal(logins.owner.url, role, password)
        if said:
            action = "confradar db migrate gives it the password that is set"
            yield Check("roles", Verdict.FAIL, f"{role}: {said}", action)
        else:
            yield Check("roles", Verdict.OK, f"{role} connects")


def _marts(login: "Login") -> Check:
    from confradar.build_state import read_state
    from confradar.warehouse import MartsMissingError, reading, source_facts

    action = "confradar run, or confradar run --sample"
    try:
        with reading(login) as connection:
            state = read_state(connection)
            facts = source_facts(connection)
    except MartsMissingError:
        return Check("marts", Verdict.WARN, "not built yet", action)
    except ConfRadarError as error:
        return Check("marts", Verdict.FAIL, error.message, error.hint)
    loaded = [fact for fact in facts.values() if fact.document_count]
    seen = f"{len(loaded)} sources, {sum(f.claim_count for f in loaded):,} claims"
    if state is None:
        return Check("marts", Verdict.WARN, f"{seen}, built by hand", action)
    if state.is_superseded:
        day = f"{state.built_at:%Y-%m-%d %H:%M}"
        told = f"{seen}, built {day}; no build since then succeeded"
        return Check("marts", Verdict.WARN, told, action)
    return Check("marts", Verdict.OK, f"{seen}, built {state.built_at:%Y-%m-%d %H:%M}")
