"""The ledger against the truth, for hundreds of made-up editions that are edited.

Three lists live through some snapshots. Each edit is drawn by a fixed seed, and what it
means is known: a change of a date, or none. What the marts say is compared with that.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from confradar.migrating import Plan, migrate
from tests.conftest import ROOT, WITHOUT_TESTS, WITHOUT_UNIT_TESTS, Site, Sites

pytestmark = pytest.mark.postgres

SEED = 20261122
STEP_COUNT = 8
DAY = timedelta(days=1)
LAST = datetime(2100, 1, 1)  # noqa: DTZ001 - a wall time
STEP_OF_FIRST_BUILD = 4
EDITION_COUNTS = {"kite-nested": 150, "kite-typed": 70, "kite-plain": 70}
TWIN_COUNT = 30
FAMILIES = {
    "kite-nested": ("ccfddl", "**/*.yml"),
    "kite-typed": ("huggingface", "**/*.yml"),
    "kite-plain": ("sec_deadlines", "**/conferences.yml"),
}
ENTRY = """\
  - key: {key}
    family: {family}
    name: {key}
    publisher: Nobody
    homepage_url: https://kite.example/
    repository_url: https://kite.example/repository
    page_url: https://kite.example/{{path}}
    archive_url: https://kite.example/{key}.tar.gz
    include: ["{include}"]
    licence: CC0-1.0
    authority: curated_list
    default_timezone: AoE
    default_timezone_reason: It says nothing, so the usual one.
