"""The registry as a raw table, so that the models know every source."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from ingestion.families.spools import Spool
from ingestion.families.tables import REGISTRY_FAMILY, REGISTRY_TABLES
from ingestion.loading.destinations import Destination, open_store
from ingestion.loading.pipelines import (
    RawPipeline,
    dlt_settings,
    pipelines_directory,
)
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.registry import Source

_TABLE: Final = "sources"
_COLUMNS: Final = tuple(
    name for name in REGISTRY_TABLES[_TABLE] if not name.startswith("_dlt_")
)
_STORED: Final = f"select {', '.join(_COLUMNS)} from {{sources}}"  # noqa: S608


def store_registry(
    sources: Iterable[Source],
    destination: Destination,
    *,
    pipelines_dir: Path | None = None,
    wait_seconds: float = 60.0,
) -> bool:
    """Make ``raw_registry.sources`` hold one row per source; tell if that changed it.

    Raises:
        DatabaseLoadError: the database cannot be reached or refuses.
        SourceBusyError: another run is writing the registry, and takes too long.
    """
    wanted = [_row(source) for source in sources]
    ensure_raw_tables([REGISTRY_FAMILY], destination, pipelines_dir=pipelines_dir)
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    with (
        dlt_settings(),
        store.locked(
            REGISTRY_FAMILY, REGISTRY_FAMILY, directory, wait_seconds
        ) as session,
    ):
        if _sorted(session.rows(_STORED)) == _sorted([_cells(row) for row in wanted]):
            return False

        def fill(spool: Spool) -> None:
            for row in wanted:
                spool.add(_TABLE, row)

        RawPipeline(REGISTRY_FAMILY, REGISTRY_FAMILY, store, directory).load(fill)
        return True


def _row(source: Source) -> dict[str, Any]:
    return {
        "source_key": source.key,
        "family": source.family,
        "name": source.name,
        "publisher": source.publisher,
        "homepage_url": source.homepage_url,
        "repository_url": source.repository_url,
        "licence": source.licence,
        "authority": source.authority,
        "authority_rank": source.authority_rank,
        "default_timezone_text": source.default_timezone_text,
        "default_timezone_reason": source.default_timezone_reason,
        "areas": list(source.areas),
        "kind": source.kind,
    }


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _COLUMNS)


def _sorted(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: str(row[0]))
