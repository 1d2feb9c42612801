"""One run from files to marts: ingest each source, build what that changed, report.

The two halves meet here and nowhere else: ingestion is handed everything as arguments,
and the dbt project finds its server in the environment of this process.
"""

import csv
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from confradar.building import BuildOutcome, BuildReport, NodeResult, build_marts
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.extraction import label_rules_text
from confradar.settings import Settings, prepare_environment
from confradar.settings import now as clock

if TYPE_CHECKING:
    from psycopg import Connection

    from confradar.database import Logins
    from confradar.landing import Verdict
    from confradar.runs import LongerRun, RunRecord
    from ingestion.loading import PageProgress, RereadReport, SourceReport
    from ingestion.origins import Origin, PageOrigin
    from ingestion.registry import Registry, Source

log = logging.getLogger(__name__)

SAMPLE_OBSERVED_AT = datetime(2026, 11, 20, tzinfo=UTC)

# Reading pages in more processes than this is faster than any database takes them.
MAX_PROCESSES = 4

_ZONE_LABELS = Path("dbt_project/seeds/vocabulary/timezone_labels.csv")


class NothingStoredError(ConfRadarError):
    """No source could be reached, and no earlier load left anything to build from."""


class Listener:
    """Is told how a run goes on; this one keeps it to itself."""

    def waiting(self) -> None:
        """Another run is writing to the database; this one waits."""

    def source_begins(self, key: str, number: int) -> None:
        """The ``number``-th source is being loaded."""

    def source_ends(self, report: "SourceReport") -> None:
        """A source is done."""

    def page_visited(self, progress: "PageProgress") -> None:
        """A page of the source that is being loaded was had, or could not be."""

    def build_begins(self) -> None:
        """Loading is done, dbt is being imported."""

    def node_begins(self, number: int, total: int, name: str) -> None:
        """The ``number``-th of ``total`` models, seeds and tests is being built."""

    def node_ends(self, result: NodeResult) -> None:
        """The build is done, and this came of one of its nodes."""

    def note(self, text: str) -> None:
        """Something that the person should know, in one line."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sources, from where, seen when.

    Without ``folder`` and ``is_sample`` they are fetched from where they are published.
    ``folder`` may be a WARC file where one source of pages is selected.
    ``observed_at`` None is now; else the marts are built for that day. With
    ``accepts_shrink`` a list may have lost any number of its entries; with
    ``accepts_held`` what the landing door holds back is let in.
    """

    keys: tuple[str, ...] = ()
    folder: Path | None = None
    is_sample: bool = False
    observed_at: datetime | None = None
    accepts_shrink: bool = False
    accepts_held: bool = False


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. ``claims`` counts the current claims of each source key."""

    observed_at: datetime
    as_of: date
    is_replay: bool
    sources: "tuple[SourceReport, ...]"
    claims: dict[str, int]
    build: BuildReport

    @property
    def upcoming_from(self) -> datetime:
        """Return the moment from which "upcoming" counts in these marts."""
        if not self.is_replay:
            return self.observed_at
        return datetime(self.as_of.year, self.as_of.month, self.as_of.day, tzinfo=UTC)


def run(
    settings: Settings,
    logins: "Logins",
    selection: Selection,
    now: datetime,
    listener: Listener,
) -> RunReport:
    """Ingest what is selected, then build the marts unless nothing changed.

    Raises:
        NotMigratedError: an own server is not up to date.
        NothingStoredError: there is nothing to build from.
        DbtError: dbt could not begin.
        IngestionError: the registry is wrong, or the database refused.
    """
    from confradar import build_state
    from confradar.migrating import ensure_migrated
    from confradar.runs import recorded
    from confradar.sessions import session

    observed_at = selection.observed_at or now
    day = _Day.of(selection.observed_at, now)
    with ExitStack() as stack:
        stack.enter_context(
            build_state.only_writer(logins.loader.url, listener.waiting)
        )
        ensure_migrated(settings.root, logins)
        record = stack.enter_context(recorded(logins.loader, "run", clock))
        sources = _landed(
            settings, logins, selection, observed_at, record.run_id, listener
        )
        record.note_sources(sources)
        with session(logins.transformer.url) as connection:
            if not build_state.has_documents(connection):
                raise NothingStoredError(*_nothing_stored(sources, selection))
        report = _followed(settings, logins, day, listener)
        claims = _note_build(logins, record, report)
    return RunReport(
        observed_at=observed_at,
        as_of=day.as_of,
        is_replay=day.is_replay,
        sources=sources,
        claims=claims,
        build=report,
    )


def ingest_selected(
    settings: Settings,
    logins: "Logins",
    selection: Selection,
    now: datetime,
    listener: Listener,
    *,
    part_of: "LongerRun | None" = None,
) -> "tuple[SourceReport, ...]":
    """Only load what is selected; the marts stay as they are.

    As a step of a longer run it is noted there.

    Raises:
        NotMigratedError: an own server is not up to date.
        CalledWronglyError: nothing that is registered is selected.
        IngestionError: the registry is wrong, or the database refused.
    """
    from confradar import build_state
    from confradar.migrating import ensure_migrated
    from confradar.runs import recorded

    observed_at = selection.observed_at or now
    with build_state.only_writer(logins.loader.url, listener.waiting):
        ensure_migrated(settings.root, logins)
        with recorded(logins.loader, "ingest", clock, part_of=part_of) as record:
            sources = _landed(
                settings, logins, selection, observed_at, record.run_id, listener
            )
            record.note_sources(sources)
    return sources


def reread_stored(
    settings: Settings,
    logins: "Logins",
    keys: Sequence[str],
    now: datetime,
    listener: Listener,
) -> "tuple[RereadReport, ...]":
    """Read what is stored of sources of pages again, where that is due.

    Raises:
        CalledWronglyError: a key is not that of a source of pages.
        IngestionError: the registry is wrong, or the database refused.
    """
    from confradar import build_state
    from confradar.migrating import ensure_migrated
    from confradar.runs import recorded
    from ingestion.loading import reread_pages

    prepare_environment(settings, logins.transformer.url)
    sources = page_sources(settings, keys)
    zones = known_zone_labels(settings.root)
    rules = label_rules_text(settings.root)
    reports = []
    with ExitStack() as stack:
        stack.enter_context(
            build_state.only_writer(logins.loader.url, listener.waiting)
        )
        ensure_migrated(settings.root, logins)
        record = stack.enter_context(recorded(logins.loader, "extract", clock))
        for number, source in enumerate(sources, start=1):
            listener.source_begins(source.key, number)
            report = reread_pages(
                source,
                destination=logins.loader.url,
                label_rules=rules,
                known_zones=zones,
                seen_at=now,
                pipelines_dir=pipelines_of(settings),
                processes=process_count(),
                on_page=listener.page_visited,
            )
            reports.append(report)
            record.error = record.error or report.error
    return tuple(reports)


def build_stored(
    settings: Settings, logins: "Logins", now: datetime, listener: Listener
) -> BuildReport:
    """Make the marts follow what is stored, unless they do already.

    Marts that were built for a day that was asked for, as those of the sample are, are
    built for that day again.

    Raises:
        NotMigratedError: an own server is not up to date.
        NothingStoredError: there is nothing to build from.
        DbtError: dbt could not begin.
    """
    from confradar import build_state

    def day_of_last(connection: "Connection") -> _Day:
        last = build_state.read_state(connection)
        if last is not None and last.is_replay:
            return _Day(last.as_of, is_replay=True)
        return _Day.of(None, now)

    return _build_stored(settings, logins, day_of_last, listener, None)


def build_for(
    settings: Settings,
    logins: "Logins",
    observed_at: datetime | None,
    now: datetime,
    listener: Listener,
    *,
    part_of: "LongerRun | None" = None,
) -> BuildReport:
    """Build from what is stored as ``run`` does after loading, unless nothing changed.

    ``observed_at`` is that of a selection: None is today. As a step of a longer run it
    is noted there.

    Raises:
        NotMigratedError: an own server is not up to date.
        NothingStoredError: there is nothing to build from.
        DbtError: dbt could not begin.
    """
    day = _Day.of(observed_at, now)
    return _build_stored(settings, logins, lambda _: day, listener, part_of)


def _build_stored(
    settings: Settings,
    logins: "Logins",
    day_of: "Callable[[Connection], _Day]",
    listener: Listener,
    part_of: "LongerRun | None",
) -> BuildReport:
    from confradar import build_state
    from confradar.migrating import ensure_migrated
    from confradar.runs import recorded
    from confradar.sessions import session

    login = logins.transformer
    prepare_environment(settings, login.url)
    with ExitStack() as stack:
        stack.enter_context(build_state.only_writer(login.url, listener.waiting))
        ensure_migrated(settings.root, logins)
        record = stack.enter_context(recorded(login, "build", clock, part_of=part_of))
        with session(login.url) as connection:
            if not build_state.has_documents(connection):
                raise NothingStoredError(
                    "nothing is stored", "confradar run --sample needs no network"
                )
            day = day_of(connection)
        report = _followed(settings, logins, day, listener)
        _note_build(logins, record, report)
    return report


@dataclass(frozen=True, slots=True)
class _Day:
    """The day from which "upcoming" counts; ``is_replay`` if it was asked for."""

    as_of: date
    is_replay: bool

    @classmethod
    def of(cls, observed_at: datetime | None, now: datetime) -> "_Day":
        return cls((observed_at or now).date(), is_replay=observed_at is not None)


def _followed(
    settings: Settings, logins: "Logins", day: _Day, listener: Listener
) -> BuildReport:
    """Build for a day, unless the marts that there are came from the same."""
    from confradar import build_state
    from confradar.sessions import session

    with session(logins.transformer.url) as connection:
        wanted = build_state.fingerprint(connection, settings.root, day.as_of)
        if build_state.is_built(connection, wanted, is_replay=day.is_replay):
            return BuildReport(outcome=BuildOutcome.UNCHANGED)
    return _built(settings, logins, wanted, day.as_of, day.is_replay, listener)


def _note_build(
    logins: "Logins", record: "RunRecord", report: BuildReport
) -> dict[str, int]:
    """Note what a build came to; return how many claims each source makes now."""
    from confradar.warehouse import claim_counts, reading

    record.note_build(report)
    if report.outcome is BuildOutcome.FAILED:
        return {}
    with reading(logins.reader) as connection:
        claims = claim_counts(connection)
    record.note_claims(sum(claims.values()))
    return claims


def _built(
    settings: Settings,
    logins: "Logins",
    wanted: str,
    as_of: date,
    is_replay: bool,
    listener: Listener,
) -> BuildReport:
    """Build the marts; note what they were built from, and what tests said."""
    from confradar import build_state
    from confradar.checks import note_checks
    from confradar.sessions import session

    listener.build_begins()
    code = build_state.code_digest(settings.root)
    with session(logins.transformer.url) as connection:
        basis = build_state.basis_digest(connection, settings.root)
        is_same_code = build_state.is_built_by(connection, code)
        follows = build_state.can_be_followed(connection, basis)
        build_state.begin_build(connection)
    report = build_marts(
        settings.root,
        as_of,
        is_same_code=is_same_code,
        follows=follows,
        progress=listener.node_begins,
        on_result=listener.node_ends,
    )
    log.info(
        "dbt is done",
        extra={"outcome": str(report.outcome), "seconds": report.seconds},
    )
    # Where the server went away, this tells of it, and not what each node met.
    with session(logins.transformer.url) as connection:
        note_checks(connection, report.checks, clock())
        if report.outcome is BuildOutcome.BUILT:
            build_state.write_state(
                connection, wanted, as_of, is_replay=is_replay, code=code, basis=basis
            )
    return report


def page_sources(settings: Settings, keys: Sequence[str]) -> "tuple[Source, ...]":
    """Return the sources of pages with these keys, all if there are none.

    Raises:
        CalledWronglyError: a key is that of a list.
        IngestionError: a key is not registered, or the registry is wrong.
    """
    registry = registry_of(settings)
    if not keys:
        return registry.page_sources
    sources = tuple(registry.get(key) for key in dict.fromkeys(keys))
    for source in sources:
        if source.is_list:
            raise CalledWronglyError(
                f"{source.key} is a list, whose files are read by dbt",
                "only pages are read again: confradar sources tells the kinds",
            )
    return sources


def process_count() -> int:
    """Return in how many processes pages are read."""
    return min(MAX_PROCESSES, os.cpu_count() or 1)


def prepare_raw(settings: Settings, logins: "Logins") -> None:
    """Make every table exist that models read, on a server that is up to date.

    Raises:
        IngestionError: the database refused.
    """
    from ingestion.loading import ensure_raw_tables
    from ingestion.shapes import FAMILIES

    families = (*FAMILIES, "registry")
    ensure_raw_tables(families, logins.loader.url, pipelines_dir=pipelines_of(settings))


def registry_of(settings: Settings) -> "Registry":
    """Read the registry that ships, and the one that CONFRADAR_REGISTRY adds.

    Raises:
        RegistryError: an entry is wrong.
    """
    from ingestion.registry import load_registry

    return load_registry(*([settings.registry] if settings.registry else []))


def _landed(
    settings: Settings,
    logins: "Logins",
    selection: Selection,
    observed_at: datetime,
    run_id: UUID,
    listener: Listener,
) -> "tuple[SourceReport, ...]":
    """Load what is selected, and judge at the landing door what is new of it."""
    reports = _ingest(settings, logins, selection, observed_at, listener)
    if not settings.landing_checks:
        return reports
    from confradar.landing.door import Terms, check_landed

    registry = registry_of(settings)
    verdicts = check_landed(
        logins.loader.url,
        [registry.get(report.source_key) for report in reports],
        Terms(
            run_id=run_id,
            at=observed_at,
            max_lost_share=1 if selection.accepts_shrink else settings.max_shrink_share,
            accepts=selection.accepts_held,
        ),
    )
    return tuple(
        _at_the_door(report, verdicts.get(report.source_key), run_id, listener)
        for report in reports
    )


def _at_the_door(
    report: "SourceReport",
    verdict: "Verdict | None",
    run_id: UUID,
    listener: Listener,
) -> "SourceReport":
    """Return the report of a source with what the door said of it."""
    from confradar.landing import Expectation
    from ingestion.loading import LoadOutcome

    if verdict is None or verdict.passed:
        return report
    if verdict.hold is None:
        # What is odd was accepted, or there was nothing before: that is told once.
        for check in verdict.failures:
            if check.run_id == run_id or check.expectation is Expectation.AGE:
                listener.note(f"{report.source_key}: {check.sentence}")
        return report
    if report.error is not None:
        return report
    return replace(
        report,
        outcome=LoadOutcome.HELD,
        error=f"{report.source_key}: {verdict.sentence}; the documents before stay "
        "unless --accept-held is given",
    )


def _ingest(
    settings: Settings,
    logins: "Logins",
    selection: Selection,
    observed_at: datetime,
    listener: Listener,
) -> "tuple[SourceReport, ...]":
    from ingestion.loading import ingest, ingest_pages

    prepare_environment(settings, logins.transformer.url)
    registry = registry_of(settings)
    begun = 0

    def tell(key: str, report: "SourceReport | None") -> None:
        nonlocal begun
        if report is None:
            begun += 1
            listener.source_begins(key, begun)
        else:
            _log_source(report)
            listener.source_ends(report)

    zones = known_zone_labels(settings.root)
    rules = label_rules_text(settings.root)
    with ExitStack() as stack:
        plan = _planned(
            _Means(
                settings, logins, registry, rules, zones, observed_at, listener, stack
            ),
            selection,
        )
        lists = ingest(
            plan.lists,
            plan.files,
            destination=logins.loader.url,
            known_zones=zones,
            observed_at=observed_at,
            pipelines_dir=pipelines_of(settings),
            max_shrink_share=1
            if selection.accepts_shrink
            else settings.max_shrink_share,
            registry=registry,
            on_progress=tell,
        )
        pages = ingest_pages(
            plan.page_sources,
            plan.pages,
            destination=logins.loader.url,
            label_rules=rules,
            known_zones=zones,
            observed_at=observed_at,
            pipelines_dir=pipelines_of(settings),
            processes=process_count(),
            on_progress=tell,
            on_page=listener.page_visited,
        )
        return (*lists, *pages)


def _log_source(report: "SourceReport") -> None:
    log.log(
        logging.INFO if report.error is None else logging.WARNING,
        "%s is loaded" if report.error is None else "%s could not be loaded",
        report.source_key,
        extra={
            "source": report.source_key,
            "outcome": str(report.outcome),
            "new_documents": report.new_document_count,
            **({} if report.error is None else {"error": report.error}),
        },
    )


def pipelines_of(settings: Settings) -> Path:
    """Return where dlt keeps its working files."""
    return settings.home / "pipelines"


def known_zone_labels(root: Path) -> frozenset[str]:
    """Return the labels of zones that the models can apply, in lower case.

    The seed is the one table of them; ingestion is handed its labels. A label that the
    seed lists as naming no single zone (CST) gives no instant, so it is not among them.
    """
    with (root / _ZONE_LABELS).open(encoding="utf-8", newline="") as file:
        return frozenset(
            row["label"].casefold()
            for row in csv.DictReader(file)
            if row["timezone_name"]
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is loaded from where: lists as files, then pages."""

    lists: "Sequence[Source]"
    files: "Origin"
    page_sources: "Sequence[Source]"
    pages: "PageOrigin"


