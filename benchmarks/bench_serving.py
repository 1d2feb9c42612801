"""How fast readers are answered, and how long a site takes to be written.

    uv run python -m benchmarks.bench_serving [--claims 1000000]

A made-up warehouse is built; ``confradar serve`` then runs as a process of its own and
is asked by many connections at once, each of which waits for its answer and asks on.
Client and server share the machine's cores, as the figures that are wanted do. Then
``confradar publish`` writes the site twice. The ten questions of dbt_project/analyses
are asked as well, since a warehouse of a million claims takes minutes to build.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode, urlsplit

import psycopg

from benchmarks import warehouses
from benchmarks.bench_loading import Figure, database, database_server
from benchmarks.bench_warehouse import AS_OF, asked, built
from confradar.migrating import Plan, migrate
from confradar.settings import child_environment, load_settings, prepare_environment

AS_OF_MOMENT = datetime.combine(AS_OF, time(), UTC)
YEAR = timedelta(days=365)
AT_ONCE = 50
SUBSCRIBERS = 200
SECONDS = 10.0
SECONDS_BETWEEN_POLLS = 1.0
AHEAD = 5_000  # deadlines that are shown; made-up warehouses have many more


@dataclass(slots=True)
class Answers:
    """What came back: milliseconds of each answer, how many had which status."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes: int = 0

    def note(self, status: int, seconds: float, size: int) -> None:
        """Note one answer."""
        self.milliseconds.append(seconds * 1000)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.bytes += size

    def percentile(self, share: int) -> float:
        """Return the milliseconds within which so many percent were answered."""
        return statistics.quantiles(self.milliseconds, n=100)[share - 1]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, as far as it matters here."""

    status: int
    etag: str
    body: bytes = field(repr=False)


class Connection:
    """A connection that is kept, and asks one question after the other."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, limit=2**24
        )

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()

    async def get(self, path: str, etag: str = "") -> Answered:
        """Return the answer to a GET, compressed as browsers take it."""
        condition = f"If-None-Match: {etag}\r\n" if etag else ""
        self._writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Accept-Encoding: gzip\r\n{condition}\r\n".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        size = re.search(r"(?i)\r\ncontent-length: (\d+)", head)
        named = re.search(r"(?i)\r\netag: ([^\r]+)", head)
        body = await self._reader.readexactly(int(size[1]) if size else 0)
        return Answered(status, named[1] if named else "", body)


