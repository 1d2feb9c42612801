"""Whole series: what they are called, how they are ranked, what each edition asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row, scalar_row

from confradar.warehouse.editions import Rank, ranks_of


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One row of ``dim_series``, with its labels."""

    series_key: str
    acronym: str | None
    full_name: str | None
    homepage_url: str | None
    dblp_key: str | None
    areas: str | None
    parent_series_key: str | None
    is_workshop: bool | None


@dataclass(frozen=True, slots=True)
class Habit:
    """One row of ``rpt_extension_habits``: how a series treats its own deadlines.

    Of editions that were watched before their date; days are the median.
    """

    series_key: str
    edition_count: int
    watched_edition_count: int
    extended_edition_count: int
    extended_share: Decimal | None
    dated_extension_count: int
    late_extension_count: int
    median_days_extended: Decimal | None
    max_days_extended: Decimal | None


@dataclass(frozen=True, slots=True)
class SeriesEdition:
    """One edition of a series."""

    series_key: str
    conference_key: str
    year: int
    title: str | None
    place: str | None
    city: str | None
    country_code: str | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class SeriesDeadline:
    """One deadline of an edition of a series."""

    series_key: str
    conference_key: str
    track: str
    round: int
    kind: str
    status: str
    due_at: datetime | None
    due_local: datetime | None
    due_precision: str | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    original_due_at: datetime | None
    extension_count: int
    has_conflict: bool


@dataclass(frozen=True, slots=True)
class Series:
    """All that is known of one series; its editions, the last one first."""

    facts: SeriesFacts
    aliases: Sequence[str] = ()
    ranks: Sequence[Rank] = ()
    habit: Habit | None = None
    editions: Sequence[SeriesEdition] = ()
    deadlines: Sequence[SeriesDeadline] = ()


@dataclass(frozen=True, slots=True)
class _Alias:
    series_key: str
    alias: str


def series_keys(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all series, in their order."""
    query = "select series_key from marts.dim_series order by series_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


def series_with(
    connection: psycopg.Connection, keys: Sequence[str]
) -> Iterator[Series]:
    """Yield the series that have one of the keys, in the order of their keys.

    What is read is held: of tens of thousands ask for some hundreds at a time.
    """
    asked = [list(keys)]
    ranks = ranks_of(connection, keys)
    aliases: dict[str, list[str]] = {}
    editions: dict[str, list[SeriesEdition]] = {}
    deadlines: dict[str, list[SeriesDeadline]] = {}
    with connection.cursor(row_factory=class_row(_Alias)) as cursor:
        for alias in cursor.execute(_ALIASES, asked):
            aliases.setdefault(alias.series_key, []).append(alias.alias)
    with connection.cursor(row_factory=class_row(SeriesEdition)) as cursor:
        for edition in cursor.execute(_EDITIONS, asked):
            editions.setdefault(edition.series_key, []).append(edition)
    with connection.cursor(row_factory=class_row(SeriesDeadline)) as cursor:
        for deadline in cursor.execute(_DEADLINES, asked):
            deadlines.setdefault(deadline.series_key, []).append(deadline)
    with connection.cursor(row_factory=class_row(Habit)) as cursor:
        habits = {habit.series_key: habit for habit in cursor.execute(_HABITS, asked)}
    with connection.cursor(row_factory=class_row(SeriesFacts)) as cursor:
        found = cursor.execute(_FACTS, asked).fetchall()
    for facts in found:
        key = facts.series_key
        yield Series(
            facts=facts,
            aliases=aliases.get(key, ()),
            ranks=ranks.get(key, ()),
            habit=habits.get(key),
            editions=editions.get(key, ()),
            deadlines=deadlines.get(key, ()),
        )


_FACTS = """
    select
        series.series_key, series.acronym, series.full_name, series.homepage_url,
        series.dblp_key, labels.areas, series.parent_series_key, series.is_workshop
    from marts.dim_series as series
    left join marts.series_labels as labels
        on series.series_key = labels.series_key
    where series.series_key = any(%s)
    order by series.series_key
"""

_ALIASES = """
    select distinct series_key, alias
    from marts.bridge_series_aliases
    where series_key = any(%s)
    order by series_key, alias
"""

_EDITIONS = """
    select
        series_key, conference_key, year, title, place, city, country_code, starts_on,
        ends_on
    from marts.dim_conferences
    where series_key = any(%s)
    order by year desc, conference_key
"""

_DEADLINES = """
    select
        series_key, conference_key, track, round, kind, status, due_at, due_local,
        due_precision, timezone_name, timezone_text, is_timezone_stated,
        original_due_at, extension_count, has_conflict
    from marts.fct_deadlines
    where series_key = any(%s)
    order by due_at nulls last, deadline_key
"""

_HABITS = """
    select
        series_key, edition_count, watched_edition_count, extended_edition_count,
        extended_share, dated_extension_count, late_extension_count,
        median_days_extended, max_days_extended
    from marts.rpt_extension_habits
    where series_key = any(%s)
"""
