"""The page of a series: its editions side by side, and its habit of extending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confradar.readers import addresses
from confradar.readers.harmless import text_of
from confradar.readers.pages.conferences import Setting, rank_lines
from confradar.readers.pages.page import Page, render
from confradar.readers.pages.times import (
    days_text,
    iso,
    local_of,
    short_day,
    wall_text,
    written,
)
from confradar.readers.phrases import move_word
from confradar.warehouse import Habit, Series, SeriesDeadline, SeriesEdition
from confradar.warehouse.current import names_in
from confradar.wording import what_in_words

_SIDE_BY_SIDE = 6  # editions; older ones are linked


@dataclass(frozen=True, slots=True)
class Cell:
    """One deadline of one edition in the table."""

    due: str
    full: str
    instant: str
    was: str
    status: str
    is_contested: bool


def series_page(series: Series, setting: Setting) -> Page:
    """Return the page of a series, which no clock bears on."""
    facts = series.facts
    shown = series.editions[:_SIDE_BY_SIDE]
    name = text_of(facts.acronym or facts.series_key, 80)
    return render(
        addresses.series_page(facts.series_key),
        "series.html",
        facts=facts,
        name=name,
        areas=names_in(facts.areas),
        aliases=[
            text_of(alias, 80)
            for alias in series.aliases
            if alias not in (facts.acronym, facts.full_name)
        ][:12],
        ranks=rank_lines(series.ranks, setting),
        calendar=addresses.calendar_file(series_key=facts.series_key)
        if facts.series_key in setting.followed_series
        else None,
        habit=habit_text(series.habit),
        columns=[(edition, _held(edition), _place(edition)) for edition in shown],
        rows=_rows(shown, series.deadlines),
        older=series.editions[_SIDE_BY_SIDE:],
        replay=setting.replay,
        setting=setting,
    )


def habit_text(habit: Habit | None) -> str:
    """Return in a sentence how a series treats its own deadlines."""
    if habit is None or not habit.watched_edition_count:
        return "No edition was watched before its deadline, so nothing can be said."
    if habit.watched_edition_count == 1:
        watched = "The one edition that was watched before its deadline"
        if not habit.extended_edition_count:
            return f"{watched} did not extend it."
        extended = "extended it"
    else:
        watched = (
            f"Of {habit.watched_edition_count} editions that were watched before their "
            "deadline"
        )
        if not habit.extended_edition_count:
            return f"{watched} none extended it."
        extended = f"{habit.extended_edition_count} extended it"
    text = f"{watched} {extended}"
    if habit.median_days_extended is not None:
        text += f", by {_days(float(habit.median_days_extended))} in the middle"
    if habit.max_days_extended is not None:
        text += f" and {_days(float(habit.max_days_extended))} at most"
    if habit.late_extension_count:
        text += (
            f"; {habit.late_extension_count} of {habit.dated_extension_count} "
            "extensions were seen after the old date had passed"
        )
    return text + "."


def _days(days: float) -> str:
    return f"{days:g} day{'' if days == 1 else 's'}"


def _rows(
    editions: Sequence[SeriesEdition], deadlines: Sequence[SeriesDeadline]
) -> list[tuple[str, list[list[Cell]]]]:
    """Return for each thing that is due its dates in each of the editions."""
    places = {edition.conference_key: n for n, edition in enumerate(editions)}
    cells: dict[str, list[list[Cell]]] = {}
    order: dict[str, tuple[float, int]] = {}
    for row in deadlines:
        place = places.get(row.conference_key)
        if place is None:
            continue
        what = text_of(what_in_words(row.kind, row.track, str(row.round)), 80)
        line = cells.setdefault(what, [[] for _ in editions])
        line[place].append(_cell(row))
        if row.due_at is not None:
            # In the order of the last edition that has it.
            seen = (place, len(order))
            order[what] = min(order.get(what, seen), seen)
    return sorted(cells.items(), key=lambda pair: _rank(pair[0], order))


def _rank(
    what: str, order: Mapping[str, tuple[float, int]]
) -> tuple[tuple[float, int], str]:
    return order.get(what, (float("inf"), 0)), what


def _cell(row: SeriesDeadline) -> Cell:
    if row.due_at is None or row.status == "tbd":
        return Cell("to be announced", "", "", "", row.status, row.has_conflict)
    was = ""
    if row.extension_count and row.original_due_at is not None:
        first = wall_text(local_of(row.original_due_at, row), row)
        was = f"{move_word(row.original_due_at, row.due_at)} from {first}"
    return Cell(
        due=short_day(row.due_local or row.due_at),
        full=text_of(written(row), 120),
        instant=iso(row.due_at),
        was=text_of(was, 100),
        status=row.status,
        is_contested=row.has_conflict,
    )


def _held(edition: SeriesEdition) -> str:
    return days_text(edition.starts_on, edition.ends_on)


def _place(edition: SeriesEdition) -> str:
    named = (edition.city, edition.country_code) if edition.city else (edition.place,)
    return text_of(", ".join(filter(None, named)), 60)
