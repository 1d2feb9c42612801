"""The five roles of the database, each with as little as its work needs."""

from enum import StrEnum


class Role(StrEnum):
    """A role of PostgreSQL; roles belong to the server, and its databases share them.

    The loader writes the schemas of raw rows, the transformer (dbt) reads them and owns
    what it builds, the reader reads the marts, the scheduler keeps what Dagster stores,
    the notifier notes what was told to whom.
    """

    LOADER = "confradar_loader"
    TRANSFORMER = "confradar_transformer"
    READER = "confradar_reader"
    SCHEDULER = "confradar_scheduler"
    NOTIFIER = "confradar_notifier"
