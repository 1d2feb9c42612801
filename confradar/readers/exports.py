"""Tables as files: CSV and Parquet, what their columns mean, and who may use them.

PostgreSQL writes the CSV (COPY), Arrow reads that and writes Parquet: no table is ever
held in memory, and none is read twice. Rows are in the order of their key and nothing
is dated, so that the same marts give the same bytes.

What a source wrote stays as it is, since that is what people take the files for, but
for characters that cannot be seen and turn what is read around: these are left out.
CSV has one more rule. A spreadsheet runs a cell that begins like a formula, so a text
that begins with = + - @, a tab, the end of a line or an apostrophe gets an apostrophe
in front: take that of any cell which begins with one, and the text is back. Parquet has
none of it.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, TypeAlias

import orjson
import psycopg
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from psycopg import sql
from psycopg.rows import class_row

from confradar.readers.addresses import table_file
from confradar.readers.bulk import write_as_text
from confradar.readers.harmless import text_of, url_of

FOLDER = "files"
DATA_PACKAGE = f"{FOLDER}/datapackage.json"
LICENCES = f"{FOLDER}/LICENCES.md"

_BLOCK = 4 << 20  # bytes of CSV that are made into one group of rows of Parquet
_BUFFER = 1 << 20
# What cannot be seen: controls but tabs and ends of lines, marks of direction.
_UNSEEN: LiteralString = (
    r"[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# With what a formula begins, or what a spreadsheet skips before one.
_FIRST: LiteralString = r"^[-=+@'\t\r\n]"
_FIRST_OF_LINE: LiteralString = r"(^|\n)[-=+@'\t\r\n]"
# Words of the project alone. Keys are as well; all other texts are written by sources.
_VOCABULARY = frozenset(
    {"kind", "status", "change_type", "due_precision", "country_code"}
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that people take away.

    Attributes:
        name: that of its files.
        title: what it has a row of.
        relation: the mart; ``key`` is its primary key.
        columns: those of the mart that are in it, in this order.
        labels: columns of ``series_labels`` that follow, for the series of the row.
    """

    name: str
    title: str
    relation: LiteralString
    key: LiteralString
    columns: tuple[LiteralString, ...]
    labels: tuple[LiteralString, ...] = ()


