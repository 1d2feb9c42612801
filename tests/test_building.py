"""What is told of a dbt build, from the results that dbt hands over."""

import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from confradar import building
from confradar.building import BuildOutcome, CheckStatus, DbtError, build_marts

DAY = date(2026, 11, 20)


def result(kind: str, name: str, status: str, message: str = "") -> SimpleNamespace:
    node = SimpleNamespace(
        resource_type=kind,
        name=name,
        original_file_path=f"dbt_project/{name}.sql",
        unique_id=f"{kind}.confradar.{name}",
    )
    return SimpleNamespace(node=node, status=status, message=message, failures=None)


def answer(monkeypatch: pytest.MonkeyPatch, *results: SimpleNamespace) -> list[str]:
    """Let dbt answer with these results; return the list that its words go into."""
    words: list[str] = []

    def invoke(arguments: list[str], **_: Any) -> SimpleNamespace:  # noqa: ANN401
        words.extend(arguments)
        execution = SimpleNamespace(results=results, elapsed_time=1.26)
        return SimpleNamespace(result=execution, exception=None, success=True)

    monkeypatch.setattr(building, "invoke", invoke)
    return words


def test_nodes_are_counted_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(
        monkeypatch,
        result("seed", "labels", "success"),
        result("model", "dim_things", "success"),
        result("test", "unique_dim_things", "pass"),
        result("unit_test", "test_dim_things", "pass"),
    )

    report = build_marts(Path("/project"), DAY)

    assert report.outcome is BuildOutcome.BUILT
    assert (report.seeds, report.models, report.tests) == (1, 1, 2)
    assert [(check.key, check.kind, check.status) for check in report.checks] == [
        ("test.confradar.unique_dim_things", "test", CheckStatus.PASSED),
        ("unit_test.confradar.test_dim_things", "unit test", CheckStatus.PASSED),
    ]
    assert report.seconds == 1.3


def test_a_node_that_failed_is_named_with_its_message_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(
        monkeypatch,
        result("unit_test", "test_zones", "fail", "got 1\n  expected 2"),
        result("model", "dim_things", "skipped"),
    )

    report = build_marts(Path("/project"), DAY)

    (failure,) = report.failures
    assert report.outcome is BuildOutcome.FAILED
    assert report.skipped == 1
    assert (failure.kind, failure.name) == ("unit test", "test_zones")
    assert failure.message == "got 1 expected 2"
    assert failure.path == "dbt_project/test_zones.sql"


def test_a_warning_fails_no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, result("test", "fresh_enough", "warn", "3 rows"))

    report = build_marts(Path("/project"), DAY)

    assert report.outcome is BuildOutcome.BUILT
    assert [warning.name for warning in report.warnings] == ["fresh_enough"]


def test_what_the_same_code_built_is_not_built_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = answer(monkeypatch)

    build_marts(Path("/project"), DAY, is_same_code=True)

    left_out = words[words.index("--exclude") + 1 :]
    assert {"path:dbt_project/seeds", "resource_type:unit_test"} <= set(left_out)


@pytest.mark.parametrize(("follows", "told"), [(True, "yes"), (False, "")])
def test_models_are_told_whether_to_follow(
    monkeypatch: pytest.MonkeyPatch, follows: bool, told: str
) -> None:
    monkeypatch.setenv("CONFRADAR_FOLLOW", "as somebody left it")
    words = answer(monkeypatch)

    build_marts(Path("/project"), DAY, follows=follows)

    assert os.environ["CONFRADAR_FOLLOW"] == told
    of_all_rows = "assert_what_was_known_last_is_what_is_known"
    assert (of_all_rows in words) is follows


def test_the_day_is_handed_to_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFRADAR_AS_OF", "")
    words = answer(monkeypatch)

    build_marts(Path("/project"), DAY)

    assert os.environ["CONFRADAR_AS_OF"] == "2026-11-20"
    assert words[words.index("--profiles-dir") + 1] == "/project/profiles"


def test_a_build_that_did_not_begin_is_an_error_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = SimpleNamespace(
        result=None, exception=ValueError("no\nprofile"), success=False
    )
    monkeypatch.setattr(building, "invoke", lambda *_, **__: broken)

    with pytest.raises(DbtError, match=r"^dbt stopped: no profile"):
        build_marts(Path("/project"), DAY)
