"""Judge what was loaded, and hold back what is not as expected.

Only what is new is judged: a source whose newest look shows what the last one showed
costs one query, and Great Expectations is not imported.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from confradar.landing.looks import (
    Look,
    Stay,
    expectations_of,
    figures_query,
    newest_look,
    stay_of,
)
from confradar.landing.records import (
    STALE_AFTER,
    Expectation,
    Verdict,
    current_verdicts,
)
from confradar.sessions import session

if TYPE_CHECKING:
    from confradar.landing.suites import Finding
    from ingestion.registry import Source

log = logging.getLogger(__name__)

# What a figure may be in any case. Of the 18 public lists none had more than 1 % of
# entries that cannot be used, an unknown zone or a date that makes no sense.
_USUAL_LIMITS = {
    Expectation.REJECTS: 0.2,
    Expectation.UNKNOWN_ZONES: 0.2,
    Expectation.ODD_DATES: 0.1,
    Expectation.AGE: STALE_AFTER / timedelta(days=1),
}
# Where the last look that was let in had more already, it may be so much more.
_MAX_RISE = 0.1
_SHARES = (Expectation.REJECTS, Expectation.UNKNOWN_ZONES, Expectation.ODD_DATES)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms something is let in.

    Attributes:
        run_id: of the run that asks, under which it is stored.
        at: the time of the run.
        max_lost_share: of its documents that a list may lose.
        accepts: let in whatever is not as expected, and what was held back of it.
    """

    run_id: UUID
    at: datetime
    max_lost_share: float
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """One source that has to be judged."""

    source: "Source"
    look: Look
    stay: Stay
    last: Verdict
    thresholds: Mapping[Expectation, float]

    @property
    def since(self) -> datetime:
        """Return the first look of which documents are judged."""
        if self.source.is_list or self.last.hold is None:
            return self.look.look_at
        return min(self.look.look_at, self.last.hold.held_from)


def check_landed(
    url: str, sources: Sequence["Source"], terms: Terms
) -> dict[str, Verdict]:
    """Judge what is new of these sources, and store what comes of it.

    A source that is not as expected is held back from the look on that first showed
    what it shows now, unless nothing was let in before it, in whose place it would
    stand. Held looks are let in as soon as what they show passes or is accepted.

    Args:
        url: of the loader.
        sources: those that were loaded.
        terms: on which they are let in.

    Returns:
        What holds of each source now, by its key; of one never had, nothing.

    Raises:
        ConfRadarError: the database refuses, or nothing could be judged.
    """
    with session(url) as connection:
        known = current_verdicts(connection)
        cases = list(_cases(connection, sources, known, terms))
        queries = [
            figures_query(
                connection, case.source, case.since, case.stay.before_at, terms.at
            )
            for case in cases
        ]
    findings = _judged(url, cases, queries)
    with session(url) as connection:
        for case in cases:
            _store(connection, case, findings[case.source.key], terms)
        if terms.accepts:
            for source in sources:
                _release(connection, source.key, terms, "accepted")
        verdicts = current_verdicts(connection)
    keys = {source.key for source in sources}
    for case in cases:
        _tell(verdicts[case.source.key])
    return {key: verdict for key, verdict in verdicts.items() if key in keys}


def _cases(
    connection: psycopg.Connection,
    sources: Iterable["Source"],
    known: Mapping[str, Verdict],
    terms: Terms,
) -> Iterator[_Case]:
    for source in sources:
        look = newest_look(connection, source)
        last = known.get(source.key, Verdict(source.key, ()))
        if look is None or not _is_due(look, last, terms):
            continue
        held_from = None if last.hold is None else last.hold.held_from
        yield _Case(
            source=source,
            look=look,
            stay=stay_of(connection, source, held_from),
            last=last,
            thresholds=_thresholds(connection, source, terms),
        )


def _is_due(look: Look, last: Verdict, terms: Terms) -> bool:
    """Tell whether judging could come to anything else than it did last."""
    if not last.checks:
        return True
    if any(check.look_digest != look.digest for check in last.checks):
        return True
    lets_shrink = terms.max_lost_share >= 1 and last.hold is not None
    was_stale = any(check.expectation is Expectation.AGE for check in last.failures)
    return lets_shrink or was_stale != (terms.at - look.succeeded_at > STALE_AFTER)


