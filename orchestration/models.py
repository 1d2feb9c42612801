"""The dbt project as assets: seeds and models, with their tests as checks.

All of it is one step, built by the same code as ``confradar build``: one call of dbt in
this process, which makes anew what new documents bear on. A build of some models alone
would drop keys of others by cascade, so that whatever is selected, all is built; what
was not selected is only not told.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    Failure,
    MaterializeResult,
    RetryPolicy,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator

from confradar.building import BuildOutcome, BuildReport, NodeResult
from confradar.running import Listener, build_for
from confradar.settings import now
from ingestion.registry import Registry
from orchestration.manifest import Manifest
from orchestration.means import Looks, logins, longer_run, settings
from orchestration.sources import key_of

BUILD = "build_marts"

# Of a test that names no model, such as one of the catalogue.
_WHAT_ALL_IS_FOR = "model.confradar.fct_deadlines"

_RETRIES = RetryPolicy(max_retries=2, delay=30, backoff=Backoff.EXPONENTIAL)


@dataclass(frozen=True, slots=True)
class Project:
    """What dbt's ids of models, seeds and tests are to Dagster."""

    assets: Mapping[str, AssetSpec]
    checks: Mapping[str, AssetCheckSpec]

    @property
    def keys(self) -> list[AssetKey]:
        """The keys of all assets."""
        return [spec.key for spec in self.assets.values()]


def project_of(manifest: Manifest, registry: Registry) -> Project:
    """Return the assets and checks of a manifest.

    A model on a table of raw rows depends on every source that is loaded into it.
    """
    loaded: dict[str, list[AssetKey]] = {}
    for source in registry:
        loaded.setdefault(f"raw_{source.family}", []).append(key_of(source))
    translator = DagsterDbtTranslator()
    assets = {
        unique_id: _on_sources(
            translator.get_asset_spec(manifest, unique_id, None), loaded
        )
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
    }
    depths = _Depths(manifest)
    checks = {
        unique_id: AssetCheckSpec(
            name=node["name"],
            asset=assets[_tested(manifest, node, assets, depths)].key,
            description=node.get("description") or None,
        )
        for unique_id, node in _tests(manifest)
    }
    return Project(assets, checks)


def model_assets(project: Project) -> AssetsDefinition:
    """Return the one step that builds and tests all models."""

    @multi_asset(
        name=BUILD,
        specs=list(project.assets.values()),
        check_specs=list(project.checks.values()),
        can_subset=True,
        retry_policy=_RETRIES,
        pool="warehouse",
    )
    def build(
        context: AssetExecutionContext, looks: Looks
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        results: list[NodeResult] = []
        report = build_for(
            settings(),
            logins(),
            looks.observed_at,
            now(),
            _Collecting(results, context),
            part_of=longer_run(context.run),
        )
        context.log.info(_in_words(report))
        is_failed = report.outcome is BuildOutcome.FAILED
        yield from told(
            project,
            results,
            {
                key
                for key in context.selected_asset_keys
                # They are published together, if nothing failed.
                if not is_failed or key.path[0] != "marts"
            },
            context.selected_asset_check_keys,
        )
        if is_failed:
            # The same rows fail again: that is for a person to look at.
            raise Failure(_in_words(report), allow_retries=False)

    return build


def told(
    project: Project,
    results: Sequence[NodeResult],
    assets: Set[AssetKey],
    checks: Set[AssetCheckKey],
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Yield what came of nodes, as far as that was asked for.

    A test that a build leaves out, since it would come out as before, keeps its last
    result.
    """
    for result in results:
        asset = project.assets.get(result.unique_id)
        check = project.checks.get(result.unique_id)
        if asset is not None and result.status == "success" and asset.key in assets:
            yield MaterializeResult(
                asset_key=asset.key,
                metadata={"seconds": result.seconds, "dbt said": result.message},
            )
        elif check is not None and result.status != "skipped" and check.key in checks:
            yield AssetCheckResult(
                passed=result.status == "pass",
                check_name=check.name,
                asset_key=check.asset_key,
                severity=AssetCheckSeverity.ERROR
                if result.is_failure
                else AssetCheckSeverity.WARN,
                metadata={"dbt said": result.message, "seconds": result.seconds},
            )


class _Collecting(Listener):
    """Keeps what came of each node, to be told when dbt is done."""

    def __init__(
        self, results: list[NodeResult], context: AssetExecutionContext
    ) -> None:
        self._results = results
        self._log = context.log

    def waiting(self) -> None:
        self._log.info("another run is at work on this database: waiting for it")

    def node_ends(self, result: NodeResult) -> None:
        self._results.append(result)


def _in_words(report: BuildReport) -> str:
    match report.outcome:
        case BuildOutcome.UNCHANGED:
            return "nothing changed: the marts stay as they are"
        case BuildOutcome.BUILT:
            return f"built {report.models} models, passed {report.tests} tests"
        case BuildOutcome.FAILED:
            first = report.failures[0]
            return (
                f"{len(report.failures)} nodes failed, {report.skipped} were skipped: "
                f"{first.kind} {first.name} ({first.path}): {first.message}"
            )


def _on_sources(spec: AssetSpec, loaded: Mapping[str, Sequence[AssetKey]]) -> AssetSpec:
    """Put sources in the place of the raw tables that they are loaded into."""
    keys: dict[AssetKey, None] = {}
    for dep in spec.deps:
        for key in loaded.get(dep.asset_key.path[0], [dep.asset_key]):
            keys[key] = None
    return spec.replace_attributes(
        deps=[AssetDep(key) for key in keys],
        group_name=spec.key.path[0],  # the schema, which is the layer
    )


def _tests(manifest: Manifest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            yield unique_id, node
    yield from manifest["unit_tests"].items()


def _tested(
    manifest: Manifest,
    test: Mapping[str, Any],
    assets: Mapping[str, AssetSpec],
    depths: "_Depths",
) -> str:
    """Return the model or seed that a test is shown at.

    A test of several models is shown at the last of them, one of a table that others
    fill at the first model on it.
    """
    attached = test.get("attached_node")
    named: list[str] = [attached] if attached else test["depends_on"]["nodes"]
    read = [name for name in named if name in assets]
    if read:
        return max(read, key=lambda name: (depths.of(name), name))
    children = [
        child
        for name in named
        for child in manifest["child_map"].get(name, ())
        if child in assets
    ]
    return min(children, default=_WHAT_ALL_IS_FOR)


class _Depths:
    """By how many steps at most each node is away from what is loaded."""

    def __init__(self, manifest: Manifest) -> None:
        self._parents = manifest["parent_map"]
        self._known: dict[str, int] = {}

    def of(self, unique_id: str) -> int:
        if unique_id not in self._known:
            above = (self.of(parent) for parent in self._parents.get(unique_id, ()))
            self._known[unique_id] = 1 + max(above, default=0)
        return self._known[unique_id]
