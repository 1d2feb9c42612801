"""Made-up rows of the marts, for tests that need no database."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from confradar.readers.snapshot import Snapshot, listed, vocabulary_of
from confradar.warehouse import (
    Change,
    CurrentDeadline,
    Edition,
    EditionChange,
    EditionClaim,
    EditionDeadline,
    EditionFacts,
    Rank,
    Sibling,
)

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
DUE = datetime(2027, 1, 16, 11, 59, tzinfo=UTC)  # 23:59 AoE on the 15th
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    "\u202egnirts\u2066 \x00\x1b[31m{{ 7 * 7 }} " + "a" * 10_000
)

_AOE = timedelta(hours=12)
_AREAS = ("lamps", "light", "candles", "lenses", "mirrors", "torches", "lasers")
_RANKS = ("CORE A*", "CORE A", "CORE B", "CCF A", "CCF B")
_KINDS = ("abstract", "submission", "notification", "camera_ready", "registration")
_ZONES = (
    ("AoE", "AoE", -12),
    (None, "AoE", -12),
    ("UTC-12", "UTC-12", -12),
    ("JST", "Asia/Tokyo", 9),
    ("UTC", "UTC", 0),
)
_PLACES = (("Vienna", "AT"), ("Kyoto", "JP"), ("San José", "CR"), ("Großweil", "DE"))


def deadline(
    key: str = "lamp-2027/main/submission/1",
    **values: Any,  # noqa: ANN401
) -> CurrentDeadline:
    """Return a deadline of 15 January 2027, 23:59 AoE."""
    due_at = values.get("due_at", DUE)
    usual: dict[str, Any] = {
        "deadline_key": key,
        "conference_key": "lamp-2027",
        "series_key": "lamp",
        "source_key": "list",
        "acronym": "LAMP",
        "full_name": "Conference on Lamps",
        "title": "LAMP 2027",
        "track": "main",
        "kind": "submission",
        "label": "Papers",
        "status": "announced",
        "timezone_name": "AoE",
        "timezone_text": "AoE",
        "due_precision": "minute",
        "place": "Vienna, Austria",
        "city": "Vienna",
        "country_code": "AT",
        "attendance_mode": "in person",
        "homepage_url": "https://lamp.example/",
        "primary_area": "lamps",
        "areas": "lamps, light",
        "ranks": "CORE A*",
        "source_name": "A list",
        "source_url": "https://list.example/lamp.yml",
        "evidence": "deadline: 2027-01-15 23:59 AoE",
        "winning_claim": None,
        "dissenting_claims": None,
        "year": 2027,
        "round": 1,
        "extension_count": 0,
        "claim_count": 3,
        "agreeing_claim_count": 2,
        "confidence": Decimal("0.67"),
        "revision_count": 0,
        "is_timezone_stated": True,
        "has_conflict": False,
        "starts_on": date(2027, 7, 1),
        "ends_on": date(2027, 7, 4),
        "due_date": None,
        "due_local": None if due_at is None else (due_at - _AOE).replace(tzinfo=None),
        "due_at": due_at,
        "original_due_at": due_at,
        "first_seen_at": AS_OF,
        "last_changed_at": AS_OF,
        "last_confirmed_at": AS_OF,
        "revised_at": AS_OF,
    }
    return CurrentDeadline(**usual | values)


def many(count: int) -> list[CurrentDeadline]:
    """Return deadlines of all sorts in the next two years, the same ones each time."""
    dice = random.Random(1)  # noqa: S311 - not a secret
    series = []
    for number in range(max(1, count // 4)):
        acronym = "".join(dice.choices("ABCDEFGHIKLMNOPRSTUÉ", k=4))
        areas = sorted(dice.sample(_AREAS, dice.randint(1, 3)))
        ranks = sorted(dice.sample(_RANKS, dice.randint(0, 2)))
        series.append(
            {
                "series_key": f"{acronym.lower()}-{number}",
                "acronym": acronym,
                "full_name": f"Conference {number} on {' and '.join(areas).title()}",
                "areas": ", ".join(areas),
                "ranks": ", ".join(ranks) or None,
            }
        )
    rows = []
    for number in range(count):
        of = dice.choice(series)
        text, name, hours = dice.choice(_ZONES)
        city, country = dice.choice(_PLACES)
        day = date(2026, 11, 1) + timedelta(days=int(dice.expovariate(1 / 120)))
        local = datetime(day.year, day.month, day.day, 23, 59)  # noqa: DTZ001
        due_at = (local - timedelta(hours=hours)).replace(tzinfo=UTC)
        is_open = dice.random() < 0.05
        has_moved = dice.random() < 0.1
        has_conflict = dice.random() < 0.1
        rows.append(
            deadline(
                f"{of['series_key']}-{day.year}/main/{number}",
                **of,
                conference_key=f"{of['series_key']}-{day.year}",
                title=f"{of['acronym']} {day.year}",
                year=day.year,
                kind=dice.choice(_KINDS),
                round=dice.choice((1, 1, 1, 2)),
                track=dice.choice(("main", "main", "workshop")),
                status="tbd" if is_open else "announced",
                timezone_text=text,
                timezone_name=name,
                is_timezone_stated=text is not None,
                due_at=None if is_open else due_at,
                due_local=None if is_open else local,
                original_due_at=due_at - timedelta(days=7) if has_moved else due_at,
                extension_count=int(has_moved),
                has_conflict=has_conflict,
                dissenting_claims="other says 1 May 2027" if has_conflict else None,
                city=city,
                country_code=country,
                place=f"{city}, {country}",
            )
        )
    return rows


def snapshot_with(*rows: CurrentDeadline, is_replay: bool = False) -> Snapshot:
    """Return a build with these deadlines, and no change."""
    ordered = sorted(
        rows,
        key=lambda row: (row.due_at is None, row.due_at or AS_OF, row.deadline_key),
    )
    kept = tuple(map(listed, ordered))
    return Snapshot("a build", AS_OF, is_replay, kept, (), vocabulary_of(kept))


def claim(**values: Any) -> EditionClaim:  # noqa: ANN401
    """Return what a list says of the deadline of ``edition``."""
    usual: dict[str, Any] = {
        "conference_key": "lamp-2027",
        "deadline_key": "lamp-2027/main/submission/1",
        "track": "main",
        "round": 1,
        "kind": "submission",
        "source_key": "list",
        "source_url": "https://list.example/lamp.yml",
        "due_text": "2027-01-15 23:59",
        "due_at": DUE,
        "due_local": datetime(2027, 1, 15, 23, 59),  # noqa: DTZ001
        "timezone_name": "AoE",
        "timezone_text": "AoE",
        "is_timezone_stated": True,
        "due_precision": "minute",
        "evidence": "deadline: 2027-01-15 23:59 AoE",
        "seen_from": AS_OF,
        "is_winner": False,
        "is_superseded": False,
        "agrees_with_winner": True,
        "rank_reason": "source of lower authority",
    }
    return EditionClaim(**usual | values)


@dataclass(frozen=True, slots=True)
class MadeChange:
    """An extension by a week, as an edition has it and as the feed has it."""

    row: EditionChange

    @property
    def as_listed(self) -> Change:
        """Return it with what names its conference."""
        shared = {
            name: getattr(self.row, name) for name in EditionChange.__dataclass_fields__
        }
        return Change(
            **shared
            | {
                "round": "1",
                "series_key": "lamp",
                "deadline_key": None,
                "title": "LAMP 2027",
                "acronym": "LAMP",
                "areas": "lamps",
                "ranks": None,
                "series_text": "LAMP",
                "year": 2027,
                "label_text": None,
                "evidence": None,
            }
        )


def change(**values: Any) -> MadeChange:  # noqa: ANN401
    """Return an extension by a week."""
    usual: dict[str, Any] = {
        "conference_key": "lamp-2027",
        "change_key": "c1",
        "source_key": "list",
        "track": "main",
        "round": 1,
        "kind": "submission",
        "change_type": "extended",
        "old_due_text": "2027-01-08 23:59",
        "new_due_text": "2027-01-15 23:59",
        "old_timezone_text": "AoE",
        "new_timezone_text": "AoE",
        "old_due_at": DUE - timedelta(days=7),
        "new_due_at": DUE,
        "old_due_local": datetime(2027, 1, 8, 23, 59),  # noqa: DTZ001
        "new_due_local": datetime(2027, 1, 15, 23, 59),  # noqa: DTZ001
        "due_precision": "minute",
        "days_moved": Decimal("7.0"),
        "seen_at": AS_OF,
        "was_already_past": False,
        "source_url": "https://list.example/lamp.yml",
    }
    return MadeChange(EditionChange(**usual | values))


def edition(
    claims: Sequence[EditionClaim] = (), changes: Sequence[MadeChange] = ()
) -> Edition:
    """Return an edition with one deadline."""
    row = deadline()
    shared = {
        name: getattr(row, name)
        for name in EditionDeadline.__dataclass_fields__
        if hasattr(row, name)
    }
    facts = {
        name: getattr(row, name)
        for name in EditionFacts.__dataclass_fields__
        if hasattr(row, name)
    }
    return Edition(
        facts=EditionFacts(
            **facts | {"parent_conference_key": None, "is_cancelled": None}
        ),
        deadlines=[
            EditionDeadline(**shared | {"decided_by": None, "decision_reason": None})
        ],
        claims=claims or [claim(is_winner=True)],
        changes=[replace(one.row) for one in changes],
        ranks=[Rank("lamp", "core", "2023", "A*", "list")],
        other_years=[Sibling("lamp", "lamp-2026", 2026, None)],
    )