def _thresholds(
    connection: psycopg.Connection, source: "Source", terms: Terms
) -> dict[Expectation, float]:
    """Return what each figure may be: what the last look let in had bears on shares."""
    before = {
        Expectation(name): float(observed)
        for name, observed in connection.execute(
            """
            select distinct on (checks.expectation)
                checks.expectation,
                checks.observed
            from confradar.landing_checks as checks
            where
                checks.source_key = %s
                and not exists (
                    select
                    from confradar.landing_holds as holds
                    where
                        checks.source_key = holds.source_key
                        and holds.released_at is null
                        and checks.look_at >= holds.held_from
                        and checks.look_at < coalesce(holds.held_to, 'infinity')
                )
            order by checks.expectation, checks.checked_at desc
            """,
            [source.key],
        )
    }
    limits = {**_USUAL_LIMITS, Expectation.LOST_DOCUMENTS: terms.max_lost_share}
    rises = {name: before[name] + _MAX_RISE for name in _SHARES if name in before}
    return {
        name: max(limits[name], min(1.0, rises.get(name, 0.0)))
        for name in expectations_of(source)
    }


def _judged(
    url: str, cases: Sequence[_Case], queries: Sequence[str]
) -> dict[str, list["Finding"]]:
    if not cases:
        return {}
    from confradar.landing.suites import Subject, judge

    findings: dict[str, list[Finding]] = {case.source.key: [] for case in cases}
    subjects = [
        Subject(case.source.key, query, case.thresholds)
        for case, query in zip(cases, queries, strict=True)
    ]
    for finding in judge(url, subjects):
        findings[finding.source_key].append(finding)
    return findings


def _store(
    connection: psycopg.Connection,
    case: _Case,
    findings: Sequence["Finding"],
    terms: Terms,
) -> None:
    key = case.source.key
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into confradar.landing_checks (
                run_id, source_key, expectation, success, observed, threshold,
                look_at, look_digest, checked_at
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    *(terms.run_id, key, finding.expectation, finding.success),
                    *(finding.observed, finding.threshold),
                    *(case.look.look_at, case.look.digest, terms.at),
                )
                for finding in findings
            ],
        )
    # That a source is old is no fault of its documents.
    is_odd = any(
        not finding.success and finding.expectation is not Expectation.AGE
        for finding in findings
    )
    if not is_odd:
        _lift(connection, case, terms)
    elif not terms.accepts and case.stay.before_at is not None:
        _hold(connection, case, terms)


def _hold(connection: psycopg.Connection, case: _Case, terms: Terms) -> None:
    """Hold the source back from this look on; where it is already, say why now."""
    found = current_verdicts(connection)[case.source.key]
    reason = "; ".join(
        check.sentence
        for check in found.failures
        if check.expectation is not Expectation.AGE
    )
    if case.last.hold is not None:
        connection.execute(
            """
            update confradar.landing_holds
            set reason = %s
            where source_key = %s and held_to is null and released_at is null
            """,
            [reason, case.source.key],
        )
        return
    connection.execute(
        """
        insert into confradar.landing_holds
            (source_key, reach, held_from, reason, run_id, held_at)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [
            case.source.key,
            "looks" if case.source.is_list else "new_documents",
            case.stay.began_at,
            reason,
            terms.run_id,
            terms.at,
        ],
    )


def _lift(connection: psycopg.Connection, case: _Case, terms: Terms) -> None:
    """Let a source in again; looks of a list that showed something else stay out."""
    hold = case.last.hold
    if hold is None:
        return
    if case.source.is_list and case.stay.began_at > hold.held_from:
        connection.execute(
            """
            update confradar.landing_holds
            set held_to = %s
            where source_key = %s and held_to is null and released_at is null
            """,
            [case.stay.began_at, case.source.key],
        )
    else:
        _release(connection, case.source.key, terms, "passed")


def _release(
    connection: psycopg.Connection, source_key: str, terms: Terms, release: str
) -> None:
    connection.execute(
        """
        update confradar.landing_holds
        set released_at = %s, release = %s
        where source_key = %s and held_to is null and released_at is null
        """,
        [terms.at, release, source_key],
    )


def _tell(verdict: Verdict) -> None:
    log.log(
        logging.INFO if verdict.passed else logging.WARNING,
        "%s passed the landing door" if verdict.passed else "%s is not as expected",
        verdict.source_key,
        extra={
            "source": verdict.source_key,
            "is_held": verdict.hold is not None,
            **({} if verdict.passed else {"failures": verdict.sentence}),
        },
    )
