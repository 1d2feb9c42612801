"""Load what sources publish into the raw schemas, with dlt: each file version once."""

from ingestion.loading.destinations import Destination
from ingestion.loading.errors import (
    BackwardsInTimeError,
    DatabaseLoadError,
    DuplicatePathError,
    LoadingError,
    SourceBusyError,
)
from ingestion.loading.page_runs import ingest_page_source, ingest_pages
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.registry_rows import store_registry
from ingestion.loading.reports import (
    LoadOutcome,
    PageProgress,
    Progress,
    SourceReport,
    Trouble,
)
from ingestion.loading.runs import ingest, ingest_source

__all__ = [
    "BackwardsInTimeError",
    "DatabaseLoadError",
    "Destination",
    "DuplicatePathError",
    "LoadOutcome",
    "LoadingError",
    "PageProgress",
    "Progress",
    "SourceBusyError",
    "SourceReport",
    "Trouble",
    "ensure_raw_tables",
    "ingest",
    "ingest_page_source",
    "ingest_pages",
    "ingest_source",
    "store_registry",
]
