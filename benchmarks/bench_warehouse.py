"""What building the marts costs beside one statement by hand, and asking them.

    uv run python -m benchmarks.bench_warehouse [--claims 10000 100000]

Made-up warehouses of several sizes are built in full; one hand-written statement
(one_statement.sql) unnests, localises and aggregates the same rows; then one document
in a thousand changes and the marts follow; then a reader asks the ten questions of
dbt_project/analyses. A replay of monthly snapshots of a list goes through ingestion as
well. Only ratios of one run count. The figures for a million claims take ten minutes:
``--claims 1000000``.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import psycopg

from benchmarks import warehouses
from benchmarks.bench_loading import Figure, database, database_server, made_up_files
from benchmarks.questions import questions
from confradar import running
from confradar.building import BuildOutcome, build_marts
from confradar.database import one_login
from confradar.migrating import Plan, migrate
from confradar.settings import Settings, load_settings, prepare_environment

HERE = Path(__file__).parent
HISTORY = HERE.parents[1] / "shared" / "corpus" / "history" / "ccfddl"
# A day on which one deadline in fifty lies ahead, as of the public lists.
AS_OF = date(2027, 6, 20)
CHANGED_SHARE = 0.001
STEP_COUNT = 2
QUERY_ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one size; ``nodes`` are those of the models of the full build."""

    claims: int
    full: float
    by_hand: float
    incremental: float
    queries: Mapping[str, float]
    nodes: Mapping[str, float]
    test_seconds: float


