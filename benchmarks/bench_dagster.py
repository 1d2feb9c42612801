"""What Dagster's daily run costs beside ``confradar run``, on the real lists.

    uv run python -m benchmarks.bench_dagster [--lists FOLDER] [--rounds 2]

Each way is a process that starts afresh on an empty database, loads the lists of a
folder and builds, and then once more a day later, when nothing new is published but
"upcoming" has moved on. The two take turns, so that what else the machine does
meets both; the best of each counts. Processor time is that of the process alone, and
varies less than the clock. How long the daemon takes to start the process is not in it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_loading import Figure, database, database_server
from confradar.migrating import Plan, migrate
from confradar.settings import child_environment, project_root

LISTS = Path(__file__).parents[2] / "shared" / "corpus" / "lists"
DAYS = {"first load": "2026-11-21T05:00:00", "a day later": "2026-11-22T05:00:00"}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float


def main() -> None:
    """Measure, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=Path, default=LISTS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--as-a-run-of-dagster", metavar="DAY")
    arguments = parser.parse_args()
    if arguments.as_a_run_of_dagster:
        run_daily(arguments.lists, arguments.as_a_run_of_dagster)
        return
    for figure in measure(arguments.lists, arguments.rounds):
        print(f"{figure.name:60} {figure.ratio:6.2f} {figure.wanted:>7}")


def measure(lists: Path, rounds: int) -> Iterator[Figure]:
    """Yield the ratios of the best rounds; seconds are printed as they come."""
    ways = {
        "run": ["confradar", "run", "--json", "--from", str(lists), "--as-of"],
        "dagster": [
            *("benchmarks.bench_dagster", "--lists", str(lists)),
            "--as-a-run-of-dagster",
        ],
    }
    found: dict[tuple[str, str], list[Cost]] = {}
    with tempfile.TemporaryDirectory() as home, database_server() as server_url:
        for number in range(rounds):
            for way, words in ways.items():
                with database(server_url) as url:
                    migrate(project_root(), Plan(url))
                    environment = _environment(url, Path(home))
                    if number == 0:  # which every later process finds as it is
                        _call(["orchestration.definitions"], environment)
                    for day, moment in DAYS.items():
                        cost = _call([*words, moment], environment)
                        found.setdefault((way, day), []).append(cost)
                        print(
                            f"round {number + 1}, {way}, {day}: {cost.clock:.1f} s, "
                            f"{cost.processor:.1f} s of the processor",
                            flush=True,
                        )
    for day in DAYS:
        for what in ("clock", "processor"):
            run, dagster = (
                min(getattr(cost, what) for cost in found[way, day]) for way in ways
            )
            yield Figure(f"{day}: Dagster / run, {what}", dagster / run, "<= 1.5")


def run_daily(lists: Path, day: str) -> None:
    """Do what a run's process does: load the code, do all steps, keep its events."""
    from dagster import DagsterInstance

    from orchestration.definitions import DAILY, defs
    from orchestration.means import settings
    from orchestration.models import BUILD

    root = settings().root
    repository = defs.get_repository_def()
    present = {path.name for path in lists.iterdir() if path.is_dir()}
    wanted = [
        key
        for key in repository.asset_graph.executable_asset_keys
        if key.path[0] != "sources" or key.path[-1] in present
    ]
    looks = {"folder": str(lists), "as_of": day}
    with DagsterInstance.from_config(str(root / "orchestration")) as instance:
        result = repository.get_job(DAILY).execute_in_process(
            run_config={"resources": {"looks": {"config": looks}}},
            instance=instance,
            asset_selection=wanted,
        )
    if not result.success or not result.events_for_node(BUILD):
        raise SystemExit("the run failed")


def _environment(url: str, home: Path) -> Mapping[str, str]:
    return child_environment(
        {
            "CONFRADAR_HOME": str(home),
            "DAGSTER_EVENT_BATCH_SIZE": "1000",  # as Compose and make have it
            "DATABASE_URL": url,
            "DBT_LOG_PATH": str(home / "logs"),
            "DBT_TARGET_PATH": str(home / "target"),
        }
    )


def _call(words: Sequence[str], environment: Mapping[str, str]) -> Cost:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *words],
        env=dict(environment),
        cwd=project_root(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    clock = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(clock, used)


if __name__ == "__main__":
    main()
