"""All raw schemas, there before any load, so that dbt's views always build."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from ingestion.families.tables import dataset_of, tables_of
from ingestion.loading.destinations import Destination, RawStore, open_store
from ingestion.loading.errors import DatabaseLoadError
from ingestion.loading.pipelines import (
    RawPipeline,
    dlt_settings,
    pipelines_directory,
)

# dlt's own tables that others read; it makes them together with the first raw table.
_DLT_TABLES: Final = {
    "_dlt_loads": ("load_id", "status"),
    "_dlt_version": ("version_hash",),
}
# Postgres would compress each content, body and text on each load: the slowest part of
# a COPY by far.
_EXTERNAL_COLUMNS: Final = {"documents": ("content", "body"), "readings": ("text",)}
_CREATING: Final = "raw tables"

_COLUMNS: Final = """
select
    namespaces.nspname,
    relations.relname,
    attributes.attname,
    attributes.attstorage::text
from pg_attribute as attributes
inner join pg_class as relations on attributes.attrelid = relations.oid
inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
where
    namespaces.nspname = any(%s)
    and relations.relkind = 'r'
    and attributes.attnum > 0
    and not attributes.attisdropped
"""
_SET_EXTERNAL: Final = "alter table {table} alter column {column} set storage external"

_Column = tuple[str, str, str]


def ensure_raw_tables(
    families: Iterable[str],
    destination: Destination,
    *,
    pipelines_dir: Path | None = None,
    wait_seconds: float = 60.0,
) -> None:
    """Make the raw schemas of these families exist, with all their columns.

    On Postgres, one query finds out that all is there.

    Raises:
        DatabaseLoadError: the database cannot be reached or refuses.
        SourceBusyError: another run is creating them, and takes too long.
    """
    wanted = sorted(set(families))
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    if not wanted or not _incomplete(wanted, store):
        return
    with (
        dlt_settings(),
        store.locked(_CREATING, wanted[0], directory, wait_seconds),
    ):
        for family in _incomplete(wanted, store):
            RawPipeline(_CREATING, family, store, directory).create_tables()
        _set_storage(wanted, store)


def _incomplete(families: Iterable[str], store: RawStore) -> list[str]:
    if store.url is None:
        return list(families)
    found = _stored_columns(families, store.url)
    incomplete: list[str] = []
    for family in families:
        wanted = _wanted_columns(family)
        is_external = all(
            found.get(column) == "e" for column in _external_columns(family)
        )
        if not wanted <= found.keys() or not is_external:
            incomplete.append(family)
    return incomplete


def _wanted_columns(family: str) -> set[_Column]:
    own = {
        (table, name)
        for table, columns in tables_of(family).items()
        for name in columns
    }
    dlts = {(table, name) for table, names in _DLT_TABLES.items() for name in names}
    return {(dataset_of(family), table, name) for table, name in own | dlts}


def _external_columns(family: str) -> list[_Column]:
    return [
        (dataset_of(family), table, name)
        for table, names in _EXTERNAL_COLUMNS.items()
        if table in tables_of(family)
        for name in names
    ]


def _stored_columns(families: Iterable[str], url: str) -> dict[_Column, str]:
    """Return each column that there is, and how Postgres stores it."""
    datasets = [dataset_of(family) for family in families]
    try:
        with psycopg.connect(url) as session:
            rows = session.execute(_COLUMNS, [datasets]).fetchall()
    except psycopg.Error as error:
        raise DatabaseLoadError("cannot look for the raw tables", error) from error
    return {(dataset, table, name): storage for dataset, table, name, storage in rows}


def _set_storage(families: Iterable[str], store: RawStore) -> None:
    if store.url is None:
        return
    columns = [column for family in families for column in _external_columns(family)]
    try:
        with psycopg.connect(store.url) as session:
            for dataset, table, name in columns:
                statement = sql.SQL(_SET_EXTERNAL).format(
                    table=sql.Identifier(dataset, table), column=sql.Identifier(name)
                )
                session.execute(statement)
    except psycopg.Error as error:
        raise DatabaseLoadError("cannot set the storage of columns", error) from error
