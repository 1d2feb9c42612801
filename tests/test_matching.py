"""Names of series that are known to be one, or two, in lists made up to say so.

The lists have the shapes of the publishers; names, keys and addresses are facts of the
conferences, or examples.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.matching import Pair, count
from tests.conftest import Site, Sites

pytestmark = pytest.mark.postgres

FOLDER = Path(__file__).parent / "matching"
SEC_SHAPE = {"sec-deadlines", "se-deadlines", "mpc-deadlines"}

Keys = dict[str, str]


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _entry(mention: dict[str, str], number: int) -> dict[str, Any]:
    shared = {"year": 2026, "link": mention["link"], "date": "May 4, 2026"}
    text, name = mention["series_text"], mention["full_name"]
    due = "2026-01-15 23:59"
    if mention["source"] == "ccfddl":
        edition = {
            **shared,
            "id": f"made-up-{number}",
            "timezone": "AoE",
            "place": "TBD",
            "timeline": [{"deadline": f"{due}:00"}],
        }
        return {
            "title": text,
            "description": name,
            "sub": "AI",
            "rank": {"ccf": "A"},
            "dblp": mention["dblp"],
            "confs": [edition],
        }
    if mention["source"] in SEC_SHAPE:
        entry = {**shared, "name": text, "deadline": [due], "tags": ["COREA"]}
        named = {"description": name, "dblp": mention["dblp"]}
    else:
        entry = {
            **shared,
            "title": text,
            "id": f"made-up-{number}",
            "deadline": f"{due}:00",
            "hindex": 7,
        }
        named = {"full_name": name}
    return {**entry, **{field: value for field, value in named.items() if value}}


def write_lists(folder: Path) -> list[str]:
    """Write every source's list of made-up editions, and return the sources."""
    entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, mention in enumerate(_read("mentions")):
        entries[mention["source"]].append(_entry(mention, number))
    for source, of_source in entries.items():
        path = (
            "conference/AI/all.yml" if source == "ccfddl" else "_data/conferences.yml"
        )
        file = folder / source / path
        file.parent.mkdir(parents=True)
        # JSON is YAML.
        file.write_text(json.dumps(of_source), encoding="utf-8")
    return sorted(entries)


@pytest.fixture(scope="module")
def matched(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site whose lists are matched."""
    site = sites.make()
    folder = tmp_path_factory.mktemp("lists")
    for command in (
        ("ingest", *write_lists(folder), "--from", str(folder)),
        (
            "dbt",
            "build",
            *("--select", "+int_series_parents", "+series_ranks"),
            *("--exclude-resource-type", "test", "unit_test"),
        ),
    ):
        done = site.confradar(*command)
        assert done.returncode == 0, done.stderr + done.stdout
    return site


@pytest.fixture(scope="module")
def keys(matched: Site) -> Keys:
    """Return for each mention the key of its series."""
    found = {
        (source, text, name or ""): key
        for source, text, name, key in matched.rows(
            "select source_key, series_text, full_name_text, series_key"
            " from intermediate.int_series_matched"
        )
    }
    return {
        mention["mention"]: found[
            mention["source"], mention["series_text"], mention["full_name"]
        ]
        for mention in _read("mentions")
    }


@pytest.mark.parametrize(
    "pair", _read("pairs"), ids=lambda pair: "|".join(pair.values())
)
def test_names_are_one_series_or_two(keys: Keys, pair: dict[str, str]) -> None:
    is_same = keys[pair["one"]] == keys[pair["other"]]

    assert is_same is (pair["is_same"] == "true")


def test_tracks_and_events_hang_on_their_parents(matched: Site, keys: Keys) -> None:
    parents = dict(
        matched.rows(
            "select series_key, parent_series_key from intermediate.int_series_parents"
        )
    )

    for row in _read("parents"):
        assert parents[keys[row["child"]]] == keys[row["parent"]], row["child"]


def test_tracks_have_no_rank(matched: Site, keys: Keys) -> None:
    ranked = {
        key for (key,) in matched.rows("select series_key from marts.series_ranks")
    }

    assert keys["emnlp"] in ranked
    assert keys["emnlp industry"] not in ranked
    assert keys["re-ds"] not in ranked


def test_a_pair_with_an_unknown_name_is_not_judged() -> None:
    one, other, third = ("a", "ICX"), ("b", "ICX"), ("b", "ICY")
    pairs = [
        Pair(one, other, is_same=True),
        Pair(one, third, is_same=True),
        Pair(other, ("c", "ICZ"), is_same=True),
        Pair(other, third, is_same=False),
    ]

    counted = count(pairs, {one: {"icx"}, other: {"icx"}, third: {"icy"}})

    assert (counted.pairs, counted.unknown) == (4, 1)
    assert (counted.precision, counted.recall) == (1.0, 0.5)
