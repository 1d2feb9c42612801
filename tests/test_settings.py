import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from confradar.errors import CalledWronglyError
from confradar.roles import Role
from confradar.settings import (
    CrawlSettings,
    Settings,
    load_settings,
    now,
    prepare_environment,
    project_root,
    telemetry_off_environment,
)

ROOT = Path(__file__).parent.parent
URL = "postgresql://ada:s3cret@db.example.org:5433/deadlines"


def test_without_any_variable_everything_is_kept_in_the_project(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)

    assert settings.home == tmp_path / ".confradar"
    assert settings.own_url is None
    assert settings.passwords == {}
    assert settings.registry is None


def test_without_any_variable_pages_are_fetched_politely(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path).crawl == CrawlSettings(
        contact=None,
        pace_seconds=2,
        allow_private_addresses=False,
        revisit_hours=20,
        max_pages=200,
        targets=None,
    )


def test_variables_tell_how_pages_are_fetched(tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("[]")

    settings = load_settings(
        {
            "CONFRADAR_CONTACT": "us@example.org",
            "CONFRADAR_PACE_SECONDS": "0.5",
            "CONFRADAR_ALLOW_PRIVATE_ADDRESSES": "yes",
            "CONFRADAR_REVISIT_HOURS": "1",
            "CONFRADAR_MAX_PAGES": "10",
            "CONFRADAR_TARGETS": "more.yml",
        },
        tmp_path,
    )

    assert settings.crawl == CrawlSettings(
        contact="us@example.org",
        pace_seconds=0.5,
        allow_private_addresses=True,
        revisit_hours=1,
        max_pages=10,
        targets=tmp_path / "more.yml",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONFRADAR_CONTACT", "us@example.org\r\nX: y"),
        ("CONFRADAR_PACE_SECONDS", "-1"),
        ("CONFRADAR_PACE_SECONDS", "nan"),
        ("CONFRADAR_MAX_SHRINK_SHARE", "25"),
        ("CONFRADAR_MAX_SHRINK_SHARE", "25%"),
        ("CONFRADAR_ALLOW_PRIVATE_ADDRESSES", "perhaps"),
        ("CONFRADAR_REVISIT_HOURS", "soon"),
        ("CONFRADAR_MAX_PAGES", "inf"),
        ("CONFRADAR_TARGETS", "nowhere.yml"),
        ("CONFRADAR_AS_OF", "tomorrow"),
        ("CONFRADAR_LOG_FORMAT", "xml"),
        ("CONFRADAR_LOG_LEVEL", "loud"),
        ("CONFRADAR_CONNECT_TIMEOUT_SECONDS", "0"),
        ("CONFRADAR_STATEMENT_TIMEOUT_SECONDS", "1.5"),
        ("CONFRADAR_IDLE_TIMEOUT_SECONDS", "-1"),
        ("POSTGRES_PORT", "65536"),
        ("CONFRADAR_SCHEDULE", "daily"),
        ("CONFRADAR_SCHEDULE", "0 24 * * *"),
        ("CONFRADAR_SCHEDULE", "0 5 0 * *"),
        ("CONFRADAR_SCHEDULE", "*/0 5 * * *"),
        ("CONFRADAR_SCHEDULE", "30-10 5 * * *"),
        ("CONFRADAR_SOURCE_SCHEDULES", "ccfddl"),
        ("CONFRADAR_SOURCE_SCHEDULES", "ccfddl=hourly"),
        ("CONFRADAR_FRESH_HOURS", "0"),
        ("CONFRADAR_ALERT_URL", "chat.example.org/hooks/x"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(CalledWronglyError, match=name):
        load_settings({name: value}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "CONFRADAR_MAX_PAGES",
            "many",
            "CONFRADAR_MAX_PAGES is 'many', not a whole number from 0 to 1,000,000; "
            "correct it, or unset it to have 200",
        ),
        (
            "CONFRADAR_LOG_FORMAT",
            "xml",
            "CONFRADAR_LOG_FORMAT is 'xml', not text or json; "
            "correct it, or unset it to have text",
        ),
        (
            "CONFRADAR_AS_OF",
            "soon",
            "CONFRADAR_AS_OF is 'soon', not a date as 2026-11-20; "
            "correct it, or unset it",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_it_may_be(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(CalledWronglyError) as caught:
        load_settings({name: value}, tmp_path)

    assert str(caught.value) == said


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CalledWronglyError) as caught:
        load_settings({"POSTGRES_PORT": "x", "CONFRADAR_LOG_LEVEL": "y"}, tmp_path)

    assert "POSTGRES_PORT" in caught.value.message
    assert "CONFRADAR_LOG_LEVEL" in caught.value.message


def test_a_server_may_be_given_in_parts_that_need_no_escaping(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "POSTGRES_HOST": "db.example.org",
            "POSTGRES_PORT": "5433",
            "POSTGRES_DB": "my data",
            "POSTGRES_USER": "a@b",
            "POSTGRES_PASSWORD": "p:a/s %${HOME}",
        },
        tmp_path,
    )

    assert settings.own_url == (
        "postgresql://a%40b:p%3Aa%2Fs%20%25%24%7BHOME%7D@db.example.org:5433/my%20data"
    )


def test_a_whole_url_goes_before_its_parts(tmp_path: Path) -> None:
    parts = {"POSTGRES_HOST": "other", "POSTGRES_PASSWORD": "x"}

    assert load_settings({"DATABASE_URL": URL, **parts}, tmp_path).own_url == URL


def test_a_password_of_compose_alone_names_no_server(tmp_path: Path) -> None:
    assert load_settings({"POSTGRES_PASSWORD": "x"}, tmp_path).own_url is None


def test_a_host_without_a_password_is_refused_before_anything_connects(
    tmp_path: Path,
) -> None:
    with pytest.raises(CalledWronglyError, match="POSTGRES_HOST needs POSTGRES_PASS"):
        load_settings({"POSTGRES_HOST": "db"}, tmp_path)


def test_the_roles_have_the_passwords_that_are_given(tmp_path: Path) -> None:
    settings = load_settings(
        {"CONFRADAR_LOADER_PASSWORD": "l", "CONFRADAR_READER_PASSWORD": "r"}, tmp_path
    )

    found = {role: word.get_secret_value() for role, word in settings.passwords.items()}
    assert found == {Role.LOADER: "l", Role.READER: "r"}


def test_schedules_are_crons_of_the_whole_and_of_single_sources(
    tmp_path: Path,
) -> None:
    settings = load_settings(
        {
            "CONFRADAR_SCHEDULE": "*/15 1-5,22 * 1 0",
            "CONFRADAR_SOURCE_SCHEDULES": "ccfddl=0 * * * *; wikicfp = 30 2 * * 1;",
        },
        tmp_path,
    )

    assert settings.schedule == "*/15 1-5,22 * 1 0"
    assert settings.source_schedules == {
        "ccfddl": "0 * * * *",
        "wikicfp": "30 2 * * 1",
    }


def test_a_wrong_address_of_a_webhook_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(CalledWronglyError) as caught:
        load_settings({"CONFRADAR_ALERT_URL": "https//chat/hush"}, tmp_path)

    assert "hush" not in str(caught.value)


def test_what_a_password_has_in_braces_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONFRADAR_READER_PASSWORD=a${HOME}b\n")

    word = load_settings({}, tmp_path).passwords[Role.READER]

    assert word.get_secret_value() == "a${HOME}b"


def test_a_list_may_lose_a_quarter_unless_a_variable_says_otherwise(
    tmp_path: Path,
) -> None:
    given = {"CONFRADAR_MAX_SHRINK_SHARE": "1"}

    assert load_settings({}, tmp_path).max_shrink_share == 0.25
    assert load_settings(given, tmp_path).max_shrink_share == 1


def test_relative_paths_start_at_the_project(tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("[]")

    settings = load_settings(
        {"CONFRADAR_HOME": "state", "CONFRADAR_REGISTRY": "more.yml"}, tmp_path
    )

    assert settings.home == tmp_path / "state"
    assert settings.registry == tmp_path / "more.yml"


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\nCONFRADAR_HOME=from-file\n")

    settings = load_settings({"CONFRADAR_HOME": "from-environment"}, tmp_path)

    assert settings.own_url == URL
    assert settings.home == tmp_path / "from-environment"


def test_an_empty_variable_takes_back_what_the_env_file_sets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n")

    assert load_settings({"DATABASE_URL": ""}, tmp_path).own_url is None


@pytest.mark.parametrize(
    "line",
    [
        "CONFRADAR_HOME=a home",
        "export CONFRADAR_HOME=a home",
        "CONFRADAR_HOME = 'a home'  # why",
        'CONFRADAR_HOME="a home"',
        "  CONFRADAR_HOME=a home   # why",
    ],
)
def test_env_file_lines_may_be_quoted_and_commented(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"# first\n\n{line}\n")

    assert load_settings({}, tmp_path).home == tmp_path / "a home"


def test_a_hash_inside_a_value_is_no_comment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONFRADAR_HOME=home#2\n")

    assert load_settings({}, tmp_path).home == tmp_path / "home#2"


def test_a_broken_env_line_is_told_by_number_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# fine\nDATABASE_URL postgresql://u:hush@h/d\n")

    with pytest.raises(CalledWronglyError) as caught:
        load_settings({}, tmp_path)

    assert "line 2" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://u:hush@h/d", "a scheme postgresql://"),
        ("hush", "a scheme postgresql://"),
        ("postgresql://u@h/d", "a password"),
        ("postgresql://:hush@h/d", "a user"),
        ("postgresql://u:hush@/d", "a host"),
        ("postgresql://u:hush@h", "one database"),
        ("postgresql://u:hush@h/a/b", "one database"),
        ("postgresql://u:hush@h:port/d", "DATABASE_URL needs"),
        ("postgresql://u:hush%FF@h/d", "DATABASE_URL needs"),
    ],
)
def test_an_incomplete_database_url_is_refused_without_repeating_it(
    tmp_path: Path, url: str, complaint: str
) -> None:
    with pytest.raises(CalledWronglyError) as caught:
        load_settings({"DATABASE_URL": url}, tmp_path)

    assert complaint in caught.value.message
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(caught.value)


def test_the_short_scheme_becomes_the_one_that_every_tool_knows(tmp_path: Path) -> None:
    short = {"DATABASE_URL": "postgres://u:p%40ss@h/d?sslmode=require"}

    found = load_settings(short, tmp_path).own_url

    assert found == "postgresql://u:p%40ss@h/d?sslmode=require"


def test_the_settings_do_not_show_a_password(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": URL,
        "POSTGRES_PASSWORD": "s3cret",
        **{f"CONFRADAR_{role.name}_PASSWORD": "s3cret" for role in Role},
    }

    settings = load_settings(secrets, tmp_path)

    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "s3cret" not in shown


def test_settings_stay_as_they_were_read(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)

    with pytest.raises(ValidationError, match="frozen"):
        settings.max_pages = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONFRADAR_REGISTRY", "nowhere.yml"), ("CONFRADAR_HOME", "a-file")],
)
def test_a_path_of_the_wrong_kind_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "a-file").write_text("")

    with pytest.raises(CalledWronglyError, match=f"{name} names .*{value}"):
        load_settings({name: value}, tmp_path)


