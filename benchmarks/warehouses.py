"""Raw tables of any size, as loading would leave them, for measuring the models.

The lists are made up in the shapes of three families: CCFDDL has one file per series
with all editions, Hugging Face one per series with typed dates, and Papers with Code
one flat list. They speak of the same series, so that claims agree, differ and move;
each file is looked at in every observation, and a few files have later versions. All
goes into the tables by COPY: loading has its own benchmark.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ingestion.documents import stable_key
from ingestion.loading import ensure_raw_tables, store_registry
from ingestion.registry import load_registry
from ingestion.shapes import FAMILIES

FIRST_OBSERVED = datetime(2026, 3, 1, tzinfo=UTC)
OBSERVATION_COUNT = 3
# The share of files that have another version at each observation after the first.
CHANGED_SHARE = 0.01
ENTRIES_OF_FLAT_LIST = 250

_FAMILIES = ("ccfddl", "huggingface", "paperswithcode")
_AREAS = ("AI", "DS", "DB", "SE", "SC", "CG", "NW", "HI", "CT", "MX")
_TAGS = ("machine-learning", "computer-vision", "data-mining", "robotics", "speech")
_PLACES = (
    "Wuhan, China",
    "Porto, Portugal",
    "Vienna, Austria",
    "Online",
    "Seoul, South Korea",
    "San Diego, USA",
    "Sydney, Australia",
    "Hybrid, Berlin, Germany",
)
_ZONES = (*["AoE"] * 5, "UTC-12", "UTC-12", "UTC+8", "PT", "America/New_York", "CET")
_COMMENTS = ("First round", "Second round", "Research track", "Regular papers", None)
# fmt: off
_WORDS = (
    "adaptive", "applied", "behavioural", "cellular", "collective",
    "computational", "connected", "creative", "declarative", "digital",
    "distributed", "ecological", "embedded", "emergent", "evolving", "formal",
    "generative", "global", "human", "immersive", "industrial", "integrated",
    "linguistic", "massive", "medical", "modular", "multimodal", "natural",
    "neural", "open", "organic", "perceptual", "physical", "predictive",
    "probabilistic", "quantum", "reactive", "relational", "remote", "scalable",
    "secure", "sensory", "social", "statistical", "strategic", "symbolic",
    "temporal", "theoretical", "trusted", "urban", "virtual", "wearable",
    "actors", "algebra", "analytics", "archives", "automata", "bridges",
    "circuits", "clouds", "colour", "contracts", "crowds", "decisions",
    "devices", "documents", "engines", "ethics", "fabrication", "forests",
    "gestures", "graphs", "health", "interfaces", "knowledge", "lattices",
    "learning", "light", "machines", "markets", "matter", "memory", "metrics",
    "models", "music", "objects", "operations", "patterns", "polymers",
    "processes", "protocols", "queries", "reasoning", "recovery", "robots",
    "rules",
)
# fmt: on

_DATES = re.compile(r'"(?:deadline|date)": "(\d{4}-\d\d-\d\d)')


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A file of a list as it is at one observation; ``body`` is JSON text."""

    source_key: str
    family: str
    path: str
    body: str


@dataclass(frozen=True, slots=True)
class Stored:
    """How many documents, visits and dated fields the raw tables hold."""

    documents: int
    visits: int
    claims: int


