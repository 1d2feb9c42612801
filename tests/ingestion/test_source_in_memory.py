"""The dlt source alone, on SQLite in memory: no server, no file of a database.

There dlt has one dataset, named main, so the loading around it (a dataset per family)
is tested on a SQLite file and on Postgres.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from ingestion.families.lists import raw_source
from ingestion.families.spools import Spool
from tests.ingestion.raw_databases import FIRST_DAY


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    # One connection for all: a second one would open another, empty database. So one
    # worker too: the transactions of two would end each other, now and then.
    monkeypatch.setenv("LOAD__WORKERS", "1")
    engine = create_engine(
        "sqlite:///:memory:",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )
    yield engine
    engine.dispose()


def load(engine: Engine, directory: Path, *rejects: dict[str, Any]) -> None:
    def fill(spool: Spool) -> None:
        for row in rejects:
            spool.add("rejects", row)

    pipeline = dlt.pipeline(
        "in_memory",
        destination=dlt.destinations.sqlalchemy(engine),
        dataset_name="main",
        pipelines_dir=str(directory),
    )
    pipeline.run(raw_source("paperswithcode", fill, csv_directory=None))


def reject(key: str, entry: object) -> dict[str, Any]:
    return {
        "reject_key": key,
        "source_key": "a-list",
        "document_key": "d",
        "path": "2027-01-15",
        "position": "",
        "reason": "not_a_mapping",
        "detail": "",
        "entry": entry,
        "is_dropped": True,
        "first_seen_at": FIRST_DAY,
        "reader_version": None,
    }


def test_texts_that_look_like_dates_stay_the_texts_that_they_are(
    engine: Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path, reject("a", {"deadline": "2027-01-15", "year": "2027"}))

    with engine.connect() as connection:
        row = connection.execute(text("select * from rejects")).mappings().one()
    assert (row["path"], row["detail"]) == ("2027-01-15", "")
    assert json.loads(row["entry"]) == {"deadline": "2027-01-15", "year": "2027"}


def test_a_second_load_adds_to_the_first(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, reject("a", "just words"))
    load(engine, tmp_path, reject("b", None))

    with engine.connect() as connection:
        rows = connection.execute(text("select reject_key from rejects")).all()
        assert sorted(row[0] for row in rows) == ["a", "b"]
        done = text("select count(*) from _dlt_loads where status = 0")
        assert connection.execute(done).scalar_one() == 2
