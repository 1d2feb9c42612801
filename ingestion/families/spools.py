"""Rows on their way into dlt: as CSV files where the destination takes them.

dlt imports a finished file as it is, without unpacking every row again: at 20,000
documents that takes a quarter of the time. The price is that the files must be exactly
what ``COPY … (FORMAT CSV, NULL '')`` expects, which is this module's business.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import dlt
from dlt.common import json
from dlt.common.data_types import TDataType

from ingestion.documents import Body
from ingestion.families.tables import DLT_COLUMNS, Columns
from ingestion.readers.text import storable, storable_text

Row = Mapping[str, object]

# One file is one COPY and one transaction; rows are flushed as they come.
FILE_BYTES = 32 * 1024 * 1024
LIST_ROWS = 500


class Spool(ABC):
    """Rows of several tables, in the order in which they were added."""

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
        self._json_names = {
            table: frozenset(
                name
                for name, column in columns.items()
                if column.get("data_type") == "json"
            )
            for table, columns in tables.items()
        }
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
    """Rows as CSV files with a header, of at most about ``FILE_BYTES`` each.

    A text is always quoted and so never read as null, except in a nullable column,
    where dlt has Postgres read an empty text as null.
    """

    def __init__(
        self, tables: Mapping[str, Columns], directory: Path, load_id: str
    ) -> None:
        """Remember where to write; ``load_id`` is the dlt load that the rows join."""
        self._formats = {
            table: {
                name: _FORMATS[column["data_type"]]
                for name, column in columns.items()
                if name not in DLT_COLUMNS
            }
            for table, columns in tables.items()
        }
        self._directory = directory
        self._load_cell = _quoted(load_id)
        self._open: dict[str, tuple[Path, IO[bytes]]] = {}
        self._files: dict[str, list[Path]] = defaultdict(list)
        self._row_counts: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, table: str, row: Row) -> None:
        """Write one row."""
        formats = self._formats[table]
        if row.keys() != formats.keys():
            wrong = ", ".join(sorted(row.keys() ^ formats.keys()))
            raise ValueError(f"{table} has other columns than the row: {wrong}")
        cells = [
            "" if (cell := row[name]) is None else as_csv(cell)
            for name, as_csv in formats.items()
        ]
        # dlt's own columns; the table's key, its first column, is as good as any.
        cells += (self._load_cell, cells[0])
        path, file = self._open.get(table) or self._next_file(table)
        self._sizes[path] += file.write(_encoded(",".join(cells) + "\n"))
        self._row_counts[path] += 1
        if self._sizes[path] > FILE_BYTES:
            del self._open[table]
            file.close()

    def _next_file(self, table: str) -> tuple[Path, IO[bytes]]:
        path = self._directory / f"{table}-{len(self._files[table])}.csv"
        file = path.open("wb")
        names = (*self._formats[table], *DLT_COLUMNS)
        file.write(f"{','.join(names)}\n".encode())
        self._files[table].append(path)
        self._row_counts[path] = self._sizes[path] = 0
        self._open[table] = path, file
        return path, file

    def close(self) -> None:
        """Close all files, so that they can be read."""
        for _, file in self._open.values():
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


def _encoded(line: str) -> bytes:
    """Return a line in UTF-8, with U+FFFD for what no database can hold."""
    if "\0" not in line:
        try:
            return line.encode()
        except UnicodeEncodeError:  # half a surrogate pair
            pass
    return storable_text(line).encode()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _json(body: Body) -> str:
    """Return a body as JSON that ``jsonb`` takes, whatever characters it holds."""
    try:
        text = json.dumps(body)
    except TypeError:  # half a surrogate pair, which a reader should have cleaned
        return json.dumps(storable(body))
    return json.dumps(storable(body)) if r"\u0000" in text else text


@lru_cache(maxsize=16)
def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


# Chosen once for a column instead of once for a cell: there are many cells.
_FORMATS: Final[Mapping[TDataType | None, Callable[[Any], str]]] = {
    "text": _quoted,
    "json": lambda body: _quoted(_json(body)),
    "binary": lambda content: rf"\x{content.hex()}",
    "bigint": str,
    "bool": lambda flag: "t" if flag else "f",
    "timestamp": _instant,
}
