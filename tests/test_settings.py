import os
import re
from pathlib import Path

import pytest

from confradar.errors import CalledWronglyError
from confradar.settings import (
    CrawlSettings,
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
    assert settings.database_url is None
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
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(CalledWronglyError, match=name):
        load_settings({name: value}, tmp_path)


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

    assert settings.database_url == URL
    assert settings.home == tmp_path / "from-environment"


def test_an_empty_variable_takes_back_what_the_env_file_sets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n")

    assert load_settings({"DATABASE_URL": ""}, tmp_path).database_url is None


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

    found = load_settings(short, tmp_path).database_url

    assert found == "postgresql://u:p%40ss@h/d?sslmode=require"


def test_the_settings_do_not_show_the_password(tmp_path: Path) -> None:
    assert "s3cret" not in repr(load_settings({"DATABASE_URL": URL}, tmp_path))


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


def test_the_example_lists_every_variable_that_the_code_reads() -> None:
    sources = [
        *ROOT.glob("confradar/**/*.py"),
        *ROOT.glob("ingestion/**/*.py"),
        ROOT / "profiles" / "profiles.yml",
    ]
    read = {
        name
        for path in sources
        for name in re.findall(
            r"""(?:env_var\(|values\.get\(|environ\[|getenv\()\s*['"]([A-Z][A-Z_]+)""",
            path.read_text("utf-8"),
        )
    }
    example = (ROOT / ".env.example").read_text("utf-8")

    assert set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.MULTILINE)) == read


def test_only_the_settings_read_the_environment_and_the_clock() -> None:
    pattern = re.compile(r"os\.environ|os\.getenv|datetime\.now\(|date\.today\(")
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in (*ROOT.glob("confradar/**/*.py"), *ROOT.glob("ingestion/**/*.py"))
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
