"""What was checked, and what came of it, as the page of checks shows it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from confradar.building import CheckStatus
from confradar.checks import StoredCheck, stored_checks
from confradar.landing import Verdict, current_verdicts


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: the claim, what it is about, and whether it holds.

    ``detail`` says what was seen where it does not hold.
    """

    claim: str
    subject: str
    status: CheckStatus
    detail: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Checks of one sort, with a sentence on what they are for."""

    title: str
    purpose: str
    checks: Sequence[Check]

    @property
    def summary(self) -> str:
        """How many checks went how, in words."""
        counted = Counter(check.status for check in self.checks)
        return ", ".join(
            f"{counted[status]:,} {status}" for status in CheckStatus if counted[status]
        )

    @property
    def verdict(self) -> CheckStatus:
        """How the worst of them went."""
        return self.troubles[0].status if self.troubles else CheckStatus.PASSED

    @property
    def troubles(self) -> Sequence[Check]:
        """Those that do not hold, the failed ones first."""
        order = (CheckStatus.FAILED, CheckStatus.WARNED, CheckStatus.SKIPPED)
        return [
            check for status in order for check in self.checks if check.status is status
        ]


def groups_of_checks(
    connection: psycopg.Connection, manifest: Mapping[str, Any]
) -> list[CheckGroup]:
    """Return all checks of which results are stored.

    Whoever stores results of another sort adds a group here.
    """
    return [
        CheckGroup(
            "Tests of tables and rules",
            "Every build tests its tables with dbt before anybody is told that it is "
            "done: keys, relations, rules of time and truth. What may be wrong at a "
            "publisher warns; what would be wrong here fails the build.",
            _tests(stored_checks(connection), manifest),
        ),
        CheckGroup(
            "Expectations at the landing door",
            "What a source published is judged before anything is built of it. Where "
            "it is not as expected, its last good documents stay in use.",
            _expectations(current_verdicts(connection).values()),
        ),
    ]


def _expectations(verdicts: Iterable[Verdict]) -> Sequence[Check]:
    return [
        Check(
            claim=check.expectation.replace("_", " "),
            subject=check.source_key,
            status=CheckStatus.PASSED if check.success else CheckStatus.WARNED,
            detail="" if check.success else check.sentence,
            checked_at=check.checked_at,
        )
        for verdict in verdicts
        for check in verdict.checks
    ]


def _tests(
    stored: Sequence[StoredCheck], manifest: Mapping[str, Any]
) -> Sequence[Check]:
    """Return results of tests that the project still has, by what they are about."""
    known = {**manifest["nodes"], **manifest["unit_tests"]}
    checks = [
        Check(
            claim=_claim(known[result.key]),
            subject=_subject(known[result.key]),
            status=result.status,
            detail=""
            if result.status is CheckStatus.PASSED
            else result.message or result.status,
            checked_at=result.checked_at,
        )
        for result in stored
        if result.key in known
    ]
    return sorted(checks, key=lambda check: (check.subject, check.claim))


def _subject(test: Mapping[str, Any]) -> str:
    """Return the name of the table that a test is about."""
    if test["resource_type"] == "unit_test":
        return str(test["model"])
    node = test.get("attached_node") or next(iter(test["depends_on"]["nodes"]), "")
    return str(node).rpartition(".")[2]


def _claim(test: Mapping[str, Any]) -> str:
    """Return what a test claims, in words: that is how tests are named.

    Of one that has no name of its own, what it tests and of which column.
    """
    kind = test.get("test_metadata")
    column = test.get("column_name")
    name = str(test["name"])
    if kind and not name.startswith(f"{_subject(test)}__"):
        return f"{column} is {kind['name'].replace('_', ' ')}" if column else name
    return name.removeprefix("assert_").rpartition("__")[2].replace("_", " ")