"""
PACIFIC = ZoneInfo("America/Los_Angeles")
ZONES: dict[str, tzinfo] = {
    "UTC-12": timezone(timedelta(hours=-12)),
    "AoE": timezone(timedelta(hours=-12)),
    "UTC-7": timezone(timedelta(hours=-7)),
    "PT": PACIFIC,
    "UTC+0": UTC,
    "UTC+8": timezone(timedelta(hours=8)),
}
TWIN_ZONES = (("UTC-12", "AoE"), ("UTC-7", "PT"))
KINDS = {
    "kite-nested": ("abstract", "submission"),
    "kite-typed": ("abstract", "submission", "notification"),
    "kite-plain": ("submission",),
}
DAYS_OF_KIND = {"abstract": -7, "submission": 0, "notification": 61}
# The others have no flat field that means the same; they are typed in either form.
FLAT_FIELDS = {"abstract": "abstract_deadline", "submission": "deadline"}
TYPES = {"abstract": "abstract", "submission": "paper", "notification": "notification"}
ALIASES = (("NIPS", "NeurIPS"), ("WWW", "TheWebConf"), ("Oakland", "IEEE S&P"))
SERIES_KEYS = {"NIPS": "neurips", "Oakland": "ieee-sp"}

Change = tuple[str, str, str, str, datetime | None, datetime | None, int]


@dataclass(slots=True)
class Round:
    """One round of an edition: its label, and its wall times, None where TBD."""

    label: str | None
    dues: dict[str, datetime | None]


@dataclass(slots=True)
class Edition:
    """One edition in one list, as it is now, and all that became of it."""

    source: str
    name: str
    other_name: str
    file: str
    zone: str
    rounds: list[Round]
    is_flat: bool = False
    is_present: bool = True
    has_twin: bool = False
    used: dict[str, set[datetime]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def instant(self, wall: datetime, zone: str | None = None) -> datetime:
        """Return the instant of a wall time."""
        return wall.replace(tzinfo=ZONES[zone or self.zone]).astimezone(UTC)

    def dated(self) -> Iterator[tuple[Round, str, datetime]]:
        """Yield each date that the edition has now."""
        for one in self.rounds:
            for kind, wall in one.dues.items():
                if wall is not None:
                    yield one, kind, wall

    def is_free(self, kind: str, wall: datetime) -> bool:
        """Tell whether the edition never had this date, in whatever zone."""
        taken = self.used.setdefault(kind, set())
        return all(abs(wall - other) > DAY for other in taken)

    def use(self, kind: str, wall: datetime) -> None:
        """Remember that the edition had this date."""
        self.used.setdefault(kind, set()).add(wall)

    def note(
        self,
        step: int,
        kind: str,
        change_type: str,
        old: datetime | None,
        new: datetime | None,
    ) -> None:
        """Write down what an edit means."""
        self.changes.append((self.source, self.name, kind, change_type, old, new, step))


class World:
    """The three lists and the hand that edits them."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - not a secret
        self.editions: list[Edition] = []
        self.edit_counts: Counter[str] = Counter()
        names = self._names()
        for source, count in EDITION_COUNTS.items():
            for number in range(count):
                name = next(names)
                self.editions.append(self._edition(source, name, name, number))
        for number, (name, other) in enumerate(ALIASES):
            self.editions.append(self._edition("kite-nested", name, other, number))
        self._names_to_come = names
        for original in self.editions[:TWIN_COUNT]:
            self.editions.append(self._twin(original))

    def _names(self) -> Iterator[str]:
        """Yield acronyms that sound like none that exists."""
        seen = set()
        while True:
            name = "".join(
                self.draw.choice("BDGKLMNPRTVZ") + self.draw.choice("AEIOU")
                for _ in range(4)
            )
            if name not in seen:
                seen.add(name)
                yield name

    def _edition(self, source: str, name: str, other: str, number: int) -> Edition:
        has_one_round = source == "kite-typed" and self.draw.random() < 0.7
        edition = Edition(
            source=source,
            name=name,
            other_name=other,
            file=f"{number // 3:03}",
            zone=self.draw.choice(list(ZONES)),
            rounds=[],
            is_flat=has_one_round,
        )
        labels = self.draw.random() < 0.6 and source != "kite-plain"
        count = 1 if has_one_round else self.draw.choice((1, 1, 2, 3, 4))
        for place in range(count):
            label = f"Round {place + 1}" if labels else None
            edition.rounds.append(self._round(edition, place, label))
        return edition

    def _twin(self, original: Edition) -> Edition:
        """Return the same edition as another list has it."""
        original.has_twin = True
        return Edition(
            source="kite-plain",
            name=original.name,
            other_name=original.name,
            file="",
            zone=original.zone,
            rounds=[
                Round(None, {"submission": one.dues["submission"]})
                for one in original.rounds
            ],
            has_twin=True,
            used={"submission": set(original.used["submission"])},
        )

    def _round(self, edition: Edition, place: int, label: str | None) -> Round:
        """Return a new round about so many quarters of a year in."""
        while True:
            base = datetime(2027, 2, 1, 23, 59, 59) + timedelta(  # noqa: DTZ001
                days=90 * place + self.draw.randrange(40)
            )
            dues = {
                kind: base + timedelta(days=DAYS_OF_KIND[kind])
                for kind in KINDS[edition.source]
            }
            if all(edition.is_free(kind, wall) for kind, wall in dues.items()):
                break
        found: dict[str, datetime | None] = {}
        for kind, wall in dues.items():
            if kind != "submission" and self.draw.random() < 0.4:
                continue
            edition.use(kind, wall)
            is_tbd = self.draw.random() < 0.1
            if is_tbd and not any(
                kind in one.dues and one.dues[kind] is None for one in edition.rounds
            ):
                found[kind] = None
            else:
                found[kind] = wall
        return Round(label, found)

    # Edits that change no date.

    def _reorder(self, edition: Edition) -> bool:
        before = list(edition.rounds)
        self.draw.shuffle(edition.rounds)
        return edition.rounds != before

    def _relabel_zone(self, edition: Edition) -> bool:
        for labels in TWIN_ZONES:
            if edition.zone in labels:
                other = labels[1 - labels.index(edition.zone)]
                walls = [wall for _, _, wall in edition.dated()]
                if walls and all(
                    edition.instant(wall) == edition.instant(wall, other)
                    for wall in walls
                ):
                    edition.zone = other
                    return True
        return False

    def _rename_file(self, edition: Edition) -> bool:
        if edition.source != "kite-nested":
            return False
        folder = self.draw.choice(("AI", "DB", "old"))
        edition.file = f"{folder}/{edition.name.lower()}"
        return True

    def _to_list(self, edition: Edition) -> bool:
        was_flat, edition.is_flat = edition.is_flat, False
        return was_flat

    def _rename_labels(self, edition: Edition) -> bool:
        if edition.source == "kite-plain":
            return False
        in_order = sorted(edition.rounds, key=_first_wall)
        labels = [one.label for one in in_order if one.label]
        if labels != sorted(labels):
            return False
        pattern = self.draw.choice(("Cycle {}", "Round {}", "round #{}", "{}"))
        for place, one in enumerate(in_order, 1):
            one.label = None if pattern == "{}" else pattern.format(place)
        return True

    def _rename_series(self, edition: Edition) -> bool:
        if edition.name == edition.other_name:
            return False
        edition.name, edition.other_name = edition.other_name, edition.name
        return True

    # Edits that do.

    def _moved(self, edition: Edition, kind: str, wall: datetime) -> datetime | None:
        for _ in range(20):
            days = self.draw.choice((1, 2, 3, 5, 7, 7, 14, 14, 30, 100))
            sign = self.draw.choice((1, 1, 1, -1))
            moved = wall + sign * timedelta(
                days=days, hours=self.draw.choice((0, 0, 0, -6))
            )
            if edition.is_free(kind, moved):
                return moved
        return None

    def _move(self, edition: Edition, step: int) -> bool:
        """Move one date, all of a round, or all of the edition."""
        dated = list(edition.dated())
        if not dated:
            return False
        one, kind, _ = self.draw.choice(dated)
        scope = self.draw.choice(("date", "date", "round", "kind"))
        chosen = [
            entry
            for entry in dated
            if (entry[0] is one and entry[1] == kind)
            or (scope == "round" and entry[0] is one)
        ]
        if scope == "kind":
            return self._move_kind(edition, step, kind)
        is_done = False
        for found, which, wall in chosen:
            moved = self._moved(edition, which, wall)
            if moved is not None:
                self._set(edition, step, found, which, wall, moved)
                is_done = True
        return is_done

    def _move_kind(self, edition: Edition, step: int, kind: str) -> bool:
        """Move all dates of a kind alike."""
        dated = [entry for entry in edition.dated() if entry[1] == kind]
        by = timedelta(days=self.draw.choice((3, 7, 10, 21)))
        if not all(edition.is_free(kind, wall + by) for _, _, wall in dated):
            return False
        for one, _, wall in dated:
            self._set(edition, step, one, kind, wall, wall + by)
        return True

    def _set(
        self,
        edition: Edition,
        step: int,
        one: Round,
        kind: str,
        wall: datetime,
        moved: datetime,
    ) -> None:
        edition.use(kind, moved)
        one.dues[kind] = moved
        old, new = edition.instant(wall), edition.instant(moved)
        edition.note(step, kind, "extended" if new > old else "advanced", old, new)

    def _rezone(self, edition: Edition, step: int) -> bool:
        zone = self.draw.choice(list(ZONES))
        dated = list(edition.dated())
        if any(edition.instant(w) == edition.instant(w, zone) for _, _, w in dated):
            return False
        for _, kind, wall in dated:
            edition.note(
                step,
                kind,
                "rezoned",
                edition.instant(wall),
                edition.instant(wall, zone),
            )
        edition.zone = zone
        return bool(dated)

    def _clear(self, edition: Edition, step: int) -> bool:
        dated = list(edition.dated())
        if not dated:
            return False
        one, kind, wall = self.draw.choice(dated)
        if any(kind in r.dues and r.dues[kind] is None for r in edition.rounds):
            return False
        one.dues[kind] = None
        edition.note(step, kind, "cleared", edition.instant(wall), None)
        return True

    def _date(self, edition: Edition, step: int) -> bool:
        """Give a date to what was to be announced."""
        for place, one in enumerate(edition.rounds):
            for kind, wall in one.dues.items():
                if wall is None:
                    new = self._round(edition, place, None).dues.get(kind)
                    if new is None:
                        return False
                    one.dues[kind] = new
                    edition.note(step, kind, "announced", None, edition.instant(new))
                    return True
        return False

    def _remove(self, edition: Edition, step: int) -> bool:
        for _, kind, wall in edition.dated():
            edition.note(step, kind, "withdrawn", edition.instant(wall), None)
        edition.is_present = False
        return True

    def _bring_back(self, edition: Edition, step: int) -> bool:
        for _, kind, wall in edition.dated():
            at = edition.instant(wall)
            edition.note(step, kind, "returned", at, at)
        edition.is_present = True
        return True

    def _add_round(self, edition: Edition, step: int) -> bool:
        if edition.is_flat or len(edition.rounds) > 4:
            return False
        place = self.draw.randrange(-1, len(edition.rounds) + 1)
        one = self._round(edition, place, None)
        edition.rounds.insert(max(place, 0), one)
        if edition.rounds[-1].label or edition.rounds[0].label:
            for number, known in enumerate(sorted(edition.rounds, key=_first_wall), 1):
                known.label = f"Round {number}"
        for kind, wall in one.dues.items():
            if wall is not None:
                edition.note(step, kind, "announced", None, edition.instant(wall))
        return True

    def _rezone_and_add(self, edition: Edition, step: int) -> bool:
        return self._rezone(edition, step) and self._add_round(edition, step)

    def _drop_round(self, edition: Edition, step: int) -> bool:
        if len(edition.rounds) < 2:
            return False
        one = edition.rounds.pop(self.draw.randrange(len(edition.rounds)))
        for kind, wall in one.dues.items():
            if wall is not None:
                edition.note(step, kind, "withdrawn", edition.instant(wall), None)
        return True

    @staticmethod
    def _is_present(edition: Edition) -> bool:
        return edition.is_present

    def edit(self, step: int) -> None:
        """Edit each edition, or leave it."""
        silent = (
            self._reorder,
            self._relabel_zone,
            self._rename_file,
            self._to_list,
            self._rename_labels,
            self._rename_series,
        )
        telling = (
            self._move,
            self._move,
            self._move,
            self._rezone,
            self._clear,
            self._date,
            self._date,
            self._remove,
            self._add_round,
            self._add_round,
            self._rezone_and_add,
            self._drop_round,
        )
        for edition in self.editions:
            if not edition.is_present:
                if self.draw.random() < 0.5:
                    self._bring_back(edition, step)
                    self.edit_counts["bring_back"] += 1
                continue
            if self.draw.random() < 0.5:
                change = self.draw.choice(telling)
                if change(edition, step):
                    self.edit_counts[change.__name__] += 1
            if self._is_present(edition) and self.draw.random() < 0.5:
                # A label and a zone may change beside a date, but not two zones.
                quiet = self.draw.choice(silent)
                if quiet(edition):
                    self.edit_counts[quiet.__name__] += 1
        for source in EDITION_COUNTS:
            edition = self._edition(source, next(self._names_to_come), "", step)
            edition.other_name = edition.name
            edition.file = f"new/{edition.name.lower()}"
            self.editions.append(edition)
            for _, kind, wall in edition.dated():
                edition.note(step, kind, "announced", None, edition.instant(wall))

    # What is published.

    def publish(self, root: Path, step: int) -> None:
        """Write the lists as they are now, in place of what was there."""
        for source in EDITION_COUNTS:
            for old in (root / source).rglob("*.yml"):
                old.unlink()
        present = [edition for edition in self.editions if edition.is_present]
        nested: dict[str, list[Any]] = defaultdict(list)
        typed: dict[str, list[Any]] = defaultdict(list)
        plain = []
        for edition in present:
            if edition.source == "kite-nested":
                nested[edition.file].append(_nested(edition))
            elif edition.source == "kite-typed":
                name = edition.name.lower() if step >= STEP_OF_FIRST_BUILD else "all"
                typed[name].append(_typed(edition))
            else:
                plain.append(_plain(edition))
        for file, entries in nested.items():
            _write(root / "kite-nested" / "conference" / f"{file}.yml", entries)
        for file, entries in typed.items():
            _write(root / "kite-typed" / "data" / f"{file}.yml", entries)
        _write(root / "kite-plain" / "_data" / "conferences.yml", plain)