@dataclass(frozen=True, slots=True)
class _Means:
    """What it takes to plan; what has to be closed afterwards is left to ``stack``."""

    settings: Settings
    logins: "Logins"
    registry: "Registry"
    label_rules: str
    known_zones: frozenset[str]
    observed_at: datetime
    listener: Listener
    stack: ExitStack


def _planned(means: _Means, selection: Selection) -> _Plan:
    """Return what to load, and where it comes from.

    Raises:
        CalledWronglyError: nothing that is registered is selected.
        UnknownSourceError: a key is not registered.
    """
    wanted = [means.registry.get(key) for key in dict.fromkeys(selection.keys)]
    if selection.is_sample:
        from ingestion.origins import SAMPLE_FOLDER

        return _from_folder(means, wanted, SAMPLE_FOLDER)
    if selection.folder is None:
        return _from_web(means, wanted)
    if selection.folder.is_dir():
        return _from_folder(means, wanted, selection.folder)
    return _from_warc(wanted, selection.folder)


def _from_web(means: _Means, wanted: "Sequence[Source]") -> _Plan:
    from confradar.crawling import WebPages, polite_client
    from confradar.targets import all_targets
    from ingestion.origins import WebOrigin
    from ingestion.page_reading import PageReader

    crawl = means.settings.crawl
    client = means.stack.enter_context(polite_client(crawl))
    pages = WebPages(
        client,
        crawl,
        lambda: all_targets(
            means.logins.reader, crawl.targets, means.observed_at.date()
        ),
        lambda source: PageReader(source, means.label_rules, means.known_zones),
        means.observed_at,
    )
    return _divided(wanted or list(means.registry), WebOrigin(client), pages)


