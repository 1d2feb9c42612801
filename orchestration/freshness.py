"""Whether sources were loaded and marts were built in time, asked of the marts.

Dagster's own freshness asks when it ran something last. That a look succeeded is
another thing, and so is a run of ``confradar run`` beside it: the marts know.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from confradar.build_state import read_state
from confradar.settings import now
from confradar.warehouse import reading, source_facts
from ingestion.registry import Registry
from orchestration import means
from orchestration.sources import key_of

FRESH = "is_fresh"
MARTS = AssetKey(["marts", "fct_deadlines"])


def freshness_checks(registry: Registry) -> AssetChecksDefinition:
    """Return the checks of all sources and of the marts: one step."""
    specs = [
        AssetCheckSpec(
            FRESH,
            asset=key_of(source),
            description="It was loaded within CONFRADAR_FRESH_HOURS.",
        )
        for source in registry
    ]
    specs.append(
        AssetCheckSpec(
            FRESH,
            asset=MARTS,
            description="They were built within CONFRADAR_FRESH_HOURS.",
        )
    )

    @multi_asset_check(name="look_at_freshness", specs=specs)
    def look() -> Iterator[AssetCheckResult]:
        settings = means.settings()
        allowed = timedelta(hours=settings.fresh_hours)
        with reading(means.logins().reader) as connection:
            facts = source_facts(connection)
            state = read_state(connection)
        time = now()
        for source in registry:
            fact = facts.get(source.key)
            yield _result(
                key_of(source),
                None if fact is None else fact.last_succeeded_at,
                time - allowed,
                # A source that fails is told of each time that it is loaded.
                AssetCheckSeverity.WARN,
            )
        yield _result(
            MARTS,
            None if state is None else state.built_at,
            time - allowed,
            AssetCheckSeverity.ERROR,
        )

    return look


def _result(
    key: AssetKey,
    last: datetime | None,
    wanted: datetime,
    severity: AssetCheckSeverity,
) -> AssetCheckResult:
    return AssetCheckResult(
        passed=last is not None and last >= wanted,
        check_name=FRESH,
        asset_key=key,
        severity=severity,
        metadata={"last": "never" if last is None else last.isoformat()},
    )
