"""Whether sources were loaded and marts were built in time, asked of the marts.

Dagster's own freshness asks when it ran something last. That a look succeeded is
another thing, and so is a run of ``confradar run`` beside it: the marts know.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dagster import (
    AssetCheckExecutionContext,
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
    """Return the checks of all sources and of the marts: one step.

    A run of one asset that a person asks for has its checks, so any may be left out.
    """
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

    @multi_asset_check(name="look_at_freshness", specs=specs, can_subset=True)
    def look(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        settings = means.settings()
        allowed = timedelta(hours=settings.fresh_hours)
        with reading(means.logins().reader) as connection:
            facts = source_facts(connection)
            state = read_state(connection)
        last = {
            key_of(source): facts[source.key].last_succeeded_at
            for source in registry
            if source.key in facts
        }
        if state is not None:
            last[MARTS] = state.built_at
        wanted = now() - allowed
        for spec in specs:
            if spec.key in context.selected_asset_check_keys:
                yield _result(spec.asset_key, last.get(spec.asset_key), wanted)

    return look


def _result(key: AssetKey, last: datetime | None, wanted: datetime) -> AssetCheckResult:
    # A source that fails is told of each time that it is loaded.
    severity = AssetCheckSeverity.ERROR if key == MARTS else AssetCheckSeverity.WARN
    return AssetCheckResult(
        passed=last is not None and last >= wanted,
        check_name=FRESH,
        asset_key=key,
        severity=severity,
        metadata={"last": "never" if last is None else last.isoformat()},
    )