def _from_folder(means: _Means, wanted: "Sequence[Source]", folder: Path) -> _Plan:
    from ingestion.origins import FolderOrigin
    from ingestion.web.saved import SavedPagesOrigin

    own = wanted[0].key if len(wanted) == 1 else None
    origin = FolderOrigin(folder, own_folder_of=own)
    pages = SavedPagesOrigin(folder, own_folder_of=own)
    if wanted:
        return _divided(wanted, origin, pages)
    present = [source for source in means.registry if (folder / source.key).is_dir()]
    if not present:
        raise CalledWronglyError(
            f"{folder} has no folder that is named as a source",
            "confradar sources lists the keys; with one KEY it may be that one's own",
        )
    strangers = origin.unregistered_folders(means.registry)
    if strangers:
        told = ", ".join(strangers)
        means.listener.note(f"no source is registered as {told}: left out")
    return _divided(present, origin, pages)


def _from_warc(wanted: "Sequence[Source]", file: Path) -> _Plan:
    from ingestion.origins import FolderOrigin
    from ingestion.web.warc import WarcOrigin

    if not file.exists():
        raise CalledWronglyError(
            f"--from {file} is no folder and no file",
            "give a folder that holds one folder per source key, or a WARC file",
        )
    if len(wanted) != 1 or wanted[0].is_list:
        raise CalledWronglyError(
            f"--from {file} is a file, and a WARC file holds pages of one source",
            "name one source of pages: confradar ingest conference_pages --from FILE",
        )
    return _divided(wanted, FolderOrigin(file), WarcOrigin(file))


def _divided(
    sources: "Sequence[Source]", files: "Origin", pages: "PageOrigin"
) -> _Plan:
    return _Plan(
        lists=[source for source in sources if source.is_list],
        files=files,
        page_sources=[source for source in sources if not source.is_list],
        pages=pages,
    )


def _nothing_stored(
    sources: "Sequence[SourceReport]", selection: Selection
) -> tuple[str, str]:
    first = sources[0]
    others = f"; nor could {len(sources) - 1} others" if len(sources) > 1 else ""
    return (
        "no source could be loaded and nothing is stored: "
        f"{first.error or first.message}{others}",
        "look at the folder's files, and at confradar sources"
        if selection.folder
        else "confradar run --sample needs no network",
    )
