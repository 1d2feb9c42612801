"""``confradar run`` and ``confradar ingest``: from published files to tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from confradar.cli.options import AsJson, AsOf, instant_option
from confradar.errors import CalledWronglyError
from confradar.wording import WAITING

if TYPE_CHECKING:
    from confradar.building import BuildReport
    from confradar.database import Login
    from confradar.running import Listener, RunReport
    from ingestion.loading import PageProgress, SourceReport, Trouble

SHOWN_DEADLINES = 10
SHOWN_PROBLEMS = 10
SHOWN_PATH = 40  # characters of a page's, while it is being loaded

Folder = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="DIR",
        help="Read from here, one folder per source key, instead of the web. With one "
        "KEY: its own folder, or for a source of pages a WARC file.",
    ),
]

AcceptShrink = Annotated[
    bool,
    typer.Option(
        "--accept-shrink",
        help="Take lists that lost many of their entries too. Without it, one that "
        "lost more than a quarter (CONFRADAR_MAX_SHRINK_SHARE) is refused.",
    ),
]

AcceptHeld = Annotated[
    bool,
    typer.Option(
        "--accept-held",
        help="Let in what the landing door holds back of these sources: confradar "
        "sources tells what that is, and why.",
    ),
]


def run(
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the small site that ships along.")
    ] = False,
    folder: Folder = None,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="KEY", help="Only this source; repeatable."),
    ] = None,
    as_of: AsOf = None,
    accept_shrink: AcceptShrink = False,
    accept_held: AcceptHeld = False,
    as_json: AsJson = False,
) -> None:
    """Load every source, build and test the marts, show the next deadlines.

    Without --sample and --from everything is fetched from where it is published: the
    lists, then pages, politely and at most CONFRADAR_MAX_PAGES of each source.
    """
    observed_at = instant_option(as_of, "--as-of")
    if sample and (folder or observed_at):
        raise CalledWronglyError(
            "--sample brings its own files and its own time",
            "leave out --from and --as-of, or leave out --sample",
        )
    from confradar.building import BuildOutcome
    from confradar.cli.output import print_json
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.running import SAMPLE_OBSERVED_AT, Selection
    from confradar.running import run as run_all
    from confradar.settings import load_settings, now

    settings = load_settings()
    set_up(settings)
    selection = Selection(
        keys=tuple(source or ()),
        folder=folder,
        is_sample=sample,
        observed_at=SAMPLE_OBSERVED_AT if sample else observed_at,
        accepts_shrink=accept_shrink,
        accepts_held=accept_held,
    )
    with progress("starting the database") as listener:
        logins = logins_of(settings)
        report = run_all(settings, logins, selection, now(), listener)
    if as_json:
        print_json(_as_document(report))
    else:
        _print_sources(report.sources, report.claims)
        print_build(report.build)
        if report.build.outcome is not BuildOutcome.FAILED:
            _print_next(logins.reader, report.upcoming_from)
    if report.build.outcome is BuildOutcome.FAILED:
        raise typer.Exit(1)


def ingest(
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY]...", help="Only these sources.", show_default=""),
    ] = None,
    folder: Folder = None,
    as_of: AsOf = None,
    accept_shrink: AcceptShrink = False,
    accept_held: AcceptHeld = False,
    as_json: AsJson = False,
) -> None:
    """Only load: the raw tables are brought up to date, the marts stay.

    With one KEY, --from may be that source's own folder, or a WARC file for a source of
    pages. --as-of replays an archive: it may not go backwards for a source. A run that
    is stopped keeps the pages that it had, and the next one goes on.
    """
    from confradar.cli.output import print_json
    from confradar.database import logins_of
    from confradar.logs import set_up
    from confradar.running import Selection, ingest_selected
    from confradar.settings import load_settings, now

    selection = Selection(
        keys=tuple(keys or ()),
        folder=folder,
        observed_at=instant_option(as_of, "--as-of"),
        accepts_shrink=accept_shrink,
        accepts_held=accept_held,
    )
    settings = load_settings()
    set_up(settings)
    with progress("starting the database") as listener:
        logins = logins_of(settings)
        reports = ingest_selected(settings, logins, selection, now(), listener)
    if as_json:
        print_json({"sources": [_as_entry(report, None) for report in reports]})
    else:
        _print_sources(reports, None)
    if all(is_failure(report) for report in reports):
        raise typer.Exit(1)


def is_failure(report: "SourceReport") -> bool:
    """Tell whether nothing of the source's files was taken."""
    return report.error is not None


def _as_document(report: "RunReport") -> dict[str, object]:
    return {
        "observed_at": report.observed_at,
        "as_of": report.as_of,
        "sources": [
            _as_entry(source, report.claims.get(source.source_key, 0))
            for source in report.sources
        ],
        "build": _without_checks(report.build),
    }


def _without_checks(build: "BuildReport") -> dict[str, object]:
    """Return what a build came to; each of its tests is in confradar.check_results."""
    return {name: value for name, value in asdict(build).items() if name != "checks"}