def _first_wall(one: Round) -> datetime:
    return min((w for w in one.dues.values() if w), default=LAST)


def _write(path: Path, entries: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries, indent=1))


def _text(wall: datetime | None) -> str:
    return wall.isoformat(" ") if wall else "TBD"


def _nested(edition: Edition) -> dict[str, Any]:
    fields = {"abstract": "abstract_deadline", "submission": "deadline"}
    return {
        "title": edition.name,
        "description": f"Symposium on {edition.name.title()}",
        "confs": [
            {
                "year": 2027,
                "id": f"{edition.name.lower()}27",
                "timezone": edition.zone,
                "timeline": [
                    {fields[kind]: _text(wall) for kind, wall in one.dues.items()}
                    | ({"comment": one.label} if one.label else {})
                    for one in edition.rounds
                ],
            }
        ],
    }


def _typed(edition: Edition) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "title": edition.name,
        "year": 2027,
        "id": f"{edition.name.lower()}27",
        "full_name": f"Symposium on {edition.name.title()}",
        "timezone": edition.zone,
    }
    if edition.is_flat:
        (one,) = edition.rounds
        entry |= {
            FLAT_FIELDS[kind]: _text(wall)
            for kind, wall in one.dues.items()
            if kind in FLAT_FIELDS
        }
    entry["deadlines"] = [
        {
            "type": TYPES[kind],
            "label": " ".join(filter(None, [one.label, TYPES[kind].title()])),
            "date": _text(wall),
            "timezone": edition.zone,
        }
        for one in edition.rounds
        for kind, wall in one.dues.items()
        if not (edition.is_flat and kind in FLAT_FIELDS)
    ]
    return entry


