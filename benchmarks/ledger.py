"""Replay archived months of public lists, and count the moves that the ledger tells.

The truth comes from the files alone, read by the corpus' own check: of two snapshots
that hold as many dates of one edition and kind, those that only the older has are
paired with those that only the newer has, in the order of the file. Snapshots in which
the check finds nothing, as of a list that was published otherwise, count as none.
"""

import importlib.util
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import psycopg

from benchmarks.bench_loading import database, database_server
from confradar.building import invoke, places
from confradar.database import one_login
from confradar.migrating import Plan, migrate
from confradar.running import Listener, Selection, ingest_selected
from confradar.settings import load_settings, prepare_environment

FLOOR: Final = 0.98

Slot = tuple[str, int, str]
"""Series as written, year and kind."""

Instants = frozenset[datetime]
"""What a date and its zone may mean: two instants where a label names two clocks."""

_MOVES: Final = """
    select
        series_text, year, kind, (seen_at at time zone 'UTC')::date::text,
        old_due_at, new_due_at
    from marts.fct_deadline_changes
    where source_key = %s and old_due_at != new_due_at
"""


@dataclass(frozen=True, slots=True)
class Moves:
    """How many moves one list made, by its files, and how many of ours are right."""

    source_key: str
    snapshot_count: int
    true_count: int
    given_count: int
    found_count: int
    right_count: int

    @property
    def precision(self) -> float:
        """Return the share of our moves that are true."""
        return self.right_count / self.given_count if self.given_count else 1.0

    @property
    def recall(self) -> float:
        """Return the share of the true moves that we tell."""
        return self.found_count / self.true_count if self.true_count else 1.0

    @property
    def is_good(self) -> bool:
        """Tell whether both shares reach the floor."""
        return min(self.precision, self.recall) >= FLOOR


def measure(corpus: Path) -> tuple[Moves, ...]:
    """Replay every history of the corpus into a database of its own, and count."""
    expected = _check_of(corpus)
    histories = [
        folder
        for folder in sorted((corpus / "history").iterdir())
        if folder.name in expected.READERS
    ]
    with (
        database_server() as server_url,
        database(server_url) as url,
        tempfile.TemporaryDirectory() as home,
    ):
        _replay(url, Path(home), histories)
        with psycopg.connect(url) as connection:
            return tuple(_count(connection, expected, folder) for folder in histories)


def table(moves: Iterable[Moves]) -> Iterator[str]:
    """Yield the lines of the published table."""
    yield "| list | months | moves | precision | recall |"
    yield "|---|---:|---:|---:|---:|"
    for each in moves:
        yield (
            f"| {each.source_key} | {each.snapshot_count} | {each.true_count} "
            f"| {each.precision:.3f} | {each.recall:.3f} |"
        )


def _check_of(corpus: Path) -> ModuleType:
    file = corpus.parent / "check" / "_expected.py"
    spec = importlib.util.spec_from_file_location("expected_of_lists", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _replay(url: str, home: Path, histories: Iterable[Path]) -> None:
    environment = {**os.environ, "CONFRADAR_HOME": str(home), "DATABASE_URL": url}
    settings = load_settings(environment)
    logins = one_login(url)
    prepare_environment(settings, url)
    last = date.min
    for folder in histories:
        for day in _days(folder):
            observed_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
            selection = Selection((folder.name,), folder / day, observed_at=observed_at)
            ingest_selected(settings, logins, selection, observed_at, Listener())
            last = max(last, observed_at.date())
    migrate(settings.root, Plan(url))
    with redirect_stdout(StringIO()):
        result = invoke(
            [
                *("--log-level", "none", "build", *places(settings.root)),
                *("--exclude-resource-type", "test", "unit_test"),
                *("--target-path", str(home / "target")),
                *("--vars", f"{{as_of: '{last.isoformat()}'}}"),
            ]
        )
    if not result.success:
        raise RuntimeError(f"the build failed: {result.exception or result.result}")


def _days(folder: Path) -> list[str]:
    return sorted(day.name for day in folder.iterdir() if day.is_dir())


def _count(
    connection: psycopg.Connection[Any], expected: ModuleType, folder: Path
) -> Moves:
    read = expected.READERS[folder.name]
    true, uneven = _truth(folder, read, expected.instants)
    kinds = {slot[2] for slot, *_ in true}
    given = {
        ((series, year, kind), day, old.astimezone(UTC), new.astimezone(UTC))
        for series, year, kind, day, old, new in connection.execute(
            _MOVES, (folder.name,)
        )
        if kind in kinds and ((series, year, kind), day) not in uneven
    }

    def is_told(
        move: tuple[Slot, str, Instants, Instants],
        told: tuple[Slot, str, datetime, datetime],
    ) -> bool:
        return move[:2] == told[:2] and told[2] in move[2] and told[3] in move[3]

    return Moves(
        source_key=folder.name,
        snapshot_count=sum(
            any(True for _ in read(folder / day)) for day in _days(folder)
        ),
        true_count=len(true),
        given_count=len(given),
        found_count=sum(any(is_told(move, told) for told in given) for move in true),
        right_count=sum(any(is_told(move, told) for move in true) for told in given),
    )


def _truth(
    folder: Path,
    read: Callable[[Path], Iterable[Any]],
    instants: Callable[[str, str], Instants],
) -> tuple[set[tuple[Slot, str, Instants, Instants]], set[tuple[Slot, str]]]:
    """Return the moves, and the slots and days that are a matter of judgement.

    Dates that both snapshots have are paired first, each with one other.
    """

    def dates_of(day: str) -> Mapping[Slot, list[Instants]]:
        slots: dict[Slot, list[Instants]] = defaultdict(list)
        for claim in read(folder / day):
            slot = (claim.series, claim.year, claim.kind)
            slots[slot].append(instants(claim.wall, claim.zone))
        return slots

    moves, uneven = set(), set()
    snapshots = [(day, dates_of(day)) for day in _days(folder)]
    for (_, before), (day, after) in pairwise(snapshots):
        for slot in before.keys() & after.keys():
            if len(before[slot]) != len(after[slot]):
                uneven.add((slot, day))
                continue
            old, new = list(before[slot]), list(after[slot])
            for date_left_alone in before[slot]:
                if date_left_alone in new:
                    old.remove(date_left_alone)
                    new.remove(date_left_alone)
            moves |= {
                (slot, day, was, now)
                for was, now in zip(old, new, strict=True)
                if was and now and not was & now
            }
    return moves, uneven
