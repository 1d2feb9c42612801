"""Draw the tables of the marts and the keys between them, from dbt's manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

_WIDTH, _HEAD, _LINE, _GAP, _BETWEEN = 216, 28, 20, 18, 44


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its key, and which of its columns is the key of which table."""

    name: str
    key: str
    references: Sequence[tuple[str, str]]

    @property
    def height(self) -> int:
        """Of its box: a head, a line for its key and one for each key of another."""
        return _HEAD + _LINE * (1 + len(self.references)) + 8


@dataclass(frozen=True, slots=True)
class _Box:
    table: Table
    x: int
    y: int


def tables_of(manifest: Mapping[str, Any]) -> list[Table]:
    """Return the tables of the marts that have keys in common, by name.

    Reports are left out: they are there to be read without a join.
    """
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] == "marts"
        and not node["name"].startswith("rpt_")
    ]
    keys = {
        model["name"]: [(key["column"], key["to"]) for key in _foreign_keys(model)]
        for model in models
    }
    linked = {name for name, found in keys.items() if found}
    linked |= {to for found in keys.values() for _, to in found}
    return sorted(
        (
            Table(model["name"], _primary_key(model), keys[model["name"]])
            for model in models
            if model["name"] in linked
        ),
        key=lambda table: table.name,
    )


def diagram(tables: Sequence[Table]) -> str:
    """Return the tables as SVG: those that others refer to on the left."""
    boxes = _placed(tables)
    width = max(box.x for box in boxes.values()) + _WIDTH + 8
    height = max(box.y + box.table.height for box in boxes.values()) + 8
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" font-size="13"'
            " font-family=\"system-ui, 'DejaVu Sans', sans-serif\">",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_arrows(boxes),
            *(part for box in boxes.values() for part in _drawn(box)),
            "</svg>",
        )
    )


def _foreign_keys(model: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    found: Iterable[Mapping[str, str]] = model["config"]["meta"].get("foreign_keys", ())
    return found


def _primary_key(model: Mapping[str, Any]) -> str:
    for name, column in model["columns"].items():
        if any(rule["type"] == "primary_key" for rule in column["constraints"]):
            return str(name)
    return ""


def _placed(tables: Sequence[Table]) -> Mapping[str, _Box]:
    """Put each table into the column behind all that it refers to."""
    by_name = {table.name: table for table in tables}

    def column(table: Table) -> int:
        others = [to for _, to in table.references if to != table.name]
        behind = [column(by_name[to]) for to in others]
        return 1 + max(behind, default=-1)

    heights: dict[int, int] = {}
    boxes = {}
    # What others refer to is above what nobody does, so that fewer lines cross.
    referred = {to for table in tables for _, to in table.references}
    for table in sorted(tables, key=lambda table: table.name not in referred):
        place = column(table)
        y = heights.get(place, 8)
        boxes[table.name] = _Box(table, 8 + place * (_WIDTH + _BETWEEN), y)
        heights[place] = y + table.height + _GAP
    return boxes


def _arrows(boxes: Mapping[str, _Box]) -> Iterable[str]:
    for box in boxes.values():
        for number, (column, to) in enumerate(box.table.references):
            other = boxes[to]
            x, y = box.x, box.y + _HEAD + _LINE * (number + 1) + 14
            end_x, end_y = other.x + _WIDTH, other.y + _HEAD + 14
            bend = max(24, (x - end_x) // 2)
            if other is box:  # of the same table: a bow beside it
                end_x, bend = x + _WIDTH, -24
                x = end_x
            yield (
                f'<path id="{box.table.name}.{column}" fill="none" stroke="#afb8c1"'
                f' stroke-width="1.4" d="M{x} {y}C{x - bend} {y} {end_x + bend} {end_y}'
                f' {end_x} {end_y}"/><circle cx="{end_x}" cy="{end_y}" r="3.5"'
                ' fill="#57606a"/>'
            )


def _drawn(box: _Box) -> Iterable[str]:
    table, x = box.table, box.x
    colour = "#2f7d5b" if table.name.startswith("fct_") else "#3d5a80"
    yield (
        f'<rect x="{x}" y="{box.y}" width="{_WIDTH}" height="{table.height}" rx="6"'
        f' fill="#f6f8fa" stroke="{colour}"/>'
        f'<path d="M{x} {box.y + _HEAD}h{_WIDTH}" stroke="{colour}"/>'
    )
    yield _text(x + 10, box.y + 19, table.name, f'font-weight="600" fill="{colour}"')
    yield _text(x + 10, box.y + _HEAD + 18, table.key, 'fill="#1f2328"')
    yield _text(x + _WIDTH - 32, box.y + _HEAD + 18, "key", 'fill="#57606a"')
    for number, (column, _) in enumerate(table.references, start=1):
        y = box.y + _HEAD + _LINE * number + 18
        yield _text(x + 10, y, column, 'fill="#57606a"')


def _text(x: int, y: int, words: str, style: str) -> str:
    return f'<text x="{x}" y="{y}" {style}>{escape(words)}</text>'
