"""A load that is killed at any moment must not be in the way of the next one."""

import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dlt
import pytest
from dlt.destinations.impl.postgres.postgres import PostgresClient, PostgresCsvCopyJob
from dlt.load.load import Load
from dlt.normalize.normalize import Normalize

from confradar.database import EmbeddedServer
from ingestion.documents import PublishedFile
from ingestion.families.spools import CsvSpool
from ingestion.loading import LoadOutcome
from ingestion.loading.page_runs import Parts
from ingestion.loading.sessions import PostgresSession
from tests.conftest import Sites
from tests.homes import server_home
from tests.ingestion.raw_databases import (
    PAGES,
    PostgresDatabase,
    numbered,
    page,
    published,
)

pytestmark = pytest.mark.postgres

Method = tuple[type, str]


def look(day: int) -> Sequence[PublishedFile]:
    """Return the files of one day: most are new, some as before, some with rejects."""
    same = numbered(20)
    new = numbered(60, f"v{day}")[20:]
    bad = [published(f"bad{number}.yml", f"- day {day}\n") for number in range(5)]
    return [*same, *new, *bad]


def in_child(task: Callable[[], object]) -> int:
    """Run a task in a fork of this process and return the fork's process id."""
    child = os.fork()
    if child == 0:  # pragma: no cover - what happens there is not seen here
        try:
            task()
        finally:
            os._exit(0)
    return child


