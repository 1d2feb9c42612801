"""Load sources, each by itself: one that fails is reported and the others go on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

from ingestion.documents import MAX_SHRINK_SHARE, PublishedFile, VisitOutcome
from ingestion.errors import IngestionError
from ingestion.families.tables import REGISTRY_FAMILY
from ingestion.loading.destinations import Destination, RawStore, open_store
from ingestion.loading.errors import (
    BackwardsInTimeError,
    DatabaseLoadError,
    ListShrunkError,
    LoadingError,
    SameInstantError,
)
from ingestion.loading.looks import Look, ReadFile, source_visit_row
from ingestion.loading.pipelines import (
    RawPipeline,
    dlt_settings,
    pipelines_directory,
)
from ingestion.loading.raw_tables import ensure_raw_tables
from ingestion.loading.registry_rows import store_registry
from ingestion.loading.reports import LoadOutcome, Progress, SourceReport
from ingestion.loading.sessions import Session
from ingestion.loading.stored import has_visit, stored_source
from ingestion.origins import Origin
from ingestion.readers.lists import read_list
from ingestion.readers.records import Limits
from ingestion.registry import Source

DEFAULT_LIMITS = Limits()
DEFAULT_MAX_REJECT_SHARE = 0.5
DEFAULT_WAIT_SECONDS = 60.0


def ingest(
    sources: Sequence[Source],
    origin: Origin,
    *,
    destination: Destination,
    known_zones: frozenset[str],
    observed_at: datetime,
    pipelines_dir: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    max_reject_share: float = DEFAULT_MAX_REJECT_SHARE,
    max_shrink_share: float = MAX_SHRINK_SHARE,
    registry: Iterable[Source] | None = None,
    on_progress: Progress | None = None,
) -> list[SourceReport]:
    """Load these sources from an origin, one after the other, and the registry.

    A list that lost more than ``max_shrink_share`` of its entries since the last look
    that was accepted is refused; 1 accepts any. ``registry`` are all registered
    sources, for ``raw_registry.sources`` and so that every family has its tables; left
    out, the registry's rows stay as they are.

    Raises:
        DatabaseLoadError: the database cannot be used at all; nothing was loaded.
        ValueError: ``observed_at`` has no zone.
    """
    registered = None if registry is None else list(registry)
    families = {source.family for source in chain(sources, registered or ())}
    ensure_raw_tables(
        {*families, REGISTRY_FAMILY}, destination, pipelines_dir=pipelines_dir
    )
    if registered is not None:
        store_registry(
            registered,
            destination,
            observed_at=observed_at,
            pipelines_dir=pipelines_dir,
        )
    reports: list[SourceReport] = []
    for source in sources:
        if on_progress is not None:
            on_progress(source.key, None)
        report = _ingest(
            source,
            partial(origin.files, source),
            destination=destination,
            observed_at=observed_at,
            pipelines_dir=pipelines_dir,
            read=partial(read_list, known_zones=known_zones, limits=limits),
            max_reject_share=max_reject_share,
            max_shrink_share=max_shrink_share,
            wait_seconds=DEFAULT_WAIT_SECONDS,
        )
        reports.append(report)
        if on_progress is not None:
            on_progress(source.key, report)
    return reports


def ingest_source(
    source: Source,
    files: Iterable[PublishedFile],
    *,
    destination: Destination,
    known_zones: frozenset[str] = frozenset(),
    observed_at: datetime,
    pipelines_dir: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    max_reject_share: float = DEFAULT_MAX_REJECT_SHARE,
    max_shrink_share: float = MAX_SHRINK_SHARE,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    read: ReadFile | None = None,
) -> SourceReport:
    """Load one source and say what came of it; what goes wrong is in the report.

    ``files`` are read once, in a stream. A file whose content is stored already gets a
    visit and is not parsed. The same ``observed_at`` again adds nothing, and is refused
    with other files than before. ``read`` takes the place of the reader, for measuring.

    Raises:
        ValueError: ``observed_at`` has no zone.
    """
    try:
        ensure_raw_tables([source.family], destination, pipelines_dir=pipelines_dir)
    except LoadingError as error:
        return failed_report(source, str(error))
    return _ingest(
        source,
        lambda: files,
        destination=destination,
        observed_at=observed_at,
        pipelines_dir=pipelines_dir,
        read=read or partial(read_list, known_zones=known_zones, limits=limits),
        max_reject_share=max_reject_share,
        max_shrink_share=max_shrink_share,
        wait_seconds=wait_seconds,
    )


def _ingest(
    source: Source,
    files: Callable[[], Iterable[PublishedFile]],
    *,
    destination: Destination,
    observed_at: datetime,
    pipelines_dir: Path | None,
    read: ReadFile,
    max_reject_share: float,
    max_shrink_share: float,
    wait_seconds: float,
) -> SourceReport:
    if observed_at.tzinfo is None:
        raise ValueError("observed_at needs a zone")
    store = open_store(destination)
    directory = pipelines_directory(pipelines_dir)
    try:
        with (
            dlt_settings(),
            store.locked(source.key, source.family, directory, wait_seconds) as session,
        ):
            run = _Run(source, observed_at.astimezone(UTC), session, store, directory)
            return run.load(files, read, max_reject_share, max_shrink_share)
    except LoadingError as error:
        return failed_report(source, str(error))


class _Run:
    """One source in one run, under its lock."""

    def __init__(
        self,
        source: Source,
        observed_at: datetime,
        session: Session,
        store: RawStore,
        directory: Path,
    ) -> None:
        self._source = source
        self._observed_at = observed_at
        self._session = session
        self._store = store
        self._directory = directory

    def load(
        self,
        files: Callable[[], Iterable[PublishedFile]],
        read: ReadFile,
        max_reject_share: float,
        max_shrink_share: float,
    ) -> SourceReport:
        self._session.delete_unfinished(self._source.key)
        stored = stored_source(self._session, self._source.key)
        newest = stored.observed_at
        if newest is not None and self._observed_at < newest:
            raise BackwardsInTimeError(self._source.key, self._observed_at, newest)
        look = Look(
            self._source,
            _begun_late(files),
            stored=stored,
            observed_at=self._observed_at,
            read=read,
            max_reject_share=max_reject_share,
            max_shrink_share=max_shrink_share,
        )
        try:
            if newest == self._observed_at:
                look.fill(None)
                if look.changes:
                    raise SameInstantError(
                        self._source.key, self._observed_at, look.changes
                    )
            elif look.skip_known():
                self._session.store("visits", look.visit_rows())
            else:
                pipeline = RawPipeline(
                    self._source.key, self._source.family, self._store, self._directory
                )
                pipeline.load(look.fill)
        except (ListShrunkError, SameInstantError) as error:
            if newest != self._observed_at:
                record_failure(
                    self._session,
                    self._source,
                    self._observed_at,
                    str(error),
                    VisitOutcome.REFUSED,
                )
            return replace(
                look.report(),
                outcome=LoadOutcome.REFUSED,
                new_document_count=0,
                error=str(error),
            )
        except IngestionError as error:
            if newest != self._observed_at:
                record_failure(
                    self._session, self._source, self._observed_at, str(error)
                )
            return failed_report(self._source, str(error))
        report = look.report()
        if newest == self._observed_at and report.outcome is not LoadOutcome.REFUSED:
            report = replace(
                report,
                outcome=LoadOutcome.UNCHANGED,
                message=f"observed at {self._observed_at.isoformat()} already",
            )
        return report


def record_failure(
    session: Session,
    source: Source,
    observed_at: datetime,
    detail: str,
    outcome: VisitOutcome = VisitOutcome.FAILED,
) -> None:
    """Store that a source was looked at in vain, if the database lets us."""
    visit = source_visit_row(source, observed_at, outcome, detail)
    try:
        session.delete_unfinished(source.key)
        if not has_visit(session, str(visit["visit_key"])):
            session.store("visits", [visit])
    except DatabaseLoadError:
        # The first error is the one to report; it may well be this very one.
        return


def _begun_late(
    files: Callable[[], Iterable[PublishedFile]],
) -> Iterator[PublishedFile]:
    """Ask for the files only when the first is wanted: fetching may fail at once."""
    yield from files()


def failed_report(source: Source, error: str) -> SourceReport:
    """Return the report of a source that nothing was loaded of."""
    return SourceReport(
        source_key=source.key,
        family=source.family,
        outcome=LoadOutcome.FAILED,
        message="failed",
        error=error,
    )
