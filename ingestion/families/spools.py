"""Rows on their way into dlt: as CSV files where the destination takes them.

dlt imports a finished file as it is, without unpacking every row again: at 20,000
documents that takes a quarter of the time. The price is that the files must be exactly
what ``COPY … (FORMAT CSV, NULL '')`` expects, which is this module's business.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import dlt
from dlt.common import json

from ingestion.families.tables import Columns
from ingestion.readers.text import storable, storable_text

Row = Mapping[str, object]

# One file is one COPY and one transaction; rows are flushed as they come.
FILE_CHARACTERS = 32 * 1024 * 1024
LIST_ROWS = 500


class Spool(ABC):
    """Rows of several tables, in the order in which they were added."""

    def __init__(self, tables: Mapping[str, Columns]) -> None:
        self._names = {table: tuple(columns) for table, columns in tables.items()}
        self._json_names = {
            table: frozenset(
                name
                for name, column in columns.items()
                if column.get("data_type") == "json"
            )
            for table, columns in tables.items()
        }

    @abstractmethod
    def add(self, table: str, row: Row) -> None:
        """Add one row; its keys are the table's columns without dlt's own."""

    @abstractmethod
    def items(self, table: str) -> Iterator[Any]:
        """Yield what a dlt resource yields for the table's rows."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Finish: no row is added after this."""


class MemorySpool(Spool):
    """Rows as lists of mappings."""

    def __init__(self, tables: Mapping[str, Columns]) -> None:
        super().__init__(tables)
        self._rows: dict[str, list[dict[str, object]]] = defaultdict(list)

    def add(self, table: str, row: Row) -> None:
        """Add one row, with texts that any database can hold."""
        json_names = self._json_names[table]
        self._rows[table].append(
            {name: _held(cell, name in json_names) for name, cell in row.items()}
        )

    def items(self, table: str) -> Iterator[list[dict[str, object]]]:
        """Yield the rows in lists, which dlt takes in faster than single rows."""
        rows = self._rows[table]
        for start in range(0, len(rows), LIST_ROWS):
            yield rows[start : start + LIST_ROWS]

    def close(self) -> None:
        """Do nothing: the rows are where they have to be."""


class CsvSpool(Spool):
    """Rows as CSV files with a header, of at most about ``FILE_CHARACTERS`` each.

    A text is always quoted and so never read as null, except in a nullable column,
    where dlt has Postgres read an empty text as null.
    """

    def __init__(
        self, tables: Mapping[str, Columns], directory: Path, load_id: str
    ) -> None:
        """Remember where to write; ``load_id`` is the dlt load that the rows join."""
        super().__init__(tables)
        self._directory = directory
        self._load_id = load_id
        self._open: dict[str, IO[str]] = {}
        self._files: dict[str, list[Path]] = defaultdict(list)
        self._row_counts: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, table: str, row: Row) -> None:
        """Write one row."""
        names = self._names[table]
        own: Row = {"_dlt_load_id": self._load_id, "_dlt_id": row[names[0]]}
        if unknown := row.keys() - set(names):
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        json_names = self._json_names[table]
        cells = [
            _cell(row[name] if name in row else own[name], name in json_names)
            for name in names
        ]
        file = self._open.get(table) or self._next_file(table, names)
        written = file.write(",".join(cells) + "\n")
        path = self._files[table][-1]
        self._row_counts[path] += 1
        self._sizes[path] += written
        if self._sizes[path] > FILE_CHARACTERS:
            self._open.pop(table).close()

    def _next_file(self, table: str, names: Sequence[str]) -> IO[str]:
        path = self._directory / f"{table}-{len(self._files[table])}.csv"
        file = path.open("w", encoding="utf-8", newline="")
        file.write(",".join(names) + "\n")
        self._open[table] = file
        self._files[table].append(path)
        self._row_counts[path] = self._sizes[path] = 0
        return file

    def close(self) -> None:
        """Close all files, so that they can be read."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def items(self, table: str) -> Iterator[Any]:
        """Yield dlt's mark for importing a file, for each file of the table."""
        for path in self._files[table]:
            yield dlt.mark.with_file_import(str(path), "csv", self._row_counts[path])


def _held(cell: object, is_json: bool) -> object:
    if cell is None:
        return None
    if is_json and isinstance(cell, str):
        return json.dumps(storable_text(cell))  # dlt would take the text for JSON
    if isinstance(cell, str):
        return storable_text(cell)
    if isinstance(cell, list | dict):
        return storable(cell)
    return cell


def _cell(cell: object, is_json: bool) -> str:
    if cell is None:
        return ""
    if is_json:
        return _quoted(_json(cell))
    if isinstance(cell, str):
        return _quoted(storable_text(cell))
    if isinstance(cell, bool):
        return "t" if cell else "f"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, bytes):
        return rf"\x{cell.hex()}"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    raise TypeError(f"no CSV cell can hold a {type(cell).__name__}")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _json(body: object) -> str:
    """Return a body as JSON that ``jsonb`` takes, whatever characters it holds."""
    try:
        text = json.dumps(body)
    except TypeError:  # half a surrogate pair, which a reader should have cleaned
        text = r"\u0000"
    if r"\u0000" in text and isinstance(body, str | list | dict):
        text = json.dumps(storable(body))
    return text