TABLES = (
    Table(
        "claims",
        "What each source said, and when it said so",
        "fct_deadline_claims",
        "claim_key",
        (
            "claim_key", "source_key", "source_record_id", "document_key", "source_url",
            "series_text", "series_key", "conference_key", "deadline_key", "year",
            "track", "kind", "round", "label_text", "due_text", "timezone_text",
            "due_at", "due_local", "timezone_name", "is_timezone_stated",
            "due_precision", "is_estimate", "evidence", "seen_from", "seen_to",
            "is_current", "is_winner", "is_superseded", "rank_reason",
        ),
    ),
    Table(
        "deadlines",
        "Deadlines that are believed today, past ones too",
        "fct_deadlines",
        "deadline_key",
        (
            "deadline_key", "conference_key", "series_key", "track", "kind", "round",
            "label", "status", "due_at", "due_local", "timezone_name", "timezone_text",
            "is_timezone_stated", "due_precision", "original_due_at", "extension_count",
            "claim_count", "agreeing_claim_count", "has_conflict", "confidence",
            "claim_key", "source_key", "source_url", "evidence", "first_seen_at",
            "last_changed_at", "last_confirmed_at",
        ),
    ),
    Table(
        "conferences",
        "Editions of conferences",
        "dim_conferences",
        "conference_key",
        (
            "conference_key", "series_key", "parent_conference_key", "title", "year",
            "homepage_url", "starts_on", "ends_on", "place", "city", "country_code",
            "attendance_mode", "is_cancelled", "has_deadlines",
        ),
    ),
    Table(
        "series",
        "Series of conferences",
        "dim_series",
        "series_key",
        (
            "series_key", "parent_series_key", "acronym", "full_name", "primary_area",
            "homepage_url", "dblp_key", "is_workshop", "conference_count",
        ),
        labels=("areas", "ranks"),
    ),
    Table(
        "changes",
        "What sources were seen to change",
        "fct_deadline_changes",
        "change_key",
        (
            "change_key", "source_key", "source_record_id", "series_text", "series_key",
            "conference_key", "deadline_key", "year", "track", "kind", "round",
            "label_text", "change_type", "old_due_text", "new_due_text",
            "old_timezone_text", "new_timezone_text", "old_due_at", "new_due_at",
            "days_moved", "seen_at", "was_already_past", "source_url", "evidence",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart, with the type and the comment that it has there."""

    name: str
    type_name: str
    description: str
    is_required: bool

    @property
    def is_of_sources(self) -> bool:
        """Tell whether sources write what stands in it, or may."""
        return (
            self.type_name == "text"
            and not self.name.endswith("_key")
            and self.name not in _VOCABULARY
        )

    @property
    def recurs(self) -> bool:
        """Tell whether the same values come up again and again among some thousands.

        Only then a dictionary of them pays: to look for others takes time, and a file
        of a million claims is a tenth smaller without.
        """
        is_name = self.name.endswith(("_key", "_id", "_url"))
        return self.name == "source_key" or not (is_name or self.name == "evidence")


# Of each type of the marts: as Arrow has it, and as Table Schema calls it.
_TYPES: dict[str, tuple[pa.DataType, str]] = {
    "text": (pa.string(), "string"),
    "integer": (pa.int32(), "integer"),
    "bigint": (pa.int64(), "integer"),
    "boolean": (pa.bool_(), "boolean"),
    "date": (pa.date32(), "date"),
    "timestamp without time zone": (pa.timestamp("us"), "datetime"),
    "timestamp with time zone": (pa.timestamp("us", "UTC"), "datetime"),
}

Json: TypeAlias = dict[str, Any]


def write_exports(connection: psycopg.Connection, folder: Path) -> Iterator[str]:
    """Write all tables below a folder, and what tells of them; yield each path.

    A path is below ``folder``, and stands there when it is yielded. ``connection`` is
    one of ``warehouse.reading``, so that all files are of one build.

    Raises:
        MartsMissingError: on leaving ``reading``, where a mart is not there.
        OSError: a file cannot be written.
    """
    yield from write_tables(connection, folder, TABLES)
    yield from write_notes(connection, folder)


def write_tables(
    connection: psycopg.Connection, folder: Path, tables: Iterable[Table]
) -> Iterator[str]:
    """Write some tables below a folder, as ``write_exports`` does; yield each path."""
    write_as_text(connection)
    # Cores are busy with other parts: to share the rows of one among several processes
    # of the server takes a fifth more of them, and sorts hardly faster.
    connection.execute("set local max_parallel_workers_per_gather = 0")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # While Arrow reads one table, the server writes the next.
        pending = []
        for table in tables:
            columns = columns_of(connection, table)
            csv = table_file(table.name, "csv")
            parquet = table_file(table.name, "parquet")
            _write_csv(connection, table, columns, folder / csv)
            yield csv
            future = pool.submit(write_parquet, folder / csv, columns, folder / parquet)
            pending.append((parquet, future))
        for parquet, future in pending:
            future.result()
            yield parquet


def write_notes(connection: psycopg.Connection, folder: Path) -> Iterator[str]:
    """Write what tells of the tables below a folder; yield each path."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    columns = {table.name: columns_of(connection, table) for table in TABLES}
    sources = sources_of(connection)
    (folder / DATA_PACKAGE).write_bytes(data_package(columns, sources))
    yield DATA_PACKAGE
    (folder / LICENCES).write_bytes(licences(sources))
    yield LICENCES


def columns_of(connection: psycopg.Connection, table: Table) -> list[Column]:
    """Return the columns of a table, as the marts describe them."""
    query = """
        select
            attname as name,
            format_type(atttypid, atttypmod) as type_name,
            coalesce(col_description(attrelid, attnum), '') as description,
            attnotnull as is_required
        from pg_catalog.pg_attribute
        where attrelid = to_regclass(%s) and attname = any(%s)
        order by array_position(%s, attname::text)
    """
    wanted = [(table.relation, table.columns), ("series_labels", table.labels)]
    found: list[Column] = []
    with connection.cursor(row_factory=class_row(Column)) as cursor:
        for relation, names in wanted:
            found += cursor.execute(
                query, [f"marts.{relation}", list(names), list(names)]
            )
    return found


def _write_csv(
    connection: psycopg.Connection,
    table: Table,
    columns: Iterable[Column],
    path: Path,
) -> None:
    statement = sql.SQL("copy ({}) to stdout (format csv, header)").format(
        _query_of(table, columns)
    )
    with (
        path.open("wb", buffering=_BUFFER) as file,
        connection.cursor() as cursor,
        cursor.copy(statement) as rows,
    ):
        file.writelines(rows)


def _query_of(table: Table, columns: Iterable[Column]) -> sql.Composed:
    described = list(columns)
    join = sql.SQL("")
    if table.labels:
        join = sql.SQL(
            "left join marts.series_labels as labels"
            " on rows.series_key = labels.series_key"
        )
    values = {
        column.name: sql.Identifier(
            "labels" if column.name in table.labels else "rows", column.name
        )
        for column in described
    }
    # Bytes are in the same order on every server, and fast to sort.
    return sql.SQL(
        """
        select {cells}
        from {relation} as rows
        {join}
        cross join lateral (select {has_special} as has_special offset 0) as texts
        order by {key} collate "C"
        """
    ).format(
        cells=sql.SQL(", ").join(
            sql.SQL("{} as {}").format(
                _cell_of(column, values[column.name]), sql.Identifier(column.name)
            )
            for column in described
        ),
        relation=sql.Identifier("marts", table.relation),
        join=join,
        has_special=_has_special(
            values[column.name] for column in described if column.is_of_sources
        ),
        key=sql.Identifier("rows", table.key),
    )


def _has_special(texts: Iterable[sql.Composable]) -> sql.Composed:
    """Return whether there may be something to leave out or to mark in some texts.

    All of a row are looked at at once: to begin takes longer than to look. Texts of
    several lines may be taken for special ones, which is no harm.
    """
    return sql.SQL("concat_ws(E'\\n', {}) ~ {}").format(
        sql.SQL(", ").join(texts), sql.Literal(f"{_FIRST_OF_LINE}|{_UNSEEN}")
    )


def _cell_of(column: Column, value: sql.Identifier) -> sql.Composable:
    """Return the expression that writes a value as CSV has it."""
    match column.type_name:
        case "timestamp with time zone":
            return sql.SQL(
                "replace(({} at time zone 'UTC')::text, ' ', 'T') || 'Z'"
            ).format(value)
        case "timestamp without time zone":
            return sql.SQL("replace({}::text, ' ', 'T')").format(value)
        case "boolean":
            return sql.SQL("{}::text").format(value)
        case "text" if column.is_of_sources:
            return sql.SQL(
                "case when texts.has_special then regexp_replace("
                "regexp_replace({value}, {unseen}, '', 'g'), {first}, {marked}"
                ") else {value} end"
            ).format(
                value=value,
                unseen=sql.Literal(_UNSEEN),
                first=sql.Literal(_FIRST),
                marked=sql.Literal(r"'\&"),
            )
        case _:
            return value


def write_parquet(csv: Path, columns: Iterable[Column], path: Path) -> None:
    """Write a CSV file of ours as Parquet, part by part."""
    described = list(columns)
    schema = pa.schema(
        pa.field(
            column.name,
            _arrow_type(column.type_name),
            metadata={"description": column.description},
        )
        for column in described
    )
    texts = [number for number, column in enumerate(described) if column.is_of_sources]
    with (
        pa.csv.open_csv(
            csv,
            read_options=pa.csv.ReadOptions(block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=schema,
                # An empty text is in quotes, where nothing is known there are none.
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["true"],
                false_values=["false"],
            ),
        ) as batches,
        pa.parquet.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_dictionary=[column.name for column in described if column.recurs],
        ) as file,
    ):
        for batch in batches:
            file.write_batch(_without_apostrophes(batch, texts))


def _without_apostrophes(batch: pa.RecordBatch, texts: Iterable[int]) -> pa.RecordBatch:
    arrays = list(batch.columns)
    for number in texts:
        array = arrays[number]
        if pa.compute.any(pa.compute.starts_with(array, "'")).as_py():
            arrays[number] = pa.compute.replace_substring_regex(array, "^'", "")
    return pa.record_batch(arrays, schema=batch.schema)


def _arrow_type(type_name: str) -> pa.DataType:
    if type_name.startswith("numeric"):
        precision, scale = type_name[len("numeric(") : -1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return _TYPES[type_name][0]


@dataclass(frozen=True, slots=True)
class Source:
    """Whose data it is, and under which terms."""

    source_key: str
    name: str
    publisher: str | None
    homepage_url: str | None
    licence: str | None


def sources_of(connection: psycopg.Connection) -> list[Source]:
    """Return all sources, by their keys."""
    query = """
        select source_key, name, publisher, homepage_url, licence
        from marts.dim_sources
        order by source_key
    """
    with connection.cursor(row_factory=class_row(Source)) as cursor:
        return cursor.execute(query).fetchall()


def data_package(columns: dict[str, list[Column]], sources: Iterable[Source]) -> bytes:
    """Return the descriptor of the files: a Data Package, v1 of Frictionless."""
    document = {
        "profile": "data-package",
        "name": "confradar",
        "title": "Deadlines of research conferences, and who says so",
        "description": (
            "What is due when, what each source says, who disagrees and what moved. "
            "Each source has terms of its own: see LICENCES.md."
        ),
        "sources": [_source_member(source) for source in sources],
        "resources": [
            resource
            for table in TABLES
            for resource in _resources_of(table, columns[table.name])
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _source_member(source: Source) -> Json:
    member: Json = {"title": text_of(source.name, 200), "key": source.source_key}
    if url := url_of(source.homepage_url):
        member["path"] = url
    member["licence"] = text_of(source.licence) or "not stated"
    return member


def _resources_of(table: Table, columns: Iterable[Column]) -> Iterator[Json]:
    schema = {
        "fields": [_field_member(column) for column in columns],
        "primaryKey": table.key,
        "missingValues": [""],
    }
    yield {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
    yield {
        "profile": "data-resource",
        "name": f"{table.name}-parquet",
        "title": table.title,
        "path": f"{table.name}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": schema,
    }


def _field_member(column: Column) -> Json:
    member: Json = {
        "name": column.name,
        "type": "number"
        if column.type_name.startswith("numeric")
        else _TYPES[column.type_name][1],
        "description": " ".join(column.description.split()),
    }
    if column.type_name == "timestamp without time zone":
        member["format"] = "%Y-%m-%dT%H:%M:%S"  # a wall time has no zone
    if column.is_required:
        member["constraints"] = {"required": True}
    return member


def licences(sources: Iterable[Source]) -> bytes:
    """Return a note of the terms of each source, in Markdown."""
    lines = [
        "# Whose data this is",
        "",
        "Dates are facts; their words, and the lists as they are arranged, belong to",
        "those who published them. The column `source_key` tells whose each row is.",
        "",
        "| source | key | publisher | licence |",
        "|---|---|---|---|",
    ]
    for source in sources:
        name = _cell(source.name)
        if url := url_of(source.homepage_url):
            name = f"[{name}](<{url}>)"
        cells = (name, f"`{source.source_key}`", _cell(source.publisher))
        licence = _cell(source.licence) or "not stated"
        lines.append(f"| {' | '.join(cells)} | {licence} |")
    return "\n".join((*lines, "")).encode()


def _cell(text: str | None) -> str:
    """Return a text for a cell of a table in Markdown, in which it is no markup."""
    shown = text_of(text)
    for sign in "\\`*_[]<>|&":
        shown = shown.replace(sign, f"\\{sign}")
    return shown