def main() -> None:
    """Print what was measured, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--history", type=Path, default=HISTORY)
    arguments = parser.parse_args()
    for figure in measure(arguments.claims, arguments.history):
        print(f"{figure.name:64} {figure.ratio:8.2f} {figure.wanted:>7}")


def measure(sizes: Sequence[int], history: Path) -> list[Figure]:
    """Return the ratios; seconds are printed as they come."""
    settings = load_settings()
    measured = []
    with database_server() as server_url:
        replay = list(replayed(settings, server_url, history))
        told = ", ".join(f"{seconds:.1f} s" for seconds in replay)
        print(f"replay of monthly snapshots, from an empty database: {told}")
        for size in sizes:
            with database(server_url) as url, tempfile.TemporaryDirectory() as folder:
                one = measured_size(settings, url, size, Path(folder))
            tell(one)
            measured.append(one)
    last = measured[-1]
    name = f"{last.claims} claims"
    figures = [
        Figure(
            "replay: a monthly step / the first", min(replay[1:]) / replay[0], "<= 0.25"
        ),
        Figure(f"{name}: full build / by hand", last.full / last.by_hand, "<= 4"),
        Figure(
            f"{size}: 0.1 % changed / full", last.incremental / last.full, "<= 0.10"
        ),
        Figure(f"{name}: slowest of ten questions, ms", slowest(last), "<= 100"),
    ]
    figures.extend(
        Figure(
            f"seconds per claim, {larger.claims} / {smaller.claims} claims",
            (larger.full / larger.claims) / (smaller.full / smaller.claims),
            "<= 1.5",
        )
        for smaller, larger in pairwise(measured)
    )
    return figures


def measured_size(settings: Settings, url: str, size: int, folder: Path) -> Measured:
    """Fill an empty database, build, ask, change it and build again."""
    stored = warehouses.fill(url, size, folder)
    prepare_environment(settings, url)
    migrate(settings.root, Plan(url))
    full = timed(lambda: built(settings.root, is_same_code=False))
    nodes, test_seconds = seconds_of_nodes(settings.root)
    by_hand = timed(lambda: run_by_hand(url))
    queries = asked(settings.root, url)
    warehouses.change(url, CHANGED_SHARE, warehouses.OBSERVATION_COUNT)
    incremental = timed(lambda: built(settings.root, is_same_code=True))
    return Measured(
        stored.claims, full, by_hand, incremental, queries, nodes, test_seconds
    )


def tell(one: Measured) -> None:
    """Print the seconds of one size."""
    print(
        f"{one.claims} claims: full build {one.full:.1f} s,"
        f" of which all tests one by one {one.test_seconds:.1f} s;"
        f" by hand {one.by_hand:.2f} s; after 0.1 % changed {one.incremental:.1f} s"
    )
    slow = sorted(one.nodes.items(), key=lambda node: -node[1])[:15]
    print("  models: " + ", ".join(f"{name} {value:.1f} s" for name, value in slow))
    for name, milliseconds in one.queries.items():
        print(f"  {name:40} {milliseconds:8.1f} ms")


def slowest(one: Measured) -> float:
    """Return the milliseconds of the query that takes longest."""
    return max(one.queries.values())


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that it took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def built(root: Path, *, is_same_code: bool) -> None:
    """Build the marts, with all tests.

    Raises:
        RuntimeError: a model or test failed.
    """
    report = build_marts(root, AS_OF, is_same_code=is_same_code, follows=is_same_code)
    if report.outcome is not BuildOutcome.BUILT:
        raise RuntimeError(f"the build failed: {report.failures[:3]}")


def seconds_of_nodes(root: Path) -> tuple[dict[str, float], float]:
    """Return the seconds of each model of the last build, and of all its tests."""
    results = json.loads((root / "target" / "run_results.json").read_text())["results"]
    models = {
        result["unique_id"].split(".")[-1]: result["execution_time"]
        for result in results
        if result["unique_id"].startswith("model.")
    }
    tests = sum(
        result["execution_time"]
        for result in results
        if result["unique_id"].startswith(("test.", "unit_test."))
    )
    return models, tests


def run_by_hand(url: str) -> None:
    """Run the hand-written statement, with the settings that models have."""
    with psycopg.connect(url) as connection:
        connection.execute("set local jit = off")
        connection.execute("set local work_mem = '128MB'")
        connection.execute((HERE / "one_statement.sql").read_bytes())


def asked(root: Path, url: str) -> dict[str, float]:
    """Return the median milliseconds of each question, fetched to the end."""
    medians = {}
    with psycopg.connect(url) as connection:
        chosen = connection.execute(
            "select conference_key from marts.rpt_deadline_conflicts"
            " order by conference_key limit 1"
        ).fetchone()
        wanted = {
            "asked_area": "data mining",
            "asked_conference": chosen[0] if chosen else "",
        }
        for name, statement in questions(root, AS_OF, wanted).items():

            def ask(statement: bytes = statement.encode()) -> None:
                connection.execute(statement).fetchall()

            ask()
            times = [timed(ask) for _ in range(QUERY_ROUNDS)]
            medians[name] = statistics.median(times) * 1000
    return medians


def replayed(settings: Settings, server_url: str, history: Path) -> Iterator[float]:
    """Yield the seconds of the first snapshot and of those after it.

    Without snapshots at hand, made-up ones of which a few files change.
    """
    with database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        snapshots = sorted(path for path in history.glob("*") if path.is_dir())
        if not snapshots:
            snapshots = made_up_snapshots(Path(folder))
        for snapshot in snapshots[: 1 + STEP_COUNT]:
            observed_at = datetime.fromisoformat(snapshot.name).replace(tzinfo=UTC)
            selection = running.Selection(
                keys=("ccfddl",), folder=snapshot, observed_at=observed_at
            )
            began = time.perf_counter()
            report = running.run(
                settings,
                one_login(url),
                selection,
                observed_at,
                running.Listener(),
            )
            if report.build.outcome is not BuildOutcome.BUILT:
                raise RuntimeError(f"{snapshot}: {report.build.failures[:3]}")
            yield time.perf_counter() - began


def made_up_snapshots(folder: Path) -> list[Path]:
    """Write three monthly snapshots of one list, a few files changed in each."""
    files = made_up_files(400)
    snapshots = []
    for month in range(1, 2 + STEP_COUNT):
        snapshot = folder / f"2026-{month:02}-01"
        for number, file in enumerate(files):
            content = file.content
            if number < 10 * (month - 1):
                content = content.replace(b"-21 23", b"-%d 23" % (21 + month))
            path = snapshot / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        snapshots.append(snapshot)
    return snapshots


if __name__ == "__main__":
    main()
