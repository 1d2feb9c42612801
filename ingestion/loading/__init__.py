"""Load what sources publish into the raw schemas, with dlt: each file version once."""

from ingestion.loading.comparing import (
    ChangeType,
    ComparedDocument,
    PhraseChange,
    StoredPhrase,
    StoredVersion,
    compared_documents,
    stored_versions,
)
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
from ingestion.loading.rereading import RereadReport, reread_pages
from ingestion.loading.runs import ingest, ingest_source

__all__ = [
    "BackwardsInTimeError",
    "ChangeType",
    "ComparedDocument",
    "DatabaseLoadError",
    "Destination",
    "DuplicatePathError",
    "LoadOutcome",
    "LoadingError",
    "PageProgress",
    "PhraseChange",
    "Progress",
    "RereadReport",
    "SourceBusyError",
    "SourceReport",
    "StoredPhrase",
    "StoredVersion",
    "Trouble",
    "compared_documents",
    "ensure_raw_tables",
    "ingest",
    "ingest_page_source",
    "ingest_pages",
    "ingest_source",
    "reread_pages",
    "store_registry",
    "stored_versions",
]
