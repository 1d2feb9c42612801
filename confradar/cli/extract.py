"""``confradar extract``: the dated phrases of pages, with where they stand."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from confradar.errors import CalledWronglyError, ConfRadarError

if TYPE_CHECKING:
    from rich.table import Table

    from ingestion.loading import ComparedDocument, RereadReport, StoredPhrase
    from ingestion.readers.pages.records import PageReading, Phrase
    from ingestion.web.client import PoliteClient

LABEL_WIDTH = 60
QUOTE_WIDTH = 72


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
    stored: Annotated[
        bool,
        typer.Option(
            "--stored", help="Read stored pages again with the present version."
        ),
    ] = False,
    compare: Annotated[
        tuple[int, int] | None,
        typer.Option(
            metavar="OLD NEW",
            help="What two versions made of stored pages differently.",
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source", metavar="KEY", help="Only pages of this source; repeatable."
        ),
    ] = None,
    build: Annotated[
        bool, typer.Option("--build", help="After --stored, build the marts.")
    ] = False,
) -> None:
    """Print every dated phrase of pages: what is due when, and the words that say so.

    Needs no database. A page that cannot be read is told and the others are read.

    --stored reads the pages in the database that have no reading of the present version
    of their reader, without network. --compare tells which phrases two versions
    understood differently.
    """
    if sum((bool(pages), stored, compare is not None)) != 1:
        raise CalledWronglyError(
            "there is no page to read"
            if not pages
            else "pages that are named and pages that are stored are read apart",
            "name files or addresses, or give --stored, or --compare OLD NEW",
        )
    if (source and pages) or (build and not stored):
        raise CalledWronglyError(
            "--source and --build are about pages that are stored",
            "leave them out, or give --stored",
        )
    if stored:
        _read_stored(source or [], output, build)
    elif compare is not None:
        _compare(source or [], *compare, output)
    else:
        _extract_pages(pages or [], output)


def _extract_pages(names: Sequence[str], output: Format) -> None:
    from confradar.extraction import (
        is_address,
        label_rules,
        page_at,
        page_of_file,
        read,
    )
    from confradar.settings import load_settings

    settings = load_settings()
    vocabulary = label_rules(settings.root)
    has_failed = False
    with ExitStack() as stack:
        client: PoliteClient | None = None
        has_printed = False
        for name in names:
            try:
                if is_address(name):
                    if client is None:
                        from confradar.crawling import polite_client

                        client = stack.enter_context(polite_client(settings.crawl))
                    page = page_at(name, client)
                else:
                    page = page_of_file(name)
                reading = read(name, page, vocabulary)
            except ConfRadarError as error:
                has_failed = True
                tell(error)
                continue
            if output is Format.JSONL:
                _print_lines(name, reading)
            else:
                if has_printed:
                    typer.echo()
                has_printed = True
                _print_table(name, reading)
    if has_failed:
        raise typer.Exit(1)


def _read_stored(keys: Sequence[str], output: Format, build: bool) -> None:
    from dataclasses import asdict

    from confradar.building import BuildOutcome
    from confradar.cli.run import print_build, progress
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.running import build_stored, reread_stored
    from confradar.settings import load_settings, now

    settings = load_settings()
    set_up(settings)
    built = None
    with progress("starting the database") as listener:
        logins = logins_of(settings)
        reports = reread_stored(settings, logins, keys, now(), listener)
        if build:
            built = build_stored(settings, logins, now(), listener)
    if output is Format.JSONL:
        for report in reports:
            print_line(asdict(report))
    else:
        _print_reports(reports)
        if built is not None:
            print_build(built)
        elif any(report.read_count for report in reports):
            typer.echo("confradar build makes the marts follow.")
    if any(report.error for report in reports) or (
        built is not None and built.outcome is BuildOutcome.FAILED
    ):
        raise typer.Exit(1)


def _print_reports(reports: "Sequence[RereadReport]") -> None:
    from confradar.cli.output import plain_table, results

    console = results()
    table = plain_table("source")
    for name in ("version", "stored", "read again", "usable", "phrases"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        table.add_row(
            report.source_key,
            str(report.reader_version),
            f"{report.document_count:,}",
            f"{report.read_count:,}",
            f"{report.usable_count:,}",
            f"{report.phrase_count:,}",
        )
    console.print(table)
    console.print()
    for report in reports:
        if report.unread_count:
            console.print(
                f"{report.source_key}: reading {report.unread_count:,} ended the "
                "process that read it; its earlier reading stays",
                style="yellow",
                soft_wrap=True,
            )
        if report.error:
            console.print(report.error, style="red", soft_wrap=True)


def _compare(keys: Sequence[str], old: int, new: int, output: Format) -> None:
    from confradar.cli.run import progress
    from confradar.database import logins_of
    from confradar.running import page_sources, pipelines_of
    from confradar.settings import load_settings, prepare_environment
    from ingestion.loading import ChangeType, compared_documents, stored_versions

    settings = load_settings()
    with progress("starting the database"):
        url = logins_of(settings).loader.url
    prepare_environment(settings)
    directory = pipelines_of(settings)
    changes = dict.fromkeys(ChangeType, 0)
    document_count = changed_count = 0
    sources = page_sources(settings, keys)
    known: set[int] = set()
    for source in sources:
        versions = stored_versions(source, url, pipelines_dir=directory)
        numbers = {version.reader_version for version in versions}
        known |= numbers
        if not {old, new} <= numbers:
            continue
        for document in compared_documents(
            source, url, old, new, pipelines_dir=directory
        ):
            document_count += 1
            changed_count += bool(document.changes)
            for change in document.changes:
                changes[change.change] += 1
            if output is Format.JSONL:
                _print_changes(source.key, document)
            elif document.changes:
                _print_document(source.key, document)
    if not document_count:
        told = ", ".join(map(str, sorted(known))) or "none"
        raise ConfRadarError(
            f"no stored page was read by both version {old} and version {new}",
            f"versions that are stored: {told}; confradar extract --stored adds the "
            "present one",
        )
    if output is Format.TABLE:
        told = ", ".join(f"{count:,} {change}" for change, count in changes.items())
        typer.echo(
            f"Phrases: {told}, in {changed_count:,} of {document_count:,} documents."
        )


def _print_changes(source_key: str, document: "ComparedDocument") -> None:
    from dataclasses import asdict

    for change in document.changes:
        print_line(
            {
                "source": source_key,
                "path": document.path,
                "source_url": document.source_url,
                "change": change.change.value,
                "old": change.old and asdict(change.old),
                "new": change.new and asdict(change.new),
            }
        )


def _print_document(source_key: str, document: "ComparedDocument") -> None:
    from confradar.cli.output import results

    console = results()
    title = f"{source_key}: {document.source_url or document.path}"
    console.print(title, style="bold", soft_wrap=True)
    for change in document.changes:
        if change.old is not None:
            console.print(f"  - {_in_words(change.old)}", style="red", soft_wrap=True)
        if change.new is not None:
            console.print(f"  + {_in_words(change.new)}", style="green", soft_wrap=True)
        told = change.new or change.old
        if told is not None:
            quote = shorten(told.quote, QUOTE_WIDTH, placeholder=" …")
            console.print(f"    “{quote}”", style="dim", soft_wrap=True)
    console.print()


def _in_words(phrase: "StoredPhrase") -> str:
    from confradar.extraction import short_time

    when = (
        phrase.date or phrase.due_text,
        short_time(phrase.time),
        phrase.timezone_text,
    )
    label = shorten(phrase.label_text, LABEL_WIDTH, placeholder=" …")
    return f"{' '.join(filter(None, when))}  {_what(phrase)}: {label}"


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
    from confradar.cli.output import results
    from confradar.extraction import phrases

    console = results()
    title = reading.title or "without a title"
    console.print(f"{name}: {title}", style="bold", soft_wrap=True)
    found = list(phrases(reading))
    if not found:
        console.print("no dated phrase")
    else:
        console.print(_table(found))
    for finding in reading.findings:
        told = f"{finding.reason.replace('_', ' ')}: {finding.detail}"
        console.print(told, style="yellow", soft_wrap=True)


def _table(found: "Sequence[Phrase]") -> "Table":
    from rich.text import Text

    from confradar.cli.output import plain_table

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
    return table


def _when(phrase: "Phrase") -> str:
    from confradar.extraction import short_time

    return " ".join(filter(None, (short_time(phrase.time), phrase.timezone_text)))


def _what(phrase: "Phrase | StoredPhrase") -> str:
    what = phrase.kind.replace("_", " ")
    if phrase.track != "main":
        what += f" ({phrase.track.replace('_', ' ')})"
    if phrase.is_superseded:
        what += ", replaced"
    elif getattr(phrase, "is_struck", False):
        what += ", struck out"
    return what
