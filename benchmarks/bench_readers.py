"""How long reading all lists takes, beside PyYAML's C loader reading the same texts.

    uv run python benchmarks/bench_readers.py [FOLDER WITH ONE FOLDER PER SOURCE]

The reader does more: it hashes and decodes bytes, keeps every scalar as written, finds
duplicate keys and checks each entry. It is to take less than two readings by the
loader. Ratios of one run are what counts; seconds depend on the machine.
"""

import sys
import time
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import yaml

from ingestion.documents import PublishedFile
from ingestion.errors import SourceUnavailableError
from ingestion.origins import FolderOrigin
from ingestion.readers.lists import read_list
from ingestion.registry import Source, load_registry

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "lists"
ROUNDS = 5


def published(root: Path) -> list[tuple[Source, PublishedFile]]:
    """Return every file of every list that the folder has."""
    origin = FolderOrigin(root)
    files: list[tuple[Source, PublishedFile]] = []
    for source in load_registry().lists:
        try:
            files.extend((source, file) for file in origin.files(source))
        except SourceUnavailableError as error:
            print(error)
    return files


def best_of(rounds: int, work: list[Callable[[], object]]) -> list[float]:
    """Return the shortest time of each piece of work, the rounds of all interleaved."""
    best = [float("inf")] * len(work)
    for _ in range(rounds):
        for number, one in enumerate(work):
            start = time.perf_counter()
            one()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def main() -> None:
    """Print the seconds of both and their ratio."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    files = published(root)
    if not files:
        sys.exit(f"no list below {root}")
    texts = [file.content.decode("utf-8", "replace") for _, file in files]
    zones = frozenset(zone.casefold() for zone in zoneinfo.available_timezones())

    def read_all() -> None:
        for source, file in files:
            read_list(source, file, known_zones=zones)

    def load_all() -> None:
        for text in texts:
            yaml.load(text, yaml.CSafeLoader)  # noqa: TID251 - the yardstick

    ours, theirs = best_of(ROUNDS, [read_all, load_all])
    size = sum(len(file.content) for _, file in files)
    print(f"{len(files)} files, {size / 1e6:.2f} MB, best of {ROUNDS}")
    print(f"read_list, with checks:   {ours:.3f} s")
    print(f"yaml.CSafeLoader alone:   {theirs:.3f} s")
    print(f"ratio: {ours / theirs:.2f} of one reading (must stay below 2)")


if __name__ == "__main__":
    main()
