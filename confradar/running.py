"""One run from files to marts: ingest each source, build what that changed, report.

The two halves meet here and nowhere else: ingestion is handed everything as arguments,
and the dbt project finds its server in the environment of this process.
"""

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from confradar.building import BuildOutcome, BuildReport, build_marts
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.settings import Settings, prepare_environment

if TYPE_CHECKING:
    from ingestion.loading import SourceReport
    from ingestion.origins import Origin
    from ingestion.registry import Registry, Source

SAMPLE_OBSERVED_AT = datetime(2026, 11, 20, tzinfo=UTC)

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

    def build_begins(self) -> None:
        """Loading is done, dbt is being imported."""

    def node_begins(self, number: int, total: int, name: str) -> None:
        """The ``number``-th of ``total`` models, seeds and tests is being built."""

    def note(self, text: str) -> None:
        """Something that the person should know, in one line."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sources, from where, seen when.

    Without ``folder`` and ``is_sample`` they are fetched from where they are published.
    ``observed_at`` None is now; else the marts are built for that day.
    """

    keys: tuple[str, ...] = ()
    folder: Path | None = None
    is_sample: bool = False
    observed_at: datetime | None = None


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
    url: str,
    selection: Selection,
    now: datetime,
    listener: Listener,
) -> RunReport:
    """Ingest what is selected, then build the marts unless nothing changed.

    Raises:
        NothingStoredError: there is nothing to build from.
        DbtError: dbt could not begin.
        IngestionError: the registry is wrong, or the database refused.
    """
    from confradar import build_state
    from confradar.warehouse import claim_counts, reading

    observed_at = selection.observed_at or now
    is_replay = selection.observed_at is not None
    with build_state.only_writer(url, listener.waiting):
        sources = _ingest(settings, url, selection, observed_at, listener)
        with build_state.connection(url) as connection:
            if not build_state.has_documents(connection):
                raise NothingStoredError(*_nothing_stored(sources, selection))
            wanted = build_state.fingerprint(
                connection, settings.root, observed_at.date()
            )
            is_built = build_state.is_built(connection, wanted, is_replay=is_replay)
        if is_built:
            report = BuildReport(outcome=BuildOutcome.UNCHANGED)
        else:
            listener.build_begins()
            report = build_marts(
                settings.root, observed_at.date(), progress=listener.node_begins
            )
            with build_state.connection(url) as connection:
                if report.outcome is BuildOutcome.BUILT:
                    build_state.write_state(
                        connection, wanted, observed_at.date(), is_replay=is_replay
                    )
        claims: dict[str, int] = {}
        if report.outcome is not BuildOutcome.FAILED:
            with reading(url) as connection:
                claims = claim_counts(connection)
    return RunReport(
        observed_at=observed_at,
        as_of=observed_at.date(),
        is_replay=is_replay,
        sources=sources,
        claims=claims,
        build=report,
    )


def ingest_selected(
    settings: Settings,
    url: str,
    selection: Selection,
    now: datetime,
    listener: Listener,
) -> "tuple[SourceReport, ...]":
    """Only load what is selected; the marts stay as they are.

    Raises:
        CalledWronglyError: nothing that is registered is selected.
        IngestionError: the registry is wrong, or the database refused.
    """
    from confradar import build_state

    with build_state.only_writer(url, listener.waiting):
        return _ingest(settings, url, selection, selection.observed_at or now, listener)


def prepare_raw(settings: Settings, url: str) -> None:
    """Make every raw table exist, so that the models of all families can be built."""
    from ingestion.loading import ensure_raw_tables
    from ingestion.shapes import FAMILIES

    families = (*FAMILIES, "registry")
    ensure_raw_tables(families, url, pipelines_dir=_pipelines(settings))


def registry_of(settings: Settings) -> "Registry":
    """Read the registry that ships, and the one that CONFRADAR_REGISTRY adds.

    Raises:
        RegistryError: an entry is wrong.
    """
    from ingestion.registry import load_registry

    return load_registry(*([settings.registry] if settings.registry else []))


def _ingest(
    settings: Settings,
    url: str,
    selection: Selection,
    observed_at: datetime,
    listener: Listener,
) -> "tuple[SourceReport, ...]":
    from ingestion.loading import ingest

    prepare_environment(settings, url)
    registry = registry_of(settings)
    prepare_raw(settings, url)
    begun = 0

    def tell(key: str, report: "SourceReport | None") -> None:
        nonlocal begun
        if report is None:
            begun += 1
            listener.source_begins(key, begun)
        else:
            listener.source_ends(report)

    with ExitStack() as stack:
        chosen, origin = _chosen(registry, selection, listener, stack)
        return tuple(
            ingest(
                chosen,
                origin,
                destination=url,
                known_zones=known_zone_labels(settings.root),
                observed_at=observed_at,
                pipelines_dir=_pipelines(settings),
                registry=registry,
                on_progress=tell,
            )
        )


def _pipelines(settings: Settings) -> Path:
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


def _chosen(
    registry: "Registry",
    selection: Selection,
    listener: Listener,
    stack: ExitStack,
) -> "tuple[Sequence[Source], Origin]":
    """Return the sources to load and where their files come from.

    What has to be closed afterwards is left to ``stack``.
    """
    from ingestion.origins import FolderOrigin, SampleOrigin, WebOrigin

    wanted = [registry.get(key) for key in dict.fromkeys(selection.keys)]
    if selection.folder is None and not selection.is_sample:
        from ingestion.web.client import PoliteClient

        user_agent = f"confradar/{version('confradar')}"
        client = stack.enter_context(PoliteClient(user_agent=user_agent))
        return wanted or registry.lists, WebOrigin(client)
    if selection.is_sample:
        origin: FolderOrigin = SampleOrigin()
    else:
        folder = selection.folder or Path()
        if not folder.is_dir():
            raise CalledWronglyError(
                f"--from {folder} is no folder",
                "give a folder that holds one folder per source key",
            )
        own = wanted[0].key if len(wanted) == 1 else None
        origin = FolderOrigin(folder, own_folder_of=own)
    if wanted:
        return wanted, origin
    present = [
        source for source in registry.lists if (origin.root / source.key).is_dir()
    ]
    if not present:
        raise CalledWronglyError(
            f"{origin.root} has no folder that is named as a source",
            "confradar sources lists the keys; with one KEY it may be that one's own",
        )
    strangers = origin.unregistered_folders(registry)
    if strangers:
        listener.note(f"no source is registered as {', '.join(strangers)}: left out")
    return present, origin


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