def _plain(edition: Edition) -> dict[str, Any]:
    return {
        "name": edition.name,
        "description": f"Symposium on {edition.name.title()}",
        "year": 2027,
        "timezone": edition.zone,
        "deadline": [_text(one.dues["submission"]) for one in edition.rounds],
    }


def day(step: int) -> datetime:
    """Return when a snapshot was taken."""
    return datetime(2026, 10, step, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replay:
    """The replayed lists, and what the marts said at the first and the last build."""

    site: Site
    world: World
    early: dict[str, list[tuple[Any, ...]]]
    late: dict[str, list[tuple[Any, ...]]]
    checksums: tuple[dict[str, str], dict[str, str]]


QUERIES = {
    "claims": """
        select claim_key, deadline_key, source_key, conference_key, kind, due_at,
            due_reading, is_current, is_winner, source_record_id, seen_from, seen_to
        from marts.fct_deadline_claims order by source_record_id, seen_from
    """,
    "changes": """
        select source_key, series_text, kind, change_type, old_due_at, new_due_at,
            extract(day from seen_at at time zone 'UTC')::integer, source_record_id
        from marts.fct_deadline_changes order by seen_at, source_record_id
    """,
    "deadlines": """
        select deadline_key, source_key, conference_key, kind, status, due_at
        from marts.fct_deadlines order by deadline_key
    """,
}
MARTS = ("fct_deadline_claims", "fct_deadline_changes", "fct_deadlines")


def _build(site: Site, registry: Path, without: Mapping[str, str]) -> None:
    done = site.confradar(
        "build", "-q", extra={"CONFRADAR_REGISTRY": str(registry), **without}
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def _answers(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    return {name: site.rows(query) for name, query in QUERIES.items()}


@pytest.fixture(scope="module")
def replay(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Return lists that lived through all steps, and were built three times."""
    site = sites.make()
    registry = tmp_path_factory.mktemp("registry") / "more.yml"
    registry.write_text(
        "sources:\n"
        + "".join(
            ENTRY.format(key=key, family=family, include=include)
            for key, (family, include) in FAMILIES.items()
        )
    )
    world = World(SEED)
    root = site.home / "lists"
    early = {}
    for step in range(1, STEP_COUNT + 1):
        if step > 1:
            world.edit(step)
        world.publish(root, step)
        done = site.confradar(
            "ingest", *FAMILIES, "--from", str(root), "--as-of", f"{day(step):%F}",
            extra={"CONFRADAR_REGISTRY": str(registry)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        if step == STEP_OF_FIRST_BUILD:
            _build(site, registry, WITHOUT_TESTS)
            early = _answers(site)
    _build(site, registry, WITHOUT_UNIT_TESTS)
    late, after_steps = _answers(site), site.checksums()
    for schema in ("marts", "intermediate", "staging"):
        site.execute(f"drop schema if exists {schema} cascade")
    migrate(ROOT, Plan(site.url))  # which alone makes schemas
    _build(site, registry, WITHOUT_TESTS)
    return Replay(site, world, early, late, (after_steps, site.checksums()))


@cache
def _name(text: str) -> str:
    """Return one name for both spellings of a series."""
    return next((name for name, other in ALIASES if other == text), text)


AS_OF = f"""
    select deadline_key, conference_key, due_at
    from marts.deadlines_as_of('{datetime(2026, 10, STEP_OF_FIRST_BUILD, tzinfo=UTC)}')
    where status = 'announced'
"""  # noqa: S608


def _conference(edition: Edition) -> str:
    name = _name(edition.name)
    return f"{SERIES_KEYS.get(name, name.lower())}-2027"


def _named(change: tuple[Any, ...]) -> tuple[Any, ...]:
    return (change[0], _name(change[1]), *change[2:7])


def _differences(
    expected: Counter[Any], found: Counter[Any]
) -> tuple[list[Any], list[Any]]:
    def sort(rest: Counter[Any]) -> list[Any]:
        return sorted(rest.elements(), key=str)

    return sort(expected - found), sort(found - expected)


def test_many_edits_of_each_sort_were_made(replay: Replay) -> None:
    assert sum(replay.world.edit_counts.values()) > 1000
    assert min(replay.world.edit_counts.values()) > 2


def test_the_ledger_has_what_changed_and_nothing_else(replay: Replay) -> None:
    expected = Counter(
        _named(change)
        for edition in replay.world.editions
        for change in edition.changes
    )
    found = Counter(_named(row) for row in replay.late["changes"])

    missed, invented = _differences(expected, found)

    assert (missed, invented) == ([], [])


def test_the_changes_of_a_record_lead_from_its_first_claim_to_its_last(
    replay: Replay,
) -> None:
    claims = defaultdict(list)
    for row in replay.late["claims"]:
        claims[row[2], row[9]].append(row)
    changes = defaultdict(list)
    for row in replay.late["changes"]:
        changes[row[0], row[7]].append(row)
    astray = []
    for record, rows in claims.items():
        first, last = rows[0], rows[-1]
        at = first[5] if first[10] == day(1) else None
        for _, _, _, change_type, old, new, _, _ in changes[record]:
            if change_type != "returned" and old != at:
                astray.append((record, change_type, at, old, new))
            at = new
        if at != (last[5] if last[7] else None):
            astray.append((record, "last", at, last[5], last[7]))

    assert astray == []


def test_a_deadline_is_announced_for_each_date_that_a_list_has_now(
    replay: Replay,
) -> None:
    expected = Counter(
        (edition.source, _conference(edition), kind, edition.instant(wall))
        for edition in replay.world.editions
        if edition.is_present and not edition.has_twin
        for _, kind, wall in edition.dated()
    )
    alone = {_conference(e) for e in replay.world.editions if not e.has_twin}
    found = Counter(
        (source, conference, kind, due_at)
        for _, source, conference, kind, status, due_at in replay.late["deadlines"]
        if status == "announced" and conference in alone
    )

    missed, invented = _differences(expected, found)

    assert (missed, invented) == ([], [])


def test_every_current_claim_has_a_slot_that_it_shares_with_none_of_its_source(
    replay: Replay,
) -> None:
    current = [row for row in replay.late["claims"] if row[7]]
    by_slot = Counter((row[1], row[2]) for row in current)

    assert [row for row in current if row[1] is None] == []
    assert [slot for slot, count in by_slot.items() if count > 1] == []


def test_claims_keep_their_deadlines_when_rounds_are_added(replay: Replay) -> None:
    later = {row[0]: row[1] for row in replay.late["claims"]}

    twins = {
        _conference(edition) for edition in replay.world.editions if edition.has_twin
    }

    moved = [
        (row[1], later.get(row[0]), row[9])
        for row in replay.early["claims"]
        if later.get(row[0]) != row[1] and row[3] not in twins
    ]

    assert moved == []


def test_a_day_in_the_past_is_answered_as_it_was_then(replay: Replay) -> None:
    twins = {
        _conference(edition) for edition in replay.world.editions if edition.has_twin
    }
    then = {
        (key, due_at)
        for key, _, conference, _, status, due_at in replay.early["deadlines"]
        if status == "announced" and conference not in twins
    }
    answered = {
        (key, due_at)
        for key, conference, due_at in replay.site.rows(AS_OF)
        if conference not in twins
    }

    assert (sorted(then - answered), sorted(answered - then)) == ([], [])


def test_one_build_gives_what_a_build_after_some_steps_gave(replay: Replay) -> None:
    stepwise, at_once = replay.checksums

    assert {m: stepwise[m] for m in MARTS} == {m: at_once[m] for m in MARTS}
