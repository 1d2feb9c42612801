"""One dlt pipeline per source: its settings, its working directory, its recovery.

dlt keeps the package of a load that did not finish and loads it before anything new.
After a kill that package can be half committed, and then every later run fails on it.
All that we need to know is in the destination, so a working directory is simply started
afresh, and rows of loads that were never completed are deleted before the next load.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dlt
from dlt.common.pipeline import get_dlt_pipelines_dir
from dlt.common.runtime.run_context import active

from ingestion.families.lists import Fill, raw_schema, raw_source
from ingestion.families.tables import dataset_of
from ingestion.loading.destinations import RawStore
from ingestion.loading.errors import named_failures

# Environment variables of the same names (LOAD__WORKERS, …) win over these.
_SETTINGS: Final[Mapping[str, Any]] = {
    "runtime.dlthub_telemetry": False,
    "runtime.log_level": "CRITICAL",  # what fails is reported by us, once
    "data_writer.disable_compression": True,  # three times as fast on wide rows
    "load.delete_completed_jobs": True,
    "load.workers": 2,
    "load.raise_on_max_retries": 2,
}


def pipelines_directory(pipelines_dir: Path | None) -> Path:
    """Return where pipelines work: the given directory or else dlt's own choice."""
    return Path(get_dlt_pipelines_dir()) if pipelines_dir is None else pipelines_dir


@contextmanager
def dlt_settings() -> Iterator[None]:
    """Set dlt up for this project while the context lasts, in this process only."""
    with dlt.config.values(_SETTINGS):
        active().initialize_runtime()
        yield


class RawPipeline:
    """The pipeline that loads one source into its family's schema.

    Use it under the source's lock only: creating it empties its working directory.
    """

    def __init__(
        self, name: str, family: str, store: RawStore, pipelines_dir: Path
    ) -> None:
        self.family = family
        self._name = name
        self._store = store
        self._pipelines_dir = pipelines_dir
        self._pipeline = self._fresh()

    def _fresh(self) -> dlt.Pipeline:
        with named_failures(f"{self._name}: cannot set the pipeline up"):
            working_dir = self._pipelines_dir / self._name
            if working_dir.exists():
                shutil.rmtree(working_dir)
            pipeline = dlt.pipeline(
                self._name,
                pipelines_dir=str(self._pipelines_dir),
                destination=self._store.dlt_destination(self._name),
                dataset_name=dataset_of(self.family),
            )
            pipeline.config.restore_from_destination = False
            pipeline.schemas.save_schema(raw_schema(self.family))
            return pipeline

    def create_tables(self) -> None:
        """Create the family's tables and dlt's own, or add columns that are missing."""
        with (
            named_failures(f"{self._name}: cannot create the raw tables"),
            self._pipeline.destination_client(self.family) as client,
        ):
            client.initialize_storage()
            client.update_stored_schema(force=True)

    def load(self, fill: Fill) -> None:
        """Load the rows that ``fill`` adds, all of them or none.

        Raises:
            DatabaseLoadError: the load did not get through.
            IngestionError: whatever ``fill`` raised.
        """
        csv_directory = None
        if self._store.is_postgres:
            csv_directory = Path(self._pipeline.working_dir) / "csv"
        source = raw_source(self.family, fill, csv_directory=csv_directory)
        try:
            with named_failures(f"{self._name}: the load failed"):
                self._pipeline.run(source)
        finally:
            if csv_directory is not None:
                shutil.rmtree(csv_directory, ignore_errors=True)
