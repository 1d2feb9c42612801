"""Match the public lists of a corpus, and count the pairs that are judged rightly.

The lists are loaded into a server of their own, the series are matched by the models,
and every pair of names that people judged is looked up in what they give.
"""

import csv
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]

Name = tuple[str, str]
"""Source key and series text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, and whether people say that they are one series."""

    one: Name
    other: Name
    is_same: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """How many pairs there are, and how many of them came out which way."""

    pairs: int
    joined_rightly: int
    joined_wrongly: int
    parted_wrongly: int
    unknown: int

    @property
    def precision(self) -> float:
        """Return which share of the joined pairs are one series."""
        return self.joined_rightly / ((self.joined_rightly + self.joined_wrongly) or 1)

    @property
    def recall(self) -> float:
        """Return which share of the pairs that are one series are joined."""
        return self.joined_rightly / ((self.joined_rightly + self.parted_wrongly) or 1)


def read_pairs(path: Path) -> list[Pair]:
    """Read the judged pairs of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(
                (row["source_a"], row["title_a"]),
                (row["source_b"], row["title_b"]),
                row["same"].lower() == "true",
            )
            for row in csv.DictReader(file)
        ]


def count(pairs: Iterable[Pair], series: Mapping[Name, set[str]]) -> Matching:
    """Count the pairs; one of which a name has no series is unknown."""
    outcomes: dict[tuple[bool, bool] | None, int] = defaultdict(int)
    for pair in pairs:
        one, other = series.get(pair.one), series.get(pair.other)
        outcomes[(pair.is_same, bool(one & other)) if one and other else None] += 1
    return Matching(
        pairs=sum(outcomes.values()),
        joined_rightly=outcomes[True, True],
        joined_wrongly=outcomes[False, True],
        parted_wrongly=outcomes[True, False],
        unknown=outcomes[None],
    )


def measure(corpus: Path) -> Matching:
    """Load and match the corpus' lists on a server of their own, and count its pairs.

    Raises:
        subprocess.CalledProcessError: a command failed; its output is printed.
    """
    with tempfile.TemporaryDirectory(prefix="confradar-matching-") as home:
        # Under root the server's account has to reach its data.
        Path(home).chmod(0o755)
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name != "DATABASE_URL"
            },
            "CONFRADAR_HOME": home,
            "DBT_LOG_PATH": f"{home}/logs",
            "DBT_TARGET_PATH": f"{home}/target",
        }

        def confradar(*arguments: str) -> str:
            return subprocess.run(
                [sys.executable, "-m", "confradar", *arguments],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout

        try:
            confradar("ingest", "--from", str((corpus / "lists").resolve()))
            confradar(
                *("dbt", "build", "--select", "+bridge_series_aliases"),
                *("--exclude-resource-type", "test", "unit_test"),
            )
            series: dict[Name, set[str]] = defaultdict(set)
            with psycopg.connect(confradar("db", "url").strip()) as connection:
                for source, text, key in connection.execute(
                    "select source_key, alias, series_key"
                    " from marts.bridge_series_aliases"
                ):
                    series[source, text].add(key)
        finally:
            confradar("db", "stop")
    return count(read_pairs(corpus / "labels" / "series_pairs.csv"), series)
