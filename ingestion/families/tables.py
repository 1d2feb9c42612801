"""The raw tables that families of sources have, column by column.

All columns are declared, because dlt would turn a text that looks like a date into a
timestamp; and frozen, because a column that appears by itself is a mistake of ours.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema

from ingestion.shapes import PAGE_FAMILIES

Columns = Mapping[str, TColumnSchema]

DLT_COLUMNS: Final[Mapping[str, TDataType]] = MappingProxyType(
    {"_dlt_load_id": "text", "_dlt_id": "text"}
)


def _columns(
    key: str, data_types: Mapping[str, TDataType], nullable: Sequence[str] = ()
) -> Columns:
    columns: dict[str, TColumnSchema] = {}
    for name, data_type in {key: "text", **data_types, **DLT_COLUMNS}.items():
        column: TColumnSchema = {
            "name": name,
            "data_type": data_type,
            "nullable": name in nullable,
        }
        if name == key:
            # Also what makes dlt's own retry of a load that had committed after all
            # fail instead of storing every row twice.
            column["unique"] = True
        columns[name] = column
    return MappingProxyType(columns)


# The fields of readers.pages.records.PageEntry that hold what the page says.
ENTRY_TEXTS: Final = (
    *("entry_id_text", "series_text", "full_name_text", "dblp_text", "year_text"),
    *("homepage_url", "place_text", "dates_text", "starts_text", "ends_text"),
    *("areas_text", "status_text", "entry_url"),
)

# The column after which a row is named comes first; dlt keeps this order in the table.
RAW_TABLES: Final[Mapping[str, Columns]] = MappingProxyType(
    {
        "documents": _columns(
            "document_key",
            {
                "source_key": "text",
                "path": "text",
                "source_url": "text",
                "sha256": "text",
                "byte_count": "bigint",
                "media_type": "text",
                "content": "binary",
                "body": "json",
                "reader_version": "text",
                "entry_count": "bigint",
                "rejected_entry_count": "bigint",
                "first_seen_at": "timestamp",
                "context": "json",  # what is known of a page from elsewhere
            },
            nullable=("source_url", "content", "body", "context"),
        ),
        "visits": _columns(
            "visit_key",
            {
                "source_key": "text",
                "path": "text",
                "source_url": "text",
                "observed_at": "timestamp",
                "outcome": "text",
                "document_key": "text",
                "detail": "text",
                "http_status": "bigint",
                "etag": "text",
                "last_modified": "text",
                "final_url": "text",
                "media_type": "text",  # in the server's words, with its charset
            },
            nullable=(
                *("path", "source_url", "document_key", "detail", "http_status"),
                *("etag", "last_modified", "final_url", "media_type"),
            ),
        ),
        "rejects": _columns(
            "reject_key",
            {
                "source_key": "text",
                "document_key": "text",
                "path": "text",
                "position": "text",
                "reason": "text",
                "detail": "text",
                "entry": "json",
                "is_dropped": "bool",
                "first_seen_at": "timestamp",
                "reader_version": "bigint",  # of pages, which are read again
            },
            nullable=("entry", "reader_version"),
        ),
    }
)

# What a page says is read again by each better reader: a reading is one document as one
# version of its reader understands it, and the newest is what counts.
PAGE_TABLES: Final[Mapping[str, Columns]] = MappingProxyType(
    {
        **RAW_TABLES,
        "readings": _columns(
            "reading_key",
            {
                "document_key": "text",
                "source_key": "text",
                "reader_version": "bigint",
                "title": "text",
                "text": "text",
                "is_usable": "bool",
                "entry_count": "bigint",
                "phrase_count": "bigint",
                "first_seen_at": "timestamp",
            },
            nullable=("title",),
        ),
        "entries": _columns(
            "entry_key",
            {
                "reading_key": "text",
                "document_key": "text",
                "source_key": "text",
                "reader_version": "bigint",
                "position": "text",
                **dict.fromkeys(ENTRY_TEXTS, "text"),
            },
            nullable=ENTRY_TEXTS,
        ),
        "phrases": _columns(
            "phrase_key",
            {
                "reading_key": "text",
                "document_key": "text",
                "source_key": "text",
                "reader_version": "bigint",
                "entry_position": "text",
                "position": "bigint",
                "kind": "text",
                "track": "text",
                "kind_rule": "text",
                "track_rule": "text",
                "label_text": "text",
                "due_text": "text",
                "due_date_text": "text",
                "due_time_text": "text",
                "timezone_text": "text",
                "is_superseded": "bool",
                "is_struck": "bool",
                "quote": "text",
                "quote_start": "bigint",
                "quote_end": "bigint",
            },
            nullable=(
                *("kind_rule", "track_rule"),
                *("due_date_text", "due_time_text", "timezone_text"),
            ),
        ),
    }
)

REGISTRY_FAMILY: Final = "registry"
REGISTRY_TABLES: Final[Mapping[str, Columns]] = MappingProxyType(
    {
        "sources": _columns(
            "source_key",
            {
                "family": "text",
                "name": "text",
                "publisher": "text",
                "homepage_url": "text",
                "repository_url": "text",
                "licence": "text",
                "authority": "text",
                "authority_rank": "bigint",
                "default_timezone_text": "text",
                "default_timezone_reason": "text",
                "areas": "json",
                "kind": "text",
                "removed_at": "timestamp",  # null while it is registered
            },
            nullable=("removed_at",),
        ),
    }
)


def tables_of(family: str) -> Mapping[str, Columns]:
    """Return the columns of every raw table of a family, in order."""
    if family == REGISTRY_FAMILY:
        return REGISTRY_TABLES
    return PAGE_TABLES if family in PAGE_FAMILIES else RAW_TABLES


def dataset_of(family: str) -> str:
    """Return the database schema that holds a family's raw tables."""
    return f"raw_{family}"
