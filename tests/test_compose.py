"""docker-compose.yml: read by Compose's own parser, its commands run without Docker."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from confradar.database.credentials import free_port
from confradar.database.logins import url_of
from confradar.roles import Role
from confradar.settings import Settings, telemetry_off_environment
from tests.conftest import ROOT
from tests.servers import Managed, managed, server

PROGRAMS = Path(sys.executable).parent
PATIENCE = 300

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
# What Compose hands through as it is; a dollar in .env would need quotes there.
ROLE_WORDS = {
    name: f"{name}'s %41/@:{{{{word}}}}"
    for name in set(re.findall(r"CONFRADAR_\w+_PASSWORD", TEXT))
}
WORDS = {"POSTGRES_PASSWORD": "of the owner", **ROLE_WORDS}


def read(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Let Compose read the file, with these variables and no .env."""
    return subprocess.run(
        [
            PROGRAMS / "docker-compose",
            f"--file={ROOT / 'docker-compose.yml'}",
            f"--env-file={os.devnull}",
            "--profile=*",
            "config",
            "--format=json",
        ],
        env={"PATH": os.defpath, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def services_with(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    done = read(variables)
    assert done.returncode == 0, done.stderr
    services: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return services


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return services_with(WORDS)


def test_the_parser_warns_of_nothing_once_the_passwords_are_set() -> None:
    assert read(WORDS).stderr == ""


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_password_that_is_not_set_is_refused_by_name(name: str) -> None:
    for given in (WORDS.keys() - {name}, WORDS.keys()):
        done = read({word: WORDS[word] for word in given} | {name: ""})

        assert done.returncode != 0
        assert f"required variable {name} is missing a value" in done.stderr


def test_no_password_has_a_default() -> None:
    used = re.findall(r"\$\{(\w*PASSWORD\w*)(.*?)\}", TEXT)

    assert {name for name, _ in used} == {*WORDS, "PGADMIN_PASSWORD"}
    # pgAdmin itself refuses an empty one; to ask for it here would ask everybody.
    assert {rest for name, rest in used if name == "PGADMIN_PASSWORD"} == {":-"}
    assert all(rest.startswith(":?") for name, rest in used if name in WORDS)


def test_every_port_is_open_to_this_machine_alone(
    services: dict[str, dict[str, Any]],
) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]

    assert len(ports) == 4
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_images_are_pinned_to_a_version(services: dict[str, dict[str, Any]]) -> None:
    images = {s["image"] for s in services.values() if "build" not in s}
    stages = re.findall(
        r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )

    assert len(images) == 2
    assert len(set(stages)) == 1
    for image in (*images, *stages):
        assert re.fullmatch(r"[\w/]+:\d+\.\d+(\.\d+)?(-[\w-]+)?", image), image


def test_programs_run_as_nobody_special_on_a_system_they_cannot_change(
    services: dict[str, dict[str, Any]],
) -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (\w+)", text, re.MULTILINE) == ["confradar"]
    assert services["postgres"]["user"] == "postgres"
    for name, service in services.items():
        if name == "pgadmin":
            continue  # it writes into itself; its image has a user of its own
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


def test_services_wait_for_health_and_not_for_time(
    services: dict[str, dict[str, Any]],
) -> None:
    waits = {
        name: {on: how["condition"] for on, how in s.get("depends_on", {}).items()}
        for name, s in services.items()
    }
    migrated = {"migrate": "service_completed_successfully"}

    assert waits == {
        "postgres": {},
        "migrate": {"postgres": "service_healthy"},
        "dagster-webserver": migrated,
        "dagster-daemon": migrated,
        "web": migrated,
        "notify": migrated,
        "pgadmin": {"postgres": "service_healthy"},
    }
    lasting = {name for name, s in services.items() if s["restart"] != "no"}
    assert lasting == {name for name, s in services.items() if "healthcheck" in s}
    assert services.keys() - lasting == {"migrate", "notify"}


def test_each_service_has_the_passwords_of_its_own_work_alone(
    services: dict[str, dict[str, Any]],
) -> None:
    known = {
        name: {
            word
            for word, password in WORDS.items()
            if password in service.get("environment", {}).values()
        }
        for name, service in services.items()
    }

    assert known == {
        "postgres": {"POSTGRES_PASSWORD"},
        "migrate": set(WORDS),
        "dagster-webserver": ROLE_WORDS.keys() - {"CONFRADAR_NOTIFIER_PASSWORD"},
        "dagster-daemon": ROLE_WORDS.keys() - {"CONFRADAR_NOTIFIER_PASSWORD"},
        "web": {"CONFRADAR_READER_PASSWORD"},
        "notify": {"CONFRADAR_READER_PASSWORD", "CONFRADAR_NOTIFIER_PASSWORD"},
        "pgadmin": set(),
    }


def test_every_setting_reaches_the_programs(
    services: dict[str, dict[str, Any]],
) -> None:
    variables = {f.alias for n, f in Settings.model_fields.items() if n != "root"}
    elsewhere = {
        "DATABASE_URL",  # given in parts
        "POSTGRES_PORT",  # this machine's; between containers it is the usual one
        "CONFRADAR_REGISTRY",  # files, which would have to be mounted
        "CONFRADAR_TARGETS",
        "CONFRADAR_SUBSCRIPTIONS",
        "CONFRADAR_NOTIFIER_PASSWORD",  # Dagster tells nobody of deadlines
        "CONFRADAR_TIMEZONE",  # for who sits before a terminal
        "CONFRADAR_AS_OF",  # for plain dbt
    }
    for name in ("dagster-webserver", "dagster-daemon"):
        assert services[name]["environment"].keys() >= variables - elsewhere, name
    changed = services_with({**WORDS, "CONFRADAR_PACE_SECONDS": "7"})
    assert changed["dagster-daemon"]["environment"]["CONFRADAR_PACE_SECONDS"] == "7"


def test_pgadmin_is_an_extra_and_signs_in_as_the_reader() -> None:
    document = json.loads(read({**WORDS, "POSTGRES_DB": "deadlines"}).stdout)

    assert document["services"]["pgadmin"]["profiles"] == ["tools"]
    servers = json.loads(document["configs"]["pgadmin_servers"]["content"])
    (found,) = servers["Servers"].values()
    assert (found["Host"], found["Username"]) == ("postgres", Role.READER)
    assert found["MaintenanceDB"] == "deadlines"


def allowed_names() -> list[str]:
    """Return what .dockerignore lets into an image; all else it keeps out."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert rules[-1] == "**/__pycache__"
    assert all(re.fullmatch(r"![\w.]+", rule) for rule in rules[1:-1])
    return [rule[1:] for rule in rules[1:-1]]


def test_nothing_that_is_not_the_projects_gets_into_an_image() -> None:
    assert {".env", ".git", ".venv", ".confradar", "tests"}.isdisjoint(allowed_names())
    assert all((ROOT / name).exists() for name in allowed_names())


@dataclass(frozen=True, slots=True)
class Service:
    """A service's own command, running: at which port, and what it says."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path


@dataclass(frozen=True, slots=True)
class Stack:
    """What containers would see, without containers.

    Attributes:
        services: as Compose reads them.
        program: a copy of what .dockerignore lets into an image, and nothing else.
        state: stands for what a container may write.
        place: the database, on a server of PostgreSQL 15.
    """

    services: dict[str, dict[str, Any]]
    program: Path
    state: Path
    place: Managed

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables of a service, with the paths and ports of here."""
        given: dict[str, str] = self.services[name]["environment"]
        state = self.state / name
        state.mkdir(exist_ok=True)
        return {
            "PATH": f"{PROGRAMS}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(self.program),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "HOME": str(state),
            "TMPDIR": str(state),
            "PGPORT": str(self.port),
            **telemetry_off_environment(),
            **{
                variable: value.replace("/var/lib/confradar", str(state)).replace(
                    "/srv/confradar", str(self.program)
                )
                for variable, value in given.items()
            },
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.port),
        }

    @property
    def port(self) -> int:
        """On which the server listens."""
        return urlsplit(self.place.url).port or 0

    def call(self, name: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as a service would."""
        return subprocess.run(
            command,
            cwd=self.program,
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
        )

    def health(self, name: str, port: int | None = None) -> list[str]:
        """Return the command that tells whether a service is healthy."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return _at_port(command, self._inner_port(name), port)

    @contextmanager
    def started(self, name: str) -> Iterator["Service"]:
        """Run a service's own command while the context lasts."""
        port = free_port()
        log = self.state / f"{name}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                _at_port(self.services[name]["command"], self._inner_port(name), port),
                cwd=self.program,
                env=self.environment(name),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Service(name, port, process, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            # What it started ends with its container, and here with its group.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def wait_for(self, service: "Service") -> None:
        """Wait until a service is healthy by its own check."""
        deadline = time.monotonic() + PATIENCE
        check = self.health(service.name, service.port)
        while (done := self.call(service.name, check)).returncode != 0:
            said = f"{done.stderr}\n{service.log.read_text()}"
            assert service.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(1)

    def _inner_port(self, name: str) -> int | None:
        ports = self.services[name].get("ports", [])
        return ports[0]["target"] if ports else None


def _at_port(command: list[str], inner: int | None, port: int | None) -> list[str]:
    """Return the command at this machine's own address, and at another port."""
    words = ["127.0.0.1" if word == "0.0.0.0" else word for word in command]  # noqa: S104
    if inner is None or port is None:
        return words
    return [re.sub(rf"\b{inner}\b", str(port), word) for word in words]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    top = tmp_path_factory.mktemp("stack")
    program, state = top / "program", top / "state"
    program.mkdir()
    state.mkdir()
    for name in allowed_names():
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                program / name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copy2(ROOT / name, program / name)
    with server("15") as superuser_url:
        place = managed(superuser_url)
        parts = urlsplit(place.url)
        variables = {
            **WORDS,
            "POSTGRES_USER": parts.username or "",
            "POSTGRES_PASSWORD": parts.password or "",
            "POSTGRES_DB": parts.path[1:],
        }
        yield Stack(services_with(variables), program, state, place)


@pytest.mark.postgres
def test_the_server_is_found_healthy_by_its_own_check(stack: Stack) -> None:
    assert stack.call("postgres", stack.health("postgres")).returncode == 0


@pytest.fixture(scope="module")
def migrated(stack: Stack) -> list[subprocess.CompletedProcess[str]]:
    command = stack.services["migrate"]["command"]
    return [stack.call("migrate", command) for _ in range(2)]


@pytest.mark.postgres
def test_migrating_prepares_the_server_and_a_second_time_changes_nothing(
    stack: Stack, migrated: list[subprocess.CompletedProcess[str]]
) -> None:
    first, second = migrated

    assert first.returncode == 0, first.stderr
    assert "is brought to version" in first.stdout
    assert second.returncode == 0, second.stderr
    assert "is already at version" in second.stdout
    for role in Role:
        word = ROLE_WORDS[f"CONFRADAR_{role.name}_PASSWORD"]
        psycopg.connect(url_of(stack.place.url, role, word)).close()


@pytest.mark.postgres
@pytest.mark.usefixtures("migrated")
def test_every_lasting_service_gets_healthy_by_its_own_command_and_writes_no_program(
    stack: Stack,
) -> None:
    before = files(stack.program)
    lasting = [
        name
        for name, service in stack.services.items()
        if "build" in service and "healthcheck" in service
    ]
    # The daemon's own check is the only one that takes long: it comes last.
    lasting.sort(key=lambda name: "ports" not in stack.services[name])
    with ExitStack() as running:
        started = [running.enter_context(stack.started(name)) for name in lasting]
        for service in started:
            stack.wait_for(service)
        assert [service.process.poll() for service in started] == [None] * 3
        (webserver,) = (s for s in started if s.name == "dagster-webserver")
        assert locations(webserver.port) == ["RepositoryLocation"]

    assert files(stack.program) == before


def locations(port: int) -> list[str]:
    """Return what became of the code that Dagster serves: loaded, or an error."""
    query = "{workspaceOrError {... on Workspace {locationEntries {"
    query += "locationOrLoadError {__typename ... on PythonError {message}}}}}}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - this machine's own
        found = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
    loaded = [entry["locationOrLoadError"] for entry in found]
    return [one.get("message", one["__typename"]) for one in loaded]


def files(folder: Path) -> dict[Path, int]:
    """Return all files; Dagster makes empty folders at home where it may."""
    return {
        path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }
