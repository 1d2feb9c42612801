"""``confradar sources``: the registry, and what became of each source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from confradar.cli.options import AsJson

if TYPE_CHECKING:
    from confradar.landing import Verdict
    from confradar.warehouse import SourceFacts, VisitOutcomes


def sources(as_json: AsJson = False) -> None:
    """List the sources: key, kind, URL, licence, authority, last visit, health.

    Health is `ok`, `stale` (no successful visit for two weeks), `failing` (the last
    visit, or that to each page, did not succeed), `held` (what was loaded is not as
    expected, so that the landing door holds it back), `empty` (visited, but nothing is
    stored) or `never`. Below, how the latest visits to pages ended that failed, and
    what was not as expected.
    """
    from confradar.build_state import reference_time
    from confradar.cli.output import plain_table, print_json, results
    from confradar.database import logins_of
    from confradar.landing import current_verdicts
    from confradar.settings import load_settings, now
    from confradar.warehouse import (
        MartsMissingError,
        reading,
        source_facts,
        visit_outcomes,
    )
    from ingestion.registry import load_registry

    settings = load_settings()
    registry = load_registry(*([settings.registry] if settings.registry else []))
    facts: dict[str, SourceFacts] = {}
    outcomes: dict[str, list[VisitOutcomes]] = {}
    verdicts: dict[str, Verdict] = {}
    time = now()
    try:
        with reading(logins_of(settings).reader) as connection:
            verdicts = current_verdicts(connection)
            time = reference_time(connection, time)
            facts = source_facts(connection)
            outcomes = visit_outcomes(connection)
    except MartsMissingError:
        pass  # nothing was visited yet: the registry alone is the answer

    if as_json:
        print_json(
            [
                {
                    "key": source.key,
                    "kind": source.kind,
                    "family": source.family,
                    "name": source.name,
                    "publisher": source.publisher,
                    "homepage_url": source.homepage_url,
                    "repository_url": source.repository_url,
                    "licence": source.licence,
                    "authority": source.authority,
                    "authority_rank": source.authority_rank,
                    "default_timezone": source.default_timezone_text,
                    "health": health(
                        facts.get(source.key), time, verdicts.get(source.key)
                    ),
                    **_without_key(facts.get(source.key)),
                    "outcomes": [
                        _without_key(row) for row in outcomes.get(source.key, ())
                    ],
                    "landing": _as_document(verdicts.get(source.key)),
                }
                for source in registry
            ]
        )
        return
    console = results()
    is_wide = console.width >= 140
    table = plain_table()
    table.add_column("source", no_wrap=True)
    for name in ("kind", "authority", "licence"):
        table.add_column(name, overflow="fold")
    table.add_column("last visit", min_width=len("2026-11-20"))
    table.add_column("pages", justify="right", min_width=len("1,000"))
    table.add_column("health", min_width=len("failing"))
    if is_wide:
        table.add_column("url", overflow="fold")
    for source in registry:
        fact = facts.get(source.key)
        visited = fact.last_visited_at if fact else None
        cells = [
            source.key,
            source.kind.replace("_", " "),
            source.authority.replace("_", " "),
            source.licence,
            visited.strftime("%Y-%m-%d") if visited else "",
            f"{fact.page_count:,}" if fact and fact.page_count else "",
            health(fact, time, verdicts.get(source.key)),
        ]
        table.add_row(*cells, *([source.homepage_url] if is_wide else []))
    console.print(table)
    removed = [key for key, fact in facts.items() if not fact.is_registered]
    if removed:
        kept = ", ".join(sorted(removed))
        console.print(f"\nno longer registered, kept as history: {kept}")
    for line in (*_failure_lines(facts, outcomes), *_landing_lines(verdicts)):
        console.print(line, soft_wrap=True)


def _failure_lines(
    facts: "Mapping[str, SourceFacts]",
    outcomes: "Mapping[str, Sequence[VisitOutcomes]]",
) -> "Iterator[str]":
    """Yield for each source with failures how many, of which kind, and one of each."""
    for key, rows in outcomes.items():
        failed = [row for row in rows if not row.is_successful]
        if not failed or not facts[key].is_registered:
            continue
        count = sum(row.page_count for row in failed)
        yield ""
        known = facts[key].page_count
        yield f"{key}: the latest visits to {count:,} of {known:,} failed"
        for row in failed:
            yield f"  {row.page_count:,} {row.outcome.replace('_', ' ')}, such as"
            yield f"    {row.example_url or 'the source as a whole'}"
            if row.example_detail:
                yield f"    {row.example_detail}"


def _landing_lines(verdicts: "Mapping[str, Verdict]") -> "Iterator[str]":
    """Yield for each source what was not as expected, and since when that holds it."""
    for key, verdict in verdicts.items():
        if verdict.passed:
            continue
        yield ""
        if verdict.hold is None:
            yield f"{key}: not as expected when it was judged last, and let in"
        else:
            yield f"{key}: held back since {verdict.hold.held_from:%Y-%m-%d}"
        yield f"  {verdict.sentence}"
        if verdict.hold is not None:
            yield f"  confradar run --source {key} --accept-held lets it in"


def _as_document(verdict: "Verdict | None") -> dict[str, object] | None:
    if verdict is None:
        return None
    hold = verdict.hold
    return {
        "passed": verdict.passed,
        "held_from": None if hold is None else hold.held_from,
        "held_because": None if hold is None else hold.reason,
        "checks": [
            {
                "expectation": check.expectation,
                "success": check.success,
                "observed": check.observed,
                "threshold": check.threshold,
                "sentence": check.sentence,
                "look_at": check.look_at,
                "checked_at": check.checked_at,
            }
            for check in verdict.checks
        ],
    }


def health(
    facts: "SourceFacts | None", now: datetime, verdict: "Verdict | None" = None
) -> str:
    """Return in one word how a source does."""
    from confradar.landing import STALE_AFTER

    if verdict is not None and verdict.hold is not None:
        return "held"
    if facts is None or facts.last_visited_at is None:
        return "never"
    if facts.last_succeeded_at is None or (
        facts.last_succeeded_at < facts.last_visited_at
        and facts.failing_page_count >= facts.page_count
    ):
        return "failing"
    if now - facts.last_succeeded_at > STALE_AFTER:
        return "stale"
    return "ok" if facts.document_count else "empty"


def _without_key(facts: "SourceFacts | VisitOutcomes | None") -> dict[str, object]:
    if facts is None:
        return {}
    return {
        name: value for name, value in asdict(facts).items() if name != "source_key"
    }