class World:
    """Conference series, and what three families of lists say of them.

    Args:
        claim_count: about how many dated fields all versions of all files have.
    """

    def __init__(self, claim_count: int) -> None:
        """Make up the series."""
        self._dice = random.Random(1)  # noqa: S311 - the same warehouse each time
        self._claim_count = claim_count

    def first_files(self) -> Iterator[tuple[PublishedList, int]]:
        """Yield files with their number of dated fields until there are enough."""
        claims = 0
        shared: list[tuple[str, str, int, str]] = []
        number = 0
        while claims < self._claim_count:
            acronym, name = self._series(number)
            for file, count in self._files_of_series(number, acronym, name):
                claims += count
                yield file, count
            if len(shared) < ENTRIES_OF_FLAT_LIST:
                day = self._paper_day(number, 2026)
                shared.append((acronym, name, number, day.isoformat()))
            number += 1
        entries = [
            {
                "title": acronym,
                "full_name": name,
                "year": "2026",
                "id": f"{acronym.lower()}26",
                "link": f"https://{acronym.lower()}.example.org/2026",
                "deadline": f"{day} 23:59",
                "timezone": "UTC-12",
                "place": _PLACES[series % len(_PLACES)],
                "date": "November 3-7, 2026",
                "sub": [_TAGS[series % len(_TAGS)]],
                "hindex": str(series % 90),
            }
            for acronym, name, series, day in shared
        ]
        yield (
            PublishedList(
                "paperswithcode",
                "paperswithcode",
                "_data/conferences.yml",
                json.dumps(entries),
            ),
            len(entries),
        )

    def _series(self, number: int) -> tuple[str, str]:
        letters = "".join(self._dice.choices("ABCDEFGHIKLMNOPRSTUVWZ", k=4))
        words = self._dice.sample(_WORDS, 4)
        name = f"International Conference on {' '.join(words).title()}"
        return f"{letters}{number:X}", name

    def _paper_day(self, number: int, year: int) -> date:
        return date(year - 1, 9, 1) + timedelta(days=number * 7919 % 240)

    def _files_of_series(
        self, number: int, acronym: str, name: str
    ) -> Iterator[tuple[PublishedList, int]]:
        """Yield the CCFDDL file of a series, and for some of its editions others."""
        dice = self._dice
        small = acronym.lower()
        place = _PLACES[number % len(_PLACES)]
        years = range(2026 - number % 3, 2028)
        claims = 0
        confs: list[dict[str, Any]] = []
        for year in years:
            zone = dice.choice(_ZONES)
            first = self._paper_day(number, year)
            timeline = []
            for turn in range(1 + (dice.random() < 0.4)):
                paper = first + timedelta(days=90 * turn)
                entry = {
                    "abstract_deadline": f"{paper - timedelta(days=7)} 23:59:59",
                    "deadline": f"{paper} 23:59:59",
                }
                comment = dice.choice(_COMMENTS)
                if comment:
                    entry["comment"] = comment
                timeline.append(entry)
                claims += 2
            confs.append(
                {
                    "year": str(year),
                    "id": f"{small}{year}",
                    "link": f"https://{small}.example.org/{year}",
                    "timeline": timeline,
                    "timezone": zone,
                    "date": f"June {1 + number % 20}-{5 + number % 20}, {year}",
                    "place": place,
                }
            )
        area = _AREAS[number % len(_AREAS)]
        series = {
            "title": acronym,
            "description": name,
            "sub": area,
            "rank": {"ccf": "ABCN"[number % 4], "core": "ABCN"[number % 3]},
            "dblp": small,
            "confs": confs,
        }
        path = f"conference/{area}/{small}.yml"
        yield PublishedList("ccfddl", "ccfddl", path, json.dumps([series])), claims
        if number % 2:
            return
        editions = []
        claims = 0
        for conf in confs[-2:]:
            year = int(conf["year"])
            slip = timedelta(days=dice.choice((0,) * 11 + (3,)))
            paper = self._paper_day(number, year) + slip
            dated = {
                "abstract": paper - timedelta(days=7),
                "paper": paper,
                "rebuttal_start": paper + timedelta(days=40),
                "rebuttal_end": paper + timedelta(days=47),
                "notification": paper + timedelta(days=70),
                "camera_ready": paper + timedelta(days=100),
            }
            editions.append(
                {
                    "title": acronym,
                    "year": conf["year"],
                    "id": f"{small}{year % 100}",
                    "full_name": name,
                    "link": conf["link"],
                    "deadlines": [
                        {
                            "type": kind,
                            "label": f"{kind.replace('_', ' ').title()} deadline",
                            "date": f"{day} 23:59:59",
                            "timezone": conf["timezone"],
                        }
                        for kind, day in dated.items()
                    ],
                    "timezone": conf["timezone"],
                    "date": conf["date"],
                    "tags": [_TAGS[number % len(_TAGS)]],
                    "city": place.partition(",")[0],
                    "country": place.rpartition(", ")[2],
                    "start": f"{year}-06-{1 + number % 20:02}",
                    "end": f"{year}-06-{5 + number % 20:02}",
                }
            )
            claims += len(dated)
        path = f"src/data/conferences/{small}.yml"
        yield (
            PublishedList("huggingface", "huggingface", path, json.dumps(editions)),
            claims,
        )


