"""Databases for the loading tests: SQLite for speed, Postgres for the truth."""

from pathlib import Path

import pytest

from tests.conftest import Sites
from tests.ingestion.raw_databases import (
    PostgresDatabase,
    RawDatabase,
    SqliteDatabase,
)


@pytest.fixture
def postgres_url(sites: Sites) -> str:
    """Return the URL of an empty database of the test's own."""
    return sites.make().url


@pytest.fixture
def postgres(postgres_url: str, tmp_path: Path) -> PostgresDatabase:
    """Return an empty database on the server."""
    return PostgresDatabase(postgres_url, tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def raw(request: pytest.FixtureRequest, tmp_path: Path) -> RawDatabase:
    """Return an empty database: the test is run on SQLite and on Postgres."""
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path)
    database: PostgresDatabase = request.getfixturevalue("postgres")
    return database
