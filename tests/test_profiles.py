import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import yaml

from confradar.database import EmbeddedServer
from tests.homes import server_home

PROFILES = Path(__file__).parent.parent / "profiles" / "profiles.yml"
DBT = Path(sys.executable).parent / "dbt"


@pytest.fixture
def flags(monkeypatch: pytest.MonkeyPatch) -> Namespace:
    """Give dbt's flags as ``dbt build --profiles-dir profiles`` has them."""
    given = Namespace(
        PROFILES_DIR="profiles", LOG_PATH="/checkout/logs", LOG_CACHE_EVENTS=False
    )
    monkeypatch.setattr("dbt.flags.GLOBAL_FLAGS", given)
    return given


def _render(environment: dict[str, str]) -> Any:  # noqa: ANN401 - dbt is untyped
    from dbt.config.profile import Profile
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    set_invocation_context(environment)
    content = yaml.safe_load(PROFILES.read_text("utf-8"))
    return Profile.from_raw_profiles(content, "confradar", ProfileRenderer({}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ada:s3cret@db.example.org:6543/deadlines",
            ("db.example.org", 6543, "ada", "s3cret", "deadlines", "prefer"),
        ),
        (
            "postgres://ada:12345@db.example.org/007",
            ("db.example.org", 5432, "ada", "12345", "007", "prefer"),
        ),
        (
            "postgresql://a%40b:p%3Aa%2Fs%20%25%22%5C@h/my%20data?sslmode=require&x=1",
            ("h", 5432, "a@b", 'p:a/s %"\\', "my data", "require"),
        ),
        (
            "postgresql://u:%C3%A9%E2%82%AC@h/d?x=1&sslmode=verify-full",
            ("h", 5432, "u", "é€", "d", "verify-full"),
        ),
        (
            "postgresql://u:{{p}}{%25 set@h/d",
            ("h", 5432, "u", "{{p}}{% set", "d", "prefer"),
        ),
        (
            "postgresql://u:p@[::1]:5433/d",
            ("::1", 5433, "u", "p", "d", "prefer"),
        ),
        (
            "postgresql://u:p:q@%2Fvar%2Frun%2Fpostgresql/d",
            ("/var/run/postgresql", 5432, "u", "p:q", "d", "prefer"),
        ),
    ],
)
def test_the_profile_reads_every_part_of_a_database_url(
    flags: Namespace, url: str, expected: tuple[str | int, ...]
) -> None:
    profile = _render({"DATABASE_URL": url})

    found = profile.credentials
    assert (
        found.host,
        found.port,
        found.user,
        found.password,
        found.database,
        found.sslmode,
    ) == expected
    assert (profile.target_name, found.schema, profile.threads) == ("server", "dbt", 4)


@pytest.mark.parametrize("password", ["12345", 'p:a/s %"\\ {{p}}', "it's"])
def test_dbt_connects_as_the_transformer_where_that_has_a_password(
    flags: Namespace, password: str
) -> None:
    found = _render(
        {
            "DATABASE_URL": "postgresql://ada:s3cret@db.example.org/d",
            "CONFRADAR_TRANSFORMER_PASSWORD": password,
            "CONFRADAR_CONNECT_TIMEOUT_SECONDS": "3",
        }
    ).credentials

    assert (found.user, found.password) == ("confradar_transformer", password)
    assert (found.host, found.database) == ("db.example.org", "d")
    assert found.connect_timeout == 3


@pytest.mark.parametrize(
    ("profiles", "home", "hosts"),
    [
        (
            "profiles",
            None,
            [
                "/proc/self/cwd/profiles/../.confradar/postgres/socket",
                "/checkout/.confradar/postgres/socket",
            ],
        ),
        (
            "../profiles",
            "state",
            [
                "/proc/self/cwd/../profiles/../state/postgres/socket",
                "/checkout/state/postgres/socket",
            ],
        ),
        ("/a b/profiles", None, ["/a b/.confradar/postgres/socket"]),
        ("/a b/profiles/", None, ["/a b/.confradar/postgres/socket"]),
        ("profiles", "/home/of", ["/home/of/postgres/socket"]),
        (
            "/" + "long" * 30 + "/profiles",
            None,
            ["/proc/self/cwd/.confradar/postgres/socket"],
        ),
    ],
)
def test_without_a_url_the_profile_finds_the_socket_of_its_checkout(
    flags: Namespace, profiles: str, home: str | None, hosts: list[str]
) -> None:
    flags.PROFILES_DIR = profiles

    profile = _render({} if home is None else {"CONFRADAR_HOME": home})

    assert profile.credentials.host.split(",") == hosts
    assert profile.credentials.user == "confradar"
    assert profile.target_name == "embedded"


def test_an_empty_url_counts_as_none(flags: Namespace) -> None:
    assert _render({"DATABASE_URL": ""}).target_name == "embedded"


def test_the_profile_holds_no_secret() -> None:
    outputs = yaml.safe_load(PROFILES.read_text("utf-8"))["confradar"]["outputs"]

    assert outputs["embedded"]["password"] == ""
    assert "env_var('DATABASE_URL')" in outputs["server"]["password"]


@pytest.mark.postgres
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the path is too long")
def test_plain_dbt_reaches_the_embedded_server_and_the_one_of_the_url() -> None:
    with server_home("with a blank", "long" * 40) as home:
        root = home.parent
        (root / "profiles").mkdir()
        (root / "models").mkdir()
        shutil.copy(PROFILES, root / "profiles")
        (root / "dbt_project.yml").write_text("name: plain\nprofile: confradar\n")
        model = "select '{{ target.name }}' as target, current_user as who"
        (root / "models" / "plain.sql").write_text(model)
        server = EmbeddedServer(home)
        url = server.ensure_running()

        assert _plain_dbt(root, {}) == 0
        assert _first_row(url) == ("embedded", "confradar")
        assert _plain_dbt(root, {"DATABASE_URL": url}) == 0
        assert _first_row(url) == ("server", "confradar")
        password = url.split(":")[2].split("@")[0]
        assert password not in (root / "logs" / "dbt.log").read_text("utf-8")


def _plain_dbt(root: Path, environment: dict[str, str]) -> int:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "CONFRADAR_HOME"}
        and not name.startswith(("DBT_", "PG"))
    }
    return subprocess.run(
        [DBT, "build", "--profiles-dir", "profiles", "--no-send-anonymous-usage-stats"],
        cwd=root,
        env={**kept, **environment},
        check=False,
    ).returncode


def _first_row(url: str) -> tuple[object, ...] | None:
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute("select * from dbt.plain").fetchone()
