"""Load what sources publish into the raw schemas, with dlt: each file version once."""

from ingestion.loading.destinations import Destination
from ingestion.loading.errors import (
    BackwardsInTimeError,
    DatabaseLoadError,
    DuplicatePathError,
    LoadingError,
    SourceBusyError,
)
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.registry_rows import store_registry
from ingestion.loading.reports import LoadOutcome, Progress, SourceReport
from ingestion.loading.runs import ingest, ingest_source

__all__ = [
    "BackwardsInTimeError",
    "DatabaseLoadError",
    "Destination",
    "DuplicatePathError",
    "LoadOutcome",
    "LoadingError",
    "Progress",
    "SourceBusyError",
    "SourceReport",
    "ensure_raw_tables",
    "ingest",
    "ingest_source",
    "store_registry",
]