def fill(url: str, claim_count: int, pipelines_dir: Path) -> Stored:
    """Fill an empty database with about so many claims; return what it holds."""
    ensure_raw_tables([*FAMILIES, "registry"], url, pipelines_dir=pipelines_dir)
    store_registry(
        load_registry().sources,
        url,
        observed_at=FIRST_OBSERVED,
        pipelines_dir=pipelines_dir,
    )
    claims = 0
    files: list[PublishedList] = []
    for file, count in World(claim_count).first_files():
        files.append(file)
        claims += count
    with psycopg.connect(url) as connection:
        _observe(connection, 0, files)
    for turn in range(1, OBSERVATION_COUNT):
        change(url, CHANGED_SHARE, turn)
    with psycopg.connect(url, autocommit=True) as connection:
        documents, visits = (
            sum(_count(connection, f"raw_{family}", table) for family in _FAMILIES)
            for table in ("documents", "visits")
        )
        for family in _FAMILIES:
            for table in ("documents", "visits", "_dlt_loads"):
                connection.execute(
                    sql.SQL("vacuum analyze {}").format(
                        sql.Identifier(f"raw_{family}", table)
                    )
                )
    return Stored(documents, visits, claims)


def change(url: str, share: float, turn: int) -> int:
    """Observe all files once more, a share of them changed; return how many changed.

    In each changed file one date moves on, as an extension does.
    """
    changed = 0
    with psycopg.connect(url) as connection:
        for family in _FAMILIES:
            rows = connection.execute(
                sql.SQL(
                    """
                    select distinct on (source_key, path)
                        source_key, path, body::text
                    from {}
                    where abs(hashtextextended(path, %s) %% 1000000) < %s
                    order by source_key, path, first_seen_at desc
                    """
                ).format(sql.Identifier(f"raw_{family}", "documents")),
                [turn, round(share * 1_000_000)],
            ).fetchall()
            files = [
                PublishedList(key, family, path, _extended(body, turn))
                for key, path, body in rows
            ]
            changed += len(files)
            _observe(connection, turn, files, family)
    return changed


def _extended(body: str, turn: int) -> str:
    """Move the last date of a file by some days, as an extension does."""
    found = list(_DATES.finditer(body))[-1]
    later = date.fromisoformat(found.group(1)) + timedelta(days=6 + turn)
    return f"{body[: found.start(1)]}{later}{body[found.end(1) :]}"


def _observe(
    connection: psycopg.Connection,
    turn: int,
    files: Sequence[PublishedList],
    only_family: str | None = None,
) -> None:
    """Store new versions of files, and a visit to every file that there is."""
    seen_at = FIRST_OBSERVED + timedelta(days=30 * turn)
    families = {file.family for file in files} | {only_family or "ccfddl"}
    for family in sorted(families):
        schema = f"raw_{family}"
        load_id = f"{seen_at.timestamp():.3f}"
        connection.execute(
            sql.SQL(
                "insert into {} (load_id, schema_name, status, inserted_at,"
                " schema_version_hash) values (%s, %s, 0, %s, 'x')"
            ).format(sql.Identifier(schema, "_dlt_loads")),
            [load_id, schema, seen_at],
        )
        documents = sql.Identifier(schema, "documents")
        copy_sql = sql.SQL(
            "copy {} (document_key, source_key, path, source_url, sha256, byte_count,"
            " media_type, body, reader_version, entry_count, rejected_entry_count,"
            " first_seen_at, _dlt_load_id, _dlt_id) from stdin"
        ).format(documents)
        with connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
            for file in files:
                if file.family != family:
                    continue
                sha256 = hashlib.sha256(file.body.encode()).hexdigest()
                key = stable_key(file.source_key, file.path, sha256)
                url = f"https://lists.example.org/{file.source_key}/{file.path}"
                copy.write_row(
                    (
                        *(key, file.source_key, file.path, url, sha256),
                        *(len(file.body), "application/yaml", file.body),
                        *("lists-1", 1, 0, seen_at, load_id, key),
                    )
                )
        connection.execute(
            sql.SQL(
                """
                insert into {visits} (
                    visit_key, source_key, path, source_url, observed_at, outcome,
                    document_key, _dlt_load_id, _dlt_id
                )
                select
                    md5(latest.document_key || %(load_id)s),
                    latest.source_key,
                    latest.path,
                    latest.source_url,
                    %(seen_at)s,
                    case
                        when latest.first_seen_at = %(seen_at)s then 'stored'
                        else 'unchanged'
                    end,
                    latest.document_key,
                    %(load_id)s,
                    md5(latest.document_key || %(load_id)s)
                from (
                    select distinct on (source_key, path)
                        source_key, path, source_url, document_key, first_seen_at
                    from {documents}
                    order by source_key, path, first_seen_at desc
                ) as latest
                """
            ).format(visits=sql.Identifier(schema, "visits"), documents=documents),
            {"load_id": load_id, "seen_at": seen_at},
        )


def _count(connection: psycopg.Connection, schema: str, table: str) -> int:
    row = connection.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    ).fetchone()
    return row[0] if row else 0
