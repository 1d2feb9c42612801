"""Measure loading, repeating, parsing and extraction, each as a ratio taken in one run.

    uv run python -m benchmarks [--documents 20000] [--rounds 2] [--lists FOLDER]

Ratios are what counts: seconds depend on the machine, and on what else it is doing.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import bench_extraction, bench_loading, bench_readers

LISTS = Path(__file__).parents[2] / "shared" / "corpus" / "lists"


def main() -> None:
    """Run all benchmarks and print a table of their ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--lists", type=Path, default=LISTS)
    arguments = parser.parse_args()
    lists = arguments.lists if arguments.lists.is_dir() else None

    figures = bench_loading.measure(arguments.documents, arguments.rounds, lists)
    print(f"{'ratio':64} {'is':>6} {'wanted':>7}")
    for figure in figures:
        print(f"{figure.name:64} {figure.ratio:6.2f} {figure.wanted:>7}")
    print()
    bench_extraction.main([])
    if lists is None:
        print(f"the real lists are not measured: there is no folder {arguments.lists}")
        return
    print()
    sys.argv[1:] = [str(lists)]
    bench_readers.main()


if __name__ == "__main__":
    main()
