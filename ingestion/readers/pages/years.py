"""Years that a page leaves out, and the order of its numeric dates.

A reader takes a missing year from what stands near: the dates above and below, the days
of the event, and the year in the title or the address. So does this module, in that
order.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from ingestion.readers.pages.dates import WrittenDate
from ingestion.readers.pages.layout import Given, Group

_YEAR = re.compile(r"(?<!\d)(20[0-4]\d|199\d)(?!\d)")
_SHORT_YEAR = re.compile(r"[A-Za-z]\s?['’](\d\d)(?!\d)")
_GRACE = timedelta(days=14)  # tutorials and tours after the event


def edition_year(
    context_year: str | None,
    title: str | None,
    headings: Iterable[str],
    url: str | None,
    groups: Sequence[Group],
) -> int | None:
    """Return the year of the edition that a page is about, if anything tells it.

    Headings are asked for only where title and address are silent.
    """
    if context_year and context_year.isdigit():
        return int(context_year)
    in_title = _years(title or "")
    in_url = _years(url or "")
    stated = Counter(
        given.written.first.year
        for group in groups
        for given in group.dates
        if given.written.first.year is not None
    )
    if in_title and in_url and not set(in_title) & set(in_url):
        # One is left from another edition: believe the dates, then the later.
        both = sorted({*in_title, *in_url}, key=lambda year: (stated[year], year))
        return both[-1]
    years = in_title or in_url or [y for text in headings for y in _years(text)]
    if years:
        return max(years, key=lambda year: (stated[year], year))
    if stated:
        return max(stated, key=lambda year: (stated[year], year))
    return None


def _years(text: str) -> list[int]:
    years = [int(year) for year in _YEAR.findall(text)]
    return years or [2000 + int(year) for year in _SHORT_YEAR.findall(text)]


def ordered_numbers(groups: Sequence[Group], language: str) -> None:
    """Exchange day and month in numeric dates where the page writes the month first."""
    numeric = [
        given for group in groups for given in group.dates if given.written.is_numeric
    ]
    if not numeric:
        return
    month_first = sum(given.written.first.month > 12 for given in numeric)
    day_first = sum(
        given.written.first.day > 12 >= given.written.first.month for given in numeric
    )
    is_month_first = month_first > day_first
    if month_first == day_first == 0:
        is_month_first = _inversions(numeric, swapped=True) < _inversions(numeric)
    for given in numeric:
        written = given.written
        if written.first.month > 12 or (is_month_first and written.is_ambiguous):
            given.written = written.swapped()


def _inversions(numeric: Sequence[Given], *, swapped: bool = False) -> int:
    """Count the dates that lie before the one above them."""
    days: list[date] = []
    for given in numeric:
        written: WrittenDate = given.written.swapped() if swapped else given.written
        day = written.first.as_date()
        if day is None:
            return len(numeric)
        days.append(day)
    return sum(later < earlier for earlier, later in pairwise(days))


def fill_years(
    groups: Sequence[Group], year: int | None, event: tuple[date, date] | None
) -> None:
    """Give every date without a year the one that fits best; some may stay without."""
    sections: dict[int, list[Given]] = {}
    for group in sorted(groups, key=lambda group: group.line):
        sections.setdefault(group.section, []).extend(group.dates)
    for section in sections.values():
        for position, given in enumerate(section):
            if given.written.first.year is None:
                _fill(section, position, year, event)


def _fill(
    section: Sequence[Given],
    position: int,
    year: int | None,
    event: tuple[date, date] | None,
) -> None:
    given = section[position]
    written = given.written
    chosen = _choice(section, position, year, event)
    if chosen is None:
        return
    first = written.first._replace(year=chosen)
    last = written.last
    if last is not None and last.year is None:
        crosses = last.month < written.first.month
        last = last._replace(year=chosen + crosses)
    given.written = written._replace(first=first, last=last)


def _choice(
    section: Sequence[Given],
    position: int,
    year: int | None,
    event: tuple[date, date] | None,
) -> int | None:
    day = section[position].written.first
    before = _known(reversed(section[:position]))
    after = _known(iter(section[position + 1 :]))
    base = year or (event[0].year if event else None)
    if base is None:
        base = after.year if after else before.year if before else None
    if base is None:
        return None
    candidates = [
        (candidate, on)
        for candidate in (base - 1, base, base + 1)
        if (on := day.as_date(candidate)) is not None
    ]
    if not candidates:
        return base
    between = [
        candidate
        for candidate, on in candidates
        if before is not None and after is not None and before <= on <= after
    ]
    if len(between) == 1:
        return between[0]
    if event is not None:
        fitting = [(c, on) for c, on in candidates if on <= event[1] + _GRACE]
        if fitting and event[1] - fitting[-1][1] < timedelta(days=366):
            return fitting[-1][0]
    anchor = after or before
    if anchor is not None:
        return min(
            candidates, key=lambda pair: (_distance(pair[1], before, after), pair[0])
        )[0]
    return _by_order(section, position, base)


def _distance(on: date, before: date | None, after: date | None) -> int:
    """Return how far a day lies from its neighbours, more where it breaks the order."""
    distance = 0
    if before is not None:
        gap = (on - before).days
        distance += gap if gap >= 0 else -3 * gap
    if after is not None:
        gap = (after - on).days
        distance += gap if gap >= 0 else -3 * gap
    return distance


def _by_order(section: Sequence[Given], position: int, base: int) -> int:
    """Count back from the last date of a list without any year."""
    year = base
    for earlier, later in zip(
        reversed(section[position:-1]), reversed(section[position + 1 :]), strict=True
    ):
        if earlier.written.first.month > later.written.first.month + 4:
            year -= 1
    return year


def _known(others: Iterable[Given]) -> date | None:
    for given in others:
        day = given.written.first.as_date()
        if given.written.first.year is not None and day is not None:
            return day
    return None
