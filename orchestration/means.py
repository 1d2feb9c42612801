"""What every step needs: the settings, who connects as whom, and what is looked at."""

from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from dagster import ConfigurableResource, DagsterRun
from pydantic import Field

from confradar.database import Logins, logins_of
from confradar.instants import parse_instant
from confradar.running import SAMPLE_OBSERVED_AT, Selection
from confradar.runs import LongerRun
from confradar.settings import Settings, load_settings

WRITES = {"confradar/writes": "warehouse"}
"""The tag of runs that write: dagster.yaml lets one of them go on at a time."""


@cache
def settings() -> Settings:
    """Return the settings of this process.

    They are read once: a step tells dbt its login by the environment, from which the
    next would take it for the user of DATABASE_URL.
    """
    return load_settings()


@cache
def logins() -> Logins:
    """Return who connects as whom; without an own server the embedded one is started.

    Raises:
        ConfRadarError: the embedded server does not start.
    """
    return logins_of(settings())


class Looks(ConfigurableResource):  # type: ignore[type-arg]  # it has no value
    """From where sources are read; as it stands, from where they are published.

    The fields are those of ``confradar ingest``, for a run that is launched by hand.
    """

    sample: bool = Field(
        default=False, description="The small site that ships along, at its own time."
    )
    folder: str = Field(
        default="", description="A folder that holds one folder per source key."
    )
    as_of: str = Field(
        default="", description="The time of observation, for replaying archives."
    )
    accept_shrink: bool = Field(
        default=False, description="Take lists that lost many of their entries too."
    )

    @property
    def observed_at(self) -> datetime | None:
        """The time that was asked for; None is that of the step.

        Raises:
            CalledWronglyError: it is no time.
        """
        if self.sample:
            return SAMPLE_OBSERVED_AT
        return parse_instant(self.as_of) if self.as_of else None

    def selection(self, key: str) -> Selection:
        """Return what ``confradar ingest KEY`` would be told."""
        return Selection(
            keys=(key,),
            folder=Path(self.folder) if self.folder else None,
            is_sample=self.sample,
            observed_at=self.observed_at,
            accepts_shrink=self.accept_shrink,
        )


def longer_run(run: DagsterRun) -> LongerRun:
    """Return the run of Dagster as ``confradar.runs`` has it."""
    name = "materialize" if run.job_name.startswith("__") else run.job_name
    return LongerRun(UUID(run.run_id), f"dagster {name}")
