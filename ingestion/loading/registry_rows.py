"""The registry as a raw table, so that the models know every source.

A source that leaves the registry keeps its row, with the time at which it was missed:
what is stored of it stays history, and models can tell that nobody listens any more.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
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
from ingestion.loading.stored import instant
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
    observed_at: datetime,
    pipelines_dir: Path | None = None,
    wait_seconds: float = 60.0,
) -> bool:
    """Make ``raw_registry.sources`` hold one row per source; tell if that changed it.

    A row whose source is not among them stays, removed at ``observed_at`` unless it was
    removed before; a source that comes back is as if it had never left.

    Raises:
        DatabaseLoadError: the database cannot be reached or refuses.
        SourceBusyError: another run is writing the registry, and takes too long.
    """
    registered = {source.key: _row(source) for source in sources}
    ensure_raw_tables([REGISTRY_FAMILY], destination, pipelines_dir=pipelines_dir)
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    with (
        dlt_settings(),
        store.locked(
            REGISTRY_FAMILY, REGISTRY_FAMILY, directory, wait_seconds
        ) as session,
    ):
        stored = [_stored_row(cells) for cells in session.rows(_STORED)]
        wanted = [
            *registered.values(),
            *(
                {**row, "removed_at": row["removed_at"] or observed_at.astimezone(UTC)}
                for row in stored
                if row["source_key"] not in registered
            ),
        ]
        if _by_key(stored) == _by_key(wanted):
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
        "removed_at": None,
    }


def _stored_row(cells: Sequence[Any]) -> dict[str, Any]:
    """Return a stored row by its columns; SQLite gives lists and instants as text."""
    row = dict(zip(_COLUMNS, cells, strict=True))
    if isinstance(row["areas"], str):
        row["areas"] = json.loads(row["areas"])
    if row["removed_at"] is not None:
        row["removed_at"] = instant(row["removed_at"])
    return row


def _by_key(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["source_key"]))