def killed(child: int) -> bool:
    """Wait for a child and tell if it was killed."""
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill_self(*_: object, **__: object) -> None:
    """End this process as an empty battery would."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(method: Method, *, calls: int = 1, is_after: bool = False) -> None:
    """Make a method's n-th call the last thing that this process does."""
    owner, name = method
    original = getattr(owner, name)
    numbers = itertools.count(1)

    def wrapper(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        is_last = next(numbers) == calls
        if is_last and not is_after:
            kill_self()
        result = original(*arguments, **options)
        if is_last:
            kill_self()
        return result

    setattr(owner, name, wrapper)


DEATHS = {
    "while files are read": SimpleNamespace(method=(CsvSpool, "add"), calls=30),
    "when extracted": SimpleNamespace(method=(dlt.Pipeline, "extract"), is_after=True),
    "in normalize": SimpleNamespace(method=(Normalize, "spool_files")),
    "when normalized": SimpleNamespace(
        method=(dlt.Pipeline, "normalize"), is_after=True
    ),
    "before the first copy": SimpleNamespace(method=(PostgresCsvCopyJob, "run")),
    "after one copy": SimpleNamespace(
        method=(PostgresCsvCopyJob, "run"), is_after=True
    ),
    "after two copies": SimpleNamespace(
        method=(PostgresCsvCopyJob, "run"), calls=2, is_after=True
    ),
    "before completing": SimpleNamespace(method=(PostgresClient, "complete_load")),
    "after completing": SimpleNamespace(
        method=(PostgresClient, "complete_load"), is_after=True
    ),
    "at the very end": SimpleNamespace(
        method=(Load, "complete_package"), is_after=True
    ),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS.keys())
def test_a_load_killed_at_a_chosen_point_is_repaired_by_the_next(
    postgres: PostgresDatabase, sites: Sites, tmp_path: Path, death: SimpleNamespace
) -> None:
    undisturbed = PostgresDatabase(sites.make().url, tmp_path / "undisturbed")
    for database in (postgres, undisturbed):
        database.load(look(0))

    def load() -> None:
        dying(**vars(death))
        postgres.load(look(1), day=1)

    assert killed(in_child(load))
    report = postgres.load(look(1), day=1)

    assert report.outcome is not LoadOutcome.FAILED
    undisturbed.load(look(1), day=1)
    assert postgres.tables() == undisturbed.tables()


def test_visits_killed_before_they_are_committed_are_repaired_by_the_next(
    postgres: PostgresDatabase,
) -> None:
    postgres.load(look(0))
    before = postgres.tables()

    def load() -> None:
        dying((PostgresSession, "_insert"), is_after=True)
        postgres.load(look(0), day=1)

    assert killed(in_child(load))

    assert postgres.tables() == before
    assert postgres.load(look(0), day=1).outcome is LoadOutcome.UNCHANGED
    assert len(postgres.rows("visits")) == 2 * len(look(0))


PAGE_TABLES = ("documents", "visits", "rejects", "readings", "entries", "phrases")
# A part of a look fills five tables, so that the first part is through by then.
PAGE_DEATHS = {
    "after seven copies": SimpleNamespace(
        method=(PostgresCsvCopyJob, "run"), calls=7, is_after=True
    ),
    "before completing": SimpleNamespace(
        method=(PostgresClient, "complete_load"), calls=2
    ),
}


@pytest.mark.parametrize("death", PAGE_DEATHS.values(), ids=PAGE_DEATHS.keys())
def test_a_look_at_pages_that_is_killed_keeps_its_parts_and_goes_on(
    postgres: PostgresDatabase, sites: Sites, tmp_path: Path, death: SimpleNamespace
) -> None:
    undisturbed = PostgresDatabase(sites.make().url, tmp_path / "undisturbed")
    pages = [page(f"{n:02}.example/", f"Papers: March {n + 1}") for n in range(20)]
    parts = Parts(pages=10, load_bytes=1)

    def load() -> None:
        dying(**vars(death))
        postgres.load_pages(pages, parts=parts)

    assert killed(in_child(load))
    report = postgres.load_pages(pages, parts=parts)

    assert report.message == "pages: 10 new"
    undisturbed.load_pages(pages)
    for table in PAGE_TABLES:
        assert postgres.rows(table, PAGES) == undisturbed.rows(table, PAGES)


def test_loads_killed_at_random_moments_end_like_undisturbed_ones(
    postgres: PostgresDatabase, sites: Sites, tmp_path: Path
) -> None:
    undisturbed = PostgresDatabase(sites.make().url, tmp_path / "undisturbed")
    moments = random.Random(2026)  # noqa: S311 - to be the same each time
    began = time.monotonic()
    for database in (postgres, undisturbed):
        database.load(look(0))
    longest = time.monotonic() - began
    killed_count = 0
    day = 0
    while killed_count < 20 and day < 60:
        day += 1
        files = look(day)
        child = in_child(partial(postgres.load, files, day=day))
        time.sleep(moments.uniform(0, longest / 2))
        os.kill(child, signal.SIGKILL)
        killed_count += killed(child)

        report = postgres.load(files, day=day)

        assert report.outcome is not LoadOutcome.FAILED, report.error
        undisturbed.load(files, day=day)
    assert killed_count == 20
    assert postgres.tables() == undisturbed.tables()


def test_a_source_whose_loader_was_killed_is_free_at_once(
    postgres: PostgresDatabase,
) -> None:
    def load() -> None:
        dying((PostgresCsvCopyJob, "run"), is_after=True)
        postgres.load(look(0))

    assert killed(in_child(load))

    report = postgres.load(look(0), wait_seconds=5)

    assert report.outcome is LoadOutcome.LOADED


def test_a_source_that_another_run_loads_is_waited_for_and_then_named(
    postgres: PostgresDatabase,
) -> None:
    reader, writer = os.pipe()

    def load() -> None:
        def slowly() -> Any:  # noqa: ANN401
            os.write(writer, b"reading")
            time.sleep(60)
            yield from look(0)

        postgres.load(slowly())

    child = in_child(load)
    os.read(reader, 7)
    elsewhere = PostgresDatabase(postgres.url, postgres.pipelines_dir / "elsewhere")
    try:
        here = postgres.load(look(0), wait_seconds=0.3)
        there = elsewhere.load(look(0), wait_seconds=0.3)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    busy = "test-list: another run is loading it and was not done after 0.3 s"
    assert (here.error, there.error) == (busy, busy)
    assert postgres.load(look(0)).outcome is LoadOutcome.LOADED


def test_a_server_that_dies_in_a_load_is_a_failure_and_the_next_load_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with server_home() as home:
        server = EmbeddedServer(home)
        database = PostgresDatabase(server.ensure_running(), tmp_path)
        database.load(look(0))
        normalize = dlt.Pipeline.normalize

        def then_no_server(self: dlt.Pipeline, *arguments: Any) -> object:  # noqa: ANN401
            info = normalize(self, *arguments)
            server.stop()
            return info

        with monkeypatch.context() as patch:
            patch.setattr(dlt.Pipeline, "normalize", then_no_server)
            report = database.load(look(1), day=1)

        assert report.outcome is LoadOutcome.FAILED
        assert report.error is not None
        assert report.error.startswith("test-list: the load failed: ")
        assert "\n" not in report.error
        database.url = server.ensure_running()
        assert database.load(look(1), day=1).outcome is LoadOutcome.LOADED
        assert len(database.rows("visits")) == len(look(0)) + len(look(1))


def test_a_server_that_cannot_be_reached_is_said_in_one_line(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/nowhere"

    report = PostgresDatabase(url, tmp_path).load(look(0))

    assert report.outcome is LoadOutcome.FAILED
    assert report.error is not None
    assert "refused" in report.error
    assert "\n" not in report.error
    assert "secret" not in report.error
