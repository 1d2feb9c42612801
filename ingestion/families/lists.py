"""The raw tables of a family of lists, and the one dlt source that fills them.

Every family lands alike: documents, visits and rejects in the schema ``raw_<family>``.
All columns are declared, because dlt would turn a text that looks like a date into a
timestamp; and frozen, because a column that appears by itself is a mistake of ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import dlt
from dlt.common.data_types import TDataType
from dlt.common.normalizers.json.relational import DataItemNormalizer
from dlt.common.schema.typing import TColumnSchema, TTableSchema
from dlt.common.schema.utils import new_table
from dlt.sources import DltResource, DltSource

from ingestion.families.spools import CsvSpool, MemorySpool, Spool

Fill = Callable[[Spool], None]
"""Reads a source once and adds the rows of all tables to the spool."""

Columns = Mapping[str, TColumnSchema]

_DLT_COLUMNS: Final[Mapping[str, TDataType]] = MappingProxyType(
    {"_dlt_load_id": "text", "_dlt_id": "text"}
)


def _columns(
    key: str, data_types: Mapping[str, TDataType], nullable: Sequence[str] = ()
) -> Columns:
    columns: dict[str, TColumnSchema] = {}
    for name, data_type in {key: "text", **data_types, **_DLT_COLUMNS}.items():
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
            nullable=("source_url", "body"),
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


def raw_schema(family: str) -> dlt.Schema:
    """Return a family's whole dlt schema, each time with the same hash."""
    schema = dlt.Schema(family)
    DataItemNormalizer.update_normalizer_config(schema, {"max_nesting": 0})
    for name, columns in tables_of(family).items():
        schema.update_table(_table(family, name, columns))
    schema.set_schema_contract("freeze")
    return schema


def _table(family: str, name: str, columns: Columns) -> TTableSchema:
    table = new_table(
        name,
        write_disposition="replace" if family == REGISTRY_FAMILY else "append",
        columns=[column.copy() for column in columns.values()],
        resource=name,
    )
    if family == REGISTRY_FAMILY:
        # One transaction swaps the rows: nobody ever reads an empty registry.
        table["x-replace-strategy"] = "insert-from-staging"  # type: ignore[typeddict-unknown-key]
    # Without this mark the schema's hash would depend on which tables got rows first.
    table["x-normalizer"] = {"seen-data": True}
    return table


def raw_source(family: str, fill: Fill, *, csv_directory: Path | None) -> DltSource:
    """Return the dlt source of one load of a family's tables.

    ``fill`` is called once, in dlt's extract step, whichever table dlt asks for first.
    With ``csv_directory`` the rows reach the destination as CSV files that are written
    there; otherwise as lists of mappings, all held in memory.
    """
    spools: list[Spool] = []

    def filled() -> Spool:
        if not spools:
            spool: Spool
            if csv_directory is None:
                spool = MemorySpool()
            else:
                load_id = dlt.current.load_package_state()["load_id"]
                spool = CsvSpool(csv_directory, tables_of(family), load_id)
            with spool:
                fill(spool)
            spools.append(spool)
        return spools[0]

    def resource(name: str) -> DltResource:
        def rows() -> Iterator[Any]:
            yield from filled().items(name)

        return dlt.resource(rows, name=name, selected=True)

    return DltSource.from_data(
        raw_schema(family), family, [resource(name) for name in tables_of(family)]
    )