def _as_entry(report: "SourceReport", claims: int | None) -> dict[str, object]:
    return {
        "key": report.source_key,
        "family": report.family,
        "outcome": report.outcome,
        "documents": report.document_count,
        "new_documents": report.new_document_count,
        **({} if claims is None else {"claims": claims}),
        "rejects": report.reject_count,
        "dropped_entries": report.dropped_entry_count,
        "entries": report.entry_count,
        "message": report.error or report.message,
        "troubles": report.troubles,
    }


def _print_sources(
    reports: "Sequence[SourceReport]", claims: Mapping[str, int] | None
) -> None:
    from rich.text import Text

    from confradar.cli.output import count, plain_table, results

    table = plain_table("source")
    for name in ("documents", "new", "claims", "rejects"):
        if name != "claims" or claims is not None:
            table.add_column(name, justify="right", no_wrap=True)
    table.add_column("outcome", overflow="fold")
    for report in reports:
        cells = [
            report.source_key,
            f"{report.document_count:,}",
            f"{report.new_document_count:,}",
            f"{report.reject_count:,}",
        ]
        if claims is not None:
            cells.insert(3, f"{claims.get(report.source_key, 0):,}")
        style = "red" if is_failure(report) else ""
        table.add_row(*cells, Text(str(report.outcome), style=style))
    console = results()
    console.print(table)
    console.print()
    for report in reports:
        if is_failure(report):
            # An error names its source already where it is about one.
            reason = (report.error or "").removeprefix(f"{report.source_key}: ")
            console.print(f"{report.source_key}: {reason}", style="red", soft_wrap=True)
        for trouble in report.troubles:
            _print_trouble(report.source_key, trouble)
    failed = sum(is_failure(report) for report in reports)
    if failed:
        console.print(
            f"{count(failed, 'source')} of {len(reports)} could not be loaded, or let "
            "in; what was known of them stays."
        )


def _print_trouble(source_key: str, trouble: "Trouble") -> None:
    from confradar.cli.output import count, results

    what = trouble.outcome.replace("_", " ")
    results().print(
        f"{source_key}: {count(trouble.count, 'page')} {what}, as {trouble.example}",
        style="yellow",
        soft_wrap=True,
    )


def print_build(build: "BuildReport") -> None:
    """Print what a build came to."""
    from confradar.building import BuildOutcome
    from confradar.cli.output import count, results

    console = results()
    match build.outcome:
        case BuildOutcome.UNCHANGED:
            console.print("Nothing changed: the marts stay as they are.")
        case BuildOutcome.BUILT:
            console.print(
                f"Built {count(build.models, 'model')} and passed "
                f"{count(build.tests - len(build.warnings), 'test')} "
                f"in {build.seconds:.0f} s."
            )
        case BuildOutcome.FAILED:
            console.print(
                f"The build failed: {count(len(build.failures), 'node')} failed, "
                f"{count(build.skipped, 'other')} skipped.",
                style="red",
            )
    for problem in (*build.failures, *build.warnings)[:SHOWN_PROBLEMS]:
        console.print(
            f"{problem.status}: {problem.kind} {problem.name} ({problem.path}): "
            f"{problem.message}",
            style="red" if problem in build.failures else "yellow",
            soft_wrap=True,
        )
    if len(build.failures) + len(build.warnings) > SHOWN_PROBLEMS:
        console.print("… more in logs/dbt.log")


def _print_next(login: "Login", after: datetime) -> None:
    from confradar.cli.deadlines import print_deadlines
    from confradar.cli.output import results
    from confradar.warehouse import DeadlineFilter, reading, upcoming_deadlines

    with reading(login) as connection:
        found = upcoming_deadlines(
            connection, DeadlineFilter(after=after, limit=SHOWN_DEADLINES)
        )
    results().print()
    print_deadlines(found, after)


@contextmanager
def progress(first: str) -> "Iterator[Listener]":
    """Show what is being done on a terminal; say nothing in a pipe."""
    from confradar.cli.output import messages
    from confradar.running import Listener

    console = messages()

    class Quiet(Listener):
        """Says what a person must know, and no more."""

        def waiting(self) -> None:
            console.print(WAITING)

        def note(self, text: str) -> None:
            console.print(text, soft_wrap=True)

    if not console.is_terminal:
        yield Quiet()
        return
    with console.status(first) as status:

        class Shown(Quiet):
            """Says in one line what is being done."""

            def source_begins(self, key: str, number: int) -> None:
                status.update(f"loading {key}, source {number}")

            def page_visited(self, progress: "PageProgress") -> None:
                seen, new = f"{progress.seen:,}", f"{progress.new:,}"
                status.update(
                    f"loading {progress.source_key}: {seen} pages, {new} new, "
                    f"{shorten(progress.path, SHOWN_PATH, placeholder='…')}"
                )

            def node_begins(self, number: int, total: int, name: str) -> None:
                status.update(f"building {name} ({number} of {total})")

            def build_begins(self) -> None:
                status.update("starting dbt")

        yield Shown()
