"""What Dagster serves: assets, checks, jobs, schedules and sensors."""

from dagster import Definitions

defs = Definitions()
