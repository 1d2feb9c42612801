"""``confradar extract``: the dated phrases of pages, with where they stand."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from confradar.errors import CalledWronglyError, ConfRadarError

if TYPE_CHECKING:
    from ingestion.readers.pages.records import Page, PageReading, Phrase

LABEL_WIDTH = 60


class Format(StrEnum):
    """How the phrases are printed."""

    TABLE = "table"
    JSONL = "jsonl"


def extract(
    pages: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE|URL...", help="Pages to read.", show_default=""),
    ] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Print every dated phrase of pages: what is due when, and the words that say so.

    Needs no database. A page that cannot be read is told and the others are read.
    """
    if not pages:
        raise CalledWronglyError(
            "no page to read", "name files or addresses: confradar extract page.html"
        )
    _extract_pages(pages, output)


def _extract_pages(names: Sequence[str], output: Format) -> None:
    from confradar.extraction import label_rules, read
    from confradar.settings import load_settings

    vocabulary = label_rules(load_settings().root)
    has_failed = False
    for number, name in enumerate(names):
        try:
            reading = read(name, _page(name), vocabulary)
        except ConfRadarError as error:
            has_failed = True
            tell(error)
            continue
        if output is Format.JSONL:
            _print_lines(name, reading)
        else:
            if number:
                typer.echo()
            _print_table(name, reading)
    if has_failed:
        raise typer.Exit(1)


def _page(name: str) -> "Page":
    from confradar.extraction import page_of_file

    return page_of_file(name)


def tell(error: ConfRadarError) -> None:
    """Tell an error that does not end the command."""
    typer.echo(f"error: {' '.join(error.message.split())}", err=True)
    if error.hint:
        typer.echo(f"hint: {error.hint}", err=True)


def _print_lines(name: str, reading: "PageReading") -> None:
    from confradar.extraction import as_record, phrases

    for phrase in phrases(reading):
        print_line(as_record(name, phrase))


def print_line(record: Mapping[str, object]) -> None:
    """Print one JSON object on one line."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a name of a file may hold what no encoding has
        line = json.dumps(record)
    sys.stdout.write(line + "\n")


def _print_table(name: str, reading: "PageReading") -> None:
    from rich.text import Text

    from confradar.cli.output import plain_table, results
    from confradar.extraction import phrases

    console = results()
    title = reading.title or "without a title"
    console.print(f"{name}: {title}", style="bold", soft_wrap=True)
    found = list(phrases(reading))
    if not found:
        console.print("no dated phrase")
        return
    table = plain_table()
    table.add_column("date", min_width=len("2026-11-20"), overflow="fold")
    table.add_column("time and zone", overflow="fold")
    table.add_column("kind", overflow="fold")
    table.add_column("label", overflow="fold")
    for phrase in found:
        style = "dim" if phrase.is_superseded else ""
        cells = (
            phrase.date or phrase.due_text,
            _when(phrase),
            _what(phrase),
            shorten(phrase.label_text, LABEL_WIDTH, placeholder=" …"),
        )
        table.add_row(*(Text(cell, style=style) for cell in cells))
    console.print(table)


def _when(phrase: "Phrase") -> str:
    from confradar.extraction import short_time

    return " ".join(filter(None, (short_time(phrase.time), phrase.timezone_text)))


def _what(phrase: "Phrase") -> str:
    what = phrase.kind.replace("_", " ")
    if phrase.track != "main":
        what += f" ({phrase.track.replace('_', ' ')})"
    if phrase.is_superseded:
        what += ", replaced"
    elif phrase.is_struck:
        what += ", struck out"
    return what