def _example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text("utf-8")
    return dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_has_the_variables_of_the_settings_and_of_compose() -> None:
    fields = Settings.model_fields
    variables = {field.alias for name, field in fields.items() if name != "root"}
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")

    assert set(_example()) == variables | set(re.findall(r"\$\{(\w+)", compose))


def test_each_line_of_the_example_appears_once_and_makes_sense(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    names = re.findall(r"^# ([A-Z][A-Z_]+)=", text, re.MULTILINE)
    for name in ("my-sources.yml", "my-targets.yml", "subscriptions.yml"):
        (tmp_path / name).write_text("[]")

    load_settings(_example() | {"POSTGRES_PASSWORD": "x"}, tmp_path)

    assert len(names) == len(set(names))


def test_the_example_tells_what_counts_where_nothing_is_set(tmp_path: Path) -> None:
    usual = load_settings({}, tmp_path)
    shown = _example()
    for name, field in Settings.model_fields.items():
        value = getattr(usual, name)
        if name == "root" or value is None:
            continue
        assert field.alias is not None
        told = load_settings({field.alias: shown[field.alias]}, tmp_path)
        assert getattr(told, name) == value, field.alias


def test_the_profile_reads_no_variable_that_is_no_setting() -> None:
    profile = (ROOT / "profiles" / "profiles.yml").read_text("utf-8")

    assert set(re.findall(r"env_var\('(\w+)'", profile)) <= set(_example())


def test_every_setting_is_used_outside_the_settings() -> None:
    text = "".join(
        path.read_text("utf-8")
        for folder in ("confradar", "orchestration")
        for path in ROOT.glob(f"{folder}/**/*.py")
        if path.name != "settings.py"
    )
    of_groups = {
        *(field.name for field in fields(CrawlSettings)),
        *("database_url", "postgres_host", "postgres_port", "postgres_db"),
        *("postgres_user", "postgres_password", "loader_password"),
        *("transformer_password", "reader_password", "scheduler_password"),
        "notifier_password",
    }
    for group in ("crawl", "own_url", "passwords"):
        assert f".{group}" in text
    # The day is read by a macro of dbt, which a command that sets none leaves it to.
    for name in Settings.model_fields.keys() - of_groups - {"as_of"}:
        assert f"settings.{name}" in text, name


def test_only_the_settings_read_the_environment_and_the_clock() -> None:
    pattern = re.compile(r"os\.environ|os\.getenv|datetime\.now\(|date\.today\(")
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for folder in ("confradar", "ingestion", "orchestration")
        for path in ROOT.glob(f"{folder}/**/*.py")
        if path.name != "settings.py" and pattern.search(path.read_text("utf-8"))
    ]

    assert elsewhere == []


def test_the_tools_get_the_database_and_no_telemetry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL_OF_A_TOOL=debug\n")
    for name in (*telemetry_off_environment(), "DATABASE_URL", "LOG_LEVEL_OF_A_TOOL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "true")
    settings = load_settings({}, tmp_path)

    prepare_environment(settings, URL)

    assert os.environ["DATABASE_URL"] == URL
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "true"
    assert os.environ["LOG_LEVEL_OF_A_TOOL"] == "debug"


def test_the_root_is_the_checkout_from_any_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert project_root() == ROOT.resolve()


def test_now_is_in_utc() -> None:
    offset = now().utcoffset()

    assert offset is not None
    assert offset.total_seconds() == 0
