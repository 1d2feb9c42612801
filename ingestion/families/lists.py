"""The one dlt source of all families: it takes rows and knows their tables.

Every family lands alike: documents, visits and rejects in the schema ``raw_<family>``;
families of pages also land what was read out of the documents.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import dlt
from dlt.common.normalizers.json.relational import DataItemNormalizer
from dlt.common.schema.typing import TTableSchema, TWriteDisposition
from dlt.common.schema.utils import new_table
from dlt.sources import DltResource, DltSource

from ingestion.families.spools import CsvSpool, MemorySpool, Spool
from ingestion.families.tables import REGISTRY_FAMILY, Columns, tables_of

Fill = Callable[[Spool], None]
"""Reads a source once and adds the rows of all tables to the spool."""

_DISPOSITIONS: Final[Mapping[str, TWriteDisposition]] = {REGISTRY_FAMILY: "replace"}


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
        write_disposition=_DISPOSITIONS.get(family, "append"),
        columns=[column.copy() for column in columns.values()],
        resource=name,
    )
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
                spool = MemorySpool(tables_of(family))
            else:
                load_id = dlt.current.load_package_state()["load_id"]
                spool = CsvSpool(tables_of(family), csv_directory, load_id)
            with spool:
                fill(spool)
            spools.append(spool)
        return spools[0]

    def resource(name: str) -> DltResource:
        def rows() -> Iterator[Any]:
            yield from filled().items(name)

        return dlt.resource(
            rows,
            name=name,
            write_disposition=_DISPOSITIONS.get(family, "append"),
        )

    return DltSource.from_data(
        raw_schema(family), family, [resource(name) for name in tables_of(family)]
    )
