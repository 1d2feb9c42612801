"""The raw tables that every family of sources has, column by column.

All columns are declared, because dlt would turn a text that looks like a date into a
timestamp; and frozen, because a column that appears by itself is a mistake of ours.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema

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
            },
            nullable=("source_url", "content", "body"),
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
            },
            nullable=("path", "source_url", "document_key", "detail"),
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
            },
            nullable=("entry",),
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
            },
        ),
    }
)


def tables_of(family: str) -> Mapping[str, Columns]:
    """Return the columns of every raw table of a family, in order."""
    return REGISTRY_TABLES if family == REGISTRY_FAMILY else RAW_TABLES


def dataset_of(family: str) -> str:
    """Return the database schema that holds a family's raw tables."""
    return f"raw_{family}"
