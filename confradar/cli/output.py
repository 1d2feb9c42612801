"""What commands print: tables and JSON on stdout, everything else on stderr."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

from rich.console import Console
from rich.table import Table

TABLE_PADDING = (0, 2, 0, 0)


def results() -> Console:
    """Return the console on stdout: results, and nothing else."""
    return Console(highlight=False, markup=False)


def messages() -> Console:
    """Return the console on stderr: progress, notes and errors."""
    return Console(stderr=True, highlight=False, markup=False)


def plain_table(*columns: str, title: str | None = None) -> Table:
    """Return a table without lines, so that it can be read, copied and cut."""
    table = Table(
        box=None,
        padding=TABLE_PADDING,
        pad_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
    )
    for name in columns:
        table.add_column(name)
    return table


def print_json(value: object) -> None:
    """Print one JSON document on stdout; instants in ISO 8601, in UTC."""
    text = json.dumps(value, default=_json_value, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as CSV on stdout, with a line of names; instants in ISO 8601."""
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in row.items()
            }
        )


def _json_value(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum | Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 file``, ``2 files``, ``1,000 files``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