async def press(
    url: str,
    paths: Sequence[str],
    *,
    at_once: int = AT_ONCE,
    seconds: float = SECONDS,
    pause: float = 0.0,
    is_polling: bool = False,
) -> Answers:
    """Ask for these paths in turn over so many connections for some seconds.

    With ``is_polling`` each connection asks for one path, and says what it has.
    """
    parts = urlsplit(url)
    answers = Answers()
    turns = cycle(paths)
    end = perf_counter() + seconds

    async def ask(number: int) -> None:
        connection = Connection(parts.hostname or "", parts.port or 80)
        await connection.open()
        path, etag = paths[number % len(paths)], ""
        await asyncio.sleep(pause * number / at_once)
        while perf_counter() < end:
            if not is_polling:
                path = next(turns)
            began = perf_counter()
            found = await connection.get(path, etag)
            answers.note(found.status, perf_counter() - began, len(found.body))
            etag = found.etag if is_polling else ""
            if pause:
                await asyncio.sleep(pause)
        connection.close()

    await asyncio.gather(*(ask(number) for number in range(at_once)))
    return answers


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[str]:
    """Run ``confradar serve``; yield where it is found."""
    process = subprocess.Popen(
        [sys.executable, "-m", "confradar", "serve", "--port", "0", "--no-docs"],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"it does not serve: {line}")
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def questions_of(url: str) -> list[str]:
    """Return queries as people ask them: of an area, a rank, a kind, a word, a page."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select distinct primary_area from marts.rpt_current_deadlines"
            " where primary_area is not null order by 1"
        ).fetchall()
        words = connection.execute(
            "select distinct acronym from marts.rpt_current_deadlines"
            " where acronym is not null order by 1 limit 200"
        ).fetchall()
    areas = [area for (area,) in found]
    queries: list[dict[str, str]] = [{}, {"page": "2"}, {"kind": "submission"}]
    queries += [{"area": area} for area in areas]
    queries += [{"area": area, "kind": "abstract"} for area in areas]
    queries += [{"area": area, "before": "2027-01-01"} for area in areas]
    queries += [{"search": word} for (word,) in words]
    queries += [{"kind": "submission", "tz": "Europe/Vienna", "after": "2026-09-01"}]
    return [f"/api/v1/deadlines?{urlencode(query)}" for query in queries]


def unasked(queries: Sequence[str], number: int) -> list[str]:
    """Return the same questions, each from another minute on."""
    minutes = (AS_OF_MOMENT - timedelta(minutes=count) for count in range(number))
    return [
        f"{query}{'&' if '=' in query else ''}before={minute + YEAR:%Y-%m-%dT%H:%M}"
        for query, minute in zip(cycle(queries), minutes)
        if "before" not in query
    ]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=10_000)
    arguments = parser.parse_args()
    for figure in measure(arguments.claims):
        print(f"{figure.name:64} {figure.ratio:8.1f} {figure.wanted:>7}")


def measure(size: int) -> list[Figure]:
    """Return the figures; what was counted is printed as it comes."""
    settings = load_settings()
    with (
        database_server() as server_url,
        database(server_url) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        stored = warehouses.fill(url, size, Path(folder))
        prepare_environment(settings, url)
        migrate(settings.root, Plan(url))
        built(settings.root, is_same_code=False)
        keep_the_next(url, AHEAD)
        with psycopg.connect(url) as connection:
            # As `confradar run` would have noted it, which readers go by.
            connection.execute(
                """
                insert into confradar.build_state
                    (fingerprint, relations, as_of, is_replay, built_at)
                values ('made up', 'made up', %s, true, now())
                """,
                [AS_OF],
            )
        counts = count(url)
        print(f"{stored.claims} claims: {counts}")
        slowest = max(asked(settings.root, url).values())
        environment = child_environment(
            {"DATABASE_URL": url, "CONFRADAR_HOME": str(Path(folder, "home"))}
        )
        figures = [Figure("slowest of ten questions, median ms", slowest, "<= 100")]
        with served(environment) as address:
            figures += asyncio.run(pressed(address, questions_of(url)))
        figures += published(environment, Path(folder, "site"))
    return figures


async def pressed(address: str, queries: Sequence[str]) -> list[Figure]:
    """Return how fast a server answers."""
    figures = []
    plain = await press(address, ["/api/v1/deadlines"])
    varied = await press(address, queries)
    fresh = await press(address, unasked(queries, 100_000))
    calendars = await press(
        address,
        [f"/calendar.ics?{query.partition('?')[2]}" for query in queries[2:30]],
    )
    everything = await press(address, ["/calendars/all.ics"], seconds=SECONDS / 2)
    polled = await press(
        address,
        ["/calendars/all.ics", "/changes.atom", "/calendar.ics?kind=submission"],
        at_once=SUBSCRIBERS,
        pause=SECONDS_BETWEEN_POLLS,
        is_polling=True,
    )
    for name, answers, wanted in (
        ("/api/v1/deadlines, 50 at once", plain, "<= 50"),
        (f"{len(queries)} questions of it, 50 at once", varied, "<= 50"),
        ("questions of it that nobody asked before, 50 at once", fresh, "<= 50"),
        ("calendars of 28 questions, 50 at once", calendars, "<= 150"),
        ("calendar of all, 50 at once", everything, "<= 150"),
        ("200 subscribers, each once a second", polled, "<= 150"),
    ):
        if answers.statuses.keys() - {200, 304}:
            raise RuntimeError(f"{name}: {answers.statuses}")
        seconds = SECONDS / 2 if answers is everything else SECONDS
        print(
            f"{name}: {len(answers.milliseconds) / seconds:.0f} answers a second, "
            f"median {statistics.median(answers.milliseconds):.1f} ms, "
            f"p99 {answers.percentile(99):.1f} ms, statuses {answers.statuses}"
        )
        figures.append(Figure(f"{name}: p95, ms", answers.percentile(95), wanted))
    return figures


def published(environment: Mapping[str, str], folder: Path) -> list[Figure]:
    """Return the seconds that a site takes, and again with nothing new."""
    figures = []
    for name, wanted in (("publish", "<= 30"), ("publish again", "<= 30")):
        began, before = perf_counter(), processor_seconds()
        done = subprocess.run(
            [sys.executable, "-m", "confradar", "publish", "--to", str(folder)],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=True,
        )
        figures.append(Figure(f"{name}, s", perf_counter() - began, wanted))
        # Of what else runs here, and of the server, this tells nothing.
        spent = processor_seconds() - before
        print(f"{done.stdout.strip()}, {spent:.1f} s of processors without the server")
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    print(f"{len(sizes)} files, {sum(sizes) / 2**20:.0f} MB")
    return figures


def processor_seconds() -> float:
    """Return what processes that were started here and have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def keep_the_next(url: str, number: int) -> None:
    """Leave so many of the deadlines that readers show, the next ones."""
    with psycopg.connect(url) as connection:
        for mart in ("rpt_current_deadlines", "rpt_upcoming_deadlines"):
            connection.execute(
                f"""
                delete from marts.{mart} where deadline_key not in (
                    select deadline_key from marts.rpt_current_deadlines
                    where due_at >= %s order by due_at, deadline_key limit %s
                )
                """.encode(),  # noqa: S608 - names above
                [AS_OF, number],
            )


def count(url: str) -> str:
    """Return how much there is to show."""
    names = ("rpt_current_deadlines", "dim_conferences", "dim_series")
    with psycopg.connect(url) as connection:
        found = {
            name: connection.execute(
                f"select count(*) from marts.{name}".encode()  # noqa: S608 - names above
            ).fetchone()
            for name in names
        }
    return json.dumps({name: row[0] if row else 0 for name, row in found.items()})


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    main()
