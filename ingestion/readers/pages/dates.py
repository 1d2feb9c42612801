"""Dates, times and zones as people write them: a grammar over a line's own words.

Libraries for dates either guess (05/06/2025) or give up (ranges, zones), and are thirty
to a thousand times slower. Here a line becomes a few atoms (a month's name, a number, a
year, a time, a zone) and dates are sequences of atoms with nothing but fillers between
them. Nothing is guessed: a year that is not written is None, and a numeric date keeps
its numbers until the page has shown in which order it writes them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

_MONTHS: Final[Sequence[str]] = (
    # One text a month, of some fifteen languages.
    "january jan januar jänner janvier janv enero ene janeiro gennaio gen januari "
    "stycznia ocak января січня ledna ianuarie",
    "february feb febr februar februari février fevrier fév fev febrero fevereiro "
    "febbraio lutego şubat pebruari февраля лютого února februarie",
    "march mar march märz maerz mrz mär mars marzo março marco maart marca mart maret "
    "марта березня března martie",
    "april apr april avril avr abril abr aprile kwietnia nisan апреля квітня dubna "
    "aprilie",
    "may may mai mayo maio maggio mag mei maj maja mayıs mei мая травня května",
    "june jun juni juin junio junho giugno giu czerwca haziran июня червня června "
    "iunie",
    "july jul juli juillet juil julio julho luglio lug lipca temmuz июля липня "
    "července iulie",
    "august aug august août aout agosto ago augustus augusti sierpnia ağustos "
    "agustus августа серпня srpna",
    "september sept sep septembre septiembre setiembre setembro set settembre "
    "września eylül сентября вересня září septembrie septemper",
    "october oct oktober okt octobre octubre outubro out ottobre ott października ekim "
    "октября жовтня října octombrie",
    "november nov novembre noviembre novembro listopada kasım ноября листопада "
    "listopadu noiembrie",
    "december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre "
    "grudnia aralık desember des декабря грудня prosince decembrie",
)
_MONTH_NUMBERS: Final = {
    name: number
    for number, names in enumerate(_MONTHS, start=1)
    for name in names.split()
}
# Also words of other meanings: they are months only beside a day.
_MONTH_NAMES = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))

_WEEKDAY: Final = (
    r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
    r"|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?"
    r"|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
)
_ORDINAL: Final = (
    r"(?:\s?(?:st|nd|rd|th)(?![a-z])|(?:st|nd|rd|th)|er(?![a-z])|º|ª|°|\.(?!\d))?"
)

_ZONE_WORDS: Final = (
    r"aoe|anywhere\s+on\s+(?:the\s+)?earth|anywhere\s+on\s+\w+(?:\s+time)?"
    r"|(?:utc|gmt)(?:\s*[-+±−–]\s*\d{1,2}(?:[:.]?\d\d)?)?(?![a-z0-9])"
    r"|(?:pacific|eastern|central|mountain|japan|korea|china|india|singapore|israel)"
    r"(?:\s+(?:standard|daylight|summer))?\s+time"
    r"|central\s+european(?:\s+(?:standard|summer))?\s+time"
    r"|(?:samoa|hawaii(?:an)?|beijing|london|paris|tokyo|greenwich\s+mean|local"
    r"|us\s+pacific|us\s+eastern)(?:\s+standard)?\s+time"
    r"|(?:america|europe|asia|australia|pacific|africa|etc)/[a-z_/+-]+\d*"
)
# Short labels are words of other languages too: only in capitals are they zones.
_ZONE_CAPITALS: Final = (
    "AoE|AOE|PST|PDT|PT|EST|EDT|ET|CST|CDT|MST|MDT|CET|CEST|MEZ|MESZ|BST|WET|WEST|EET|"
    "EEST|JST|KST|IST|SGT|HKT|HST|AEST|AEDT|ACST|AWST|NZST|NZDT|BRT|MSK|UTC|GMT|SST|IDLW"
)

# What may begin where digits begin, the longest reading first.
_NUMBER = re.compile(
    r"(?P<ymd>(?<![\d.])(?:19|20)\d\d(?:-\d{1,2}-|/\d{1,2}/|\.\d{1,2}\.)\d{1,2}(?!\d))"
    r"|(?P<dmy>(?<![\d./])\d{1,2}(?:\s?\.\s?\d{1,2}\s?\.\s?|/\d{1,2}/|-\d{1,2}-)"
    r"(?:(?:19|20)\d\d|\d\d)(?![\d/]|[.:]\d))"
    r"|(?P<cjk>(?:(?:19|20)\d\d\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일])"
    # Times, before the numbers that they begin with.
    r"|(?P<time>(?<![\d.:])\d{1,2}\s?(?:[:h]|(?<=\d)\.(?=\d\d\s*(?:uhr|h\b|[ap]\.?m"
    r"|ce?s?t\b|aoe|utc)))\s?\d\d(?::\d\d)?(?:\s?[ap]\.?\s?m\b\.?)?(?!\d)"
    r"|(?<![\d.:/-])\d{1,2}\s?[ap]\.?m\b\.?)"
    r"|(?P<year>(?:(?<![\d/-])(?<!\d\.)|(?<=-))(?:19|20)\d\d(?![\d%]|\.\d)"
    r"|(?<=[^a-z]['’])(?:0|1|2|3)\d(?!\d))"
    rf"|(?P<day>(?<![.:$€£])(?<!\d/)\d{{1,2}}(?!\d){_ORDINAL}(?![\d%/]|:\d))"
)
_DIGITS = re.compile(r"\d+")
_HALF_OF_DAY = re.compile("[ap]")
_ZONE_UPPER = re.compile(rf"(?<![\w/])(?:{_ZONE_CAPITALS})(?!\w)")
_ZONE_TAIL = re.compile(
    r"""\s*(?:time\b)?\s*[(=,/]\s*["“”']?\s*(?:i\.?\s?e\.?,?\s*)?(?:"""
    + _ZONE_WORDS
    + r"""|aoe)(?:\s*,\s*(?:"""
    + _ZONE_WORDS
    + r"""))?\s*["“”']?\s*(?:time\s*)?\)?""",
    re.IGNORECASE,
)

# "AoE (Anywhere on Earth)" explains its own label, and says no more by it.
_IN_WORDS = re.compile(r"\s*\(\s*anywhere\s+on\s+earth\s*\)", re.IGNORECASE)

# What may stand between two atoms of one date.
_GLUE = re.compile(
    rf"(?:\s*\((?:{_WEEKDAY})\.?\))?[\s,./-]*(?:(?:of|de|del|di|the|den|le|el|o|do)\s+|,\s*(?:{_WEEKDAY})\s*,?\s*)?"
)
_PLAIN_GLUE: Final = frozenset({"", " ", ", "})  # nearly all of it
_RANGE = re.compile(
    r"\s*\.?,?\s*(?:\([^)]{0,12}\)\s*)?"
    r"(?P<link>[-–—−‐‑~～→]|to|until|till|til|through|thru|bis(?:\s+zum)?|au|al|a|à|ao|até|do|по|"
    r"and|&|und|et|e|y|i|or|oder|ou|o|и|,)\s*"
    rf"(?:(?:the|el|le|il|den|am)\s+)?(?:(?:{_WEEKDAY})\.?,?\s*)?(?:the\s+)?",
)
_LIST_LINKS = frozenset({",", "and", "&", "und", "et", "e", "y", "i", "и"})
_OR_LINKS = frozenset({"or", "oder", "ou", "o"})

# Fast looks at a line: without these there is no date in it.
_LETTERS = re.compile(r"[^\W\d_]{3,12}")
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th"})
_MONTH_SET: Final = frozenset(_MONTH_NUMBERS)
_HAS_NUMERIC = re.compile(r"[0-9][./-]\s?\d{1,2}\s?[./-]\s?\d")
_CJK_MONTH = re.compile(r"[月월]")
_GLUED_MONTH = re.compile(rf"\d(?:st|nd|rd|th)(?:{_MONTH_NAMES})")
_DIGIT = re.compile("[0-9]")
_DOUBTFUL_MONTHS = frozenset(
    {"may", "mar", "mars", "set", "out", "ago", "des", "dic", "mag", "gen", "mart"}
)
_WINDOW = 90
_MAX_ATOMS = 400  # no line of a call has more; a hostile one may
_LONG = 400


class Order(Enum):
    """In which order numbers stand for day and month."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


# Records of this module are named tuples: a line makes a dozen, and frozen dataclasses
# take three times as long to make.
class Day(NamedTuple):
    """A day as written; ``year`` None is not written. It may not exist (31 June)."""

    year: int | None
    month: int
    day: int

    def as_date(self, year: int | None = None) -> date | None:
        """Return the day, in this year if none is written; None if there is none."""
        try:
            return date(self.year or year or 0, self.month, self.day)
        except ValueError:
            return None


class WrittenDate(NamedTuple):
    """A date or a range of dates at [start, end) of a line.

    ``link`` is how the last day is joined to the first: "range", "list", "or", or ""
    for a single day. ``is_ambiguous``: both numbers could be the month.
    """

    start: int
    end: int
    first: Day
    last: Day | None = None
    link: str = ""
    is_numeric: bool = False
    is_ambiguous: bool = False

    def swapped(self) -> "WrittenDate":
        """Return the date with the numbers of day and month exchanged."""
        return WrittenDate(
            self.start,
            self.end,
            Day(self.first.year, self.first.day, self.first.month),
            self.last and Day(self.last.year, self.last.day, self.last.month),
            self.link,
            self.is_numeric,
            self.is_ambiguous,
        )


class WrittenTime(NamedTuple):
    """A time of day at [start, end) of a line, as HH:MM or HH:MM:SS."""

    start: int
    end: int
    text: str


class WrittenZone(NamedTuple):
    """A zone's label at [start, end) of a line, as written."""

    start: int
    end: int
    text: str


class Dated(NamedTuple):
    """All dates, times and zones of a line, in their order."""

    dates: tuple[WrittenDate, ...]
    times: tuple[WrittenTime, ...]
    zones: tuple[WrittenZone, ...]


@dataclass(slots=True)
class _Atom:
    kind: str
    start: int
    end: int
    number: int = 0
    text: str = ""


def lowered(text: str) -> str:
    """Return a text in lower case, every character at its place."""
    lower = text.lower()
    if len(lower) != len(text):  # the dotted capital I of Turkish becomes two
        lower = text.replace("İ", "i").lower()
    return lower if len(lower) == len(text) else text


def may_hold_date(text: str) -> bool:
    """Tell, fast, whether a line can hold a date at all."""
    if not _DIGIT.search(text):
        return False
    lower = text.lower()
    if not _MONTH_SET.isdisjoint(_LETTERS.findall(lower)):
        return True
    return (
        _HAS_NUMERIC.search(lower) is not None
        or _GLUED_MONTH.search(lower) is not None
        or "月" in text
        or "월" in text
    )


def find_dates(text: str) -> Dated:
    """Return the dates, times and zones that a line writes."""
    lower = lowered(text)
    atoms, times, zones = _atoms(text, lower)
    return Dated(tuple(_parse(atoms, lower)), tuple(times), tuple(zones))


def read_date(text: str, default_year: int | None = None) -> date | None:
    """Return the one day that a text writes, such as ``Aug 7, 2026``.

    Numeric dates with a year at the end are read day first unless that is impossible.
    None: the text writes no day, more than one, or one that does not exist.
    """
    found = find_dates(text).dates
    if len(found) != 1 or found[0].last is not None:
        return None
    day = found[0].first
    if found[0].is_numeric and day.month > 12:
        day = Day(day.year, day.day, day.month)
    return day.as_date(default_year)


def read_range(text: str) -> tuple[date, date] | None:
    """Return first and last day of a text such as ``Aug 21, 2026 - Aug 23, 2026``.

    A single day is a range of one. None as in ``read_date``, or if no year is written.
    """
    found = find_dates(text).dates
    if len(found) != 1:
        return None
    first = found[0].first
    last = found[0].last or first
    year = last.year or first.year
    begins, ends = first.as_date(year), last.as_date(year)
    if begins is None or ends is None:
        return None
    if begins > ends and first.year is None:
        begins = first.as_date((year or 1) - 1) or begins
    return begins, ends


def find_zones(text: str) -> tuple[WrittenZone, ...]:
    """Return the zones that a line names, whether or not it holds a date."""
    return tuple(_zones(text, lowered(text)))


def find_times(text: str) -> tuple[WrittenTime, ...]:
    """Return the times of day that a line names."""
    times = []
    lower = lowered(text)
    after = 0
    for digits in _DIGITS.finditer(lower):
        found = (
            _NUMBER.match(lower, digits.start()) if digits.start() >= after else None
        )
        if found is None:
            continue
        after = found.end()
        clock = _clock(found["time"]) if found["time"] else None
        if clock is not None:
            times.append(WrittenTime(found.start(), found.end(), clock))
    return tuple(times)


def _atoms(
    text: str, lower: str
) -> tuple[list[_Atom], list[WrittenTime], list[WrittenZone]]:
    """Return what a line's dates are made of, its times and its zones."""
    atoms: list[_Atom] = []
    times: list[WrittenTime] = []
    is_long = len(text) >= _LONG
    zones = [] if is_long else _zones(text, lower)
    for start, end in _windows(lower) if is_long else ((0, len(text)),):
        if is_long:
            zones += _zones(text, lower, start, end)
        for word in _LETTERS.finditer(lower, start, end):
            name = word[0]
            if name in _MONTH_SET or name[:2] in _ORDINALS:
                month = _month(word, text, lower)
                if month is not None:
                    atoms.append(month)
        after = start
        for digits in _DIGITS.finditer(lower, start, end):
            first = digits.start()
            if first < after or (zones and _is_within(first, zones)):
                continue  # the 12 of UTC-12 is no day
            found = _NUMBER.match(lower, first, end)
            if found is None:
                continue
            kind = found.lastgroup or ""
            if kind == "time":
                clock = _clock(found[0])
                if clock is not None:
                    after = found.end()
                    times.append(WrittenTime(first, after, clock))
                continue
            atom = _atom(kind, found)
            if atom is not None:
                after = found.end()
                atoms.append(atom)
    atoms.sort(key=attrgetter("start"))
    if len(atoms) + len(times) + len(zones) > _MAX_ATOMS:
        starts = [part.start for part in atoms]
        starts += [part.start for part in times]
        starts += [part.start for part in zones]
        limit = sorted(starts)[_MAX_ATOMS]
        atoms = [atom for atom in atoms if atom.start < limit]
        times = [time for time in times if time.start < limit]
        zones = [zone for zone in zones if zone.start < limit]
    return atoms, times, zones


def _is_within(position: int, zones: Sequence[WrittenZone]) -> bool:
    return any([zone.start <= position < zone.end for zone in zones])


def _windows(lower: str) -> list[tuple[int, int]]:
    """Return the parts of a long line that are worth a close look."""
    if len(lower) < _LONG:
        return [(0, len(lower))]
    windows: list[tuple[int, int]] = []
    for pattern in (_LETTERS, _HAS_NUMERIC, _GLUED_MONTH, _CJK_MONTH):
        for found in pattern.finditer(lower):
            if pattern is not _LETTERS or found[0] in _MONTH_SET:
                windows.append((max(0, found.start() - _WINDOW), found.end() + _WINDOW))
    windows.sort()
    merged: list[tuple[int, int]] = []
    for start, end in windows:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, min(end, len(lower))))
    return merged


def _zones(
    text: str, lower: str, start: int = 0, end: int | None = None
) -> list[WrittenZone]:
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    if not _ZONE_SET.isdisjoint(_CAPITALS.findall(text, start, end)):
        spans += [m.span() for m in _ZONE_UPPER.finditer(text, start, end)]
    if ("/" in lower and any(cue in lower for cue in _PLACE_CUES)) or " time" in lower:
        spans += [m.span() for m in _ZONE_LOWER.finditer(lower, start, end)]
    else:
        for cue in _ZONE_CUES:
            if cue in lower:
                spans += _spans_at(cue, lower, start, end)
    if not spans:
        return []
    if len(spans) > 1:
        spans.sort(key=_by_start_and_length)
    zones: list[WrittenZone] = []
    last = -1
    for first, after in spans:
        if first < last:
            continue
        tail = _ZONE_TAIL.match(text, after)
        if tail and not _IN_WORDS.fullmatch(tail[0]):
            after = tail.end()
            if ")" in text[first:after] and "(" not in text[first:after]:
                after = first + text[first:after].index(")")
        zones.append(WrittenZone(first, after, text[first:after].strip(" ,")))
        last = after
    return zones


def _by_start_and_length(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], -span[1]


def _spans_at(cue: str, lower: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the zones that begin with a cue, without a search for the pattern."""
    position = lower.find(cue, start, end)
    while position >= 0:
        found = _ZONE_LOWER.match(lower, position, end)
        if found is not None:
            yield found.span()
        position = lower.find(cue, position + 1, end)


_CAPITALS = re.compile(r"[A-Z][A-Za-z]{1,4}")
_ZONE_SET: Final = frozenset(_ZONE_CAPITALS.split("|"))
# All zones but those of places and those that end in "time" begin with a cue.
_ZONE_CUES: Final = ("aoe", "anywhere", "utc", "gmt")
_PLACE_CUES: Final = ("ica/", "rope/", "sia/")
_ZONE_LOWER = re.compile(rf"(?<!\w)(?:{_ZONE_WORDS})(?!\w)")


def _month(word: re.Match[str], text: str, lower: str) -> _Atom | None:
    """Read a word as a month; in "15thApril" the letters of the ordinal come first."""
    name, start, end = word[0], word.start(), word.end()
    if name not in _MONTH_SET:
        is_glued = start > 0 and lower[start - 1].isdigit()
        if not (is_glued and name[:2] in _ORDINALS and name[2:] in _MONTH_SET):
            return None
        name, start = name[2:], start + 2
    # "may 2026" is a month, "you may 2 times" is not: told by what is near.
    is_doubtful = name in _DOUBTFUL_MONTHS and not text[start].isupper()
    if is_doubtful and not _has_day_and_year_near(text, start, end):
        return None
    if lower[end : end + 1] == ".":
        end += 1
    return _Atom("month", start, end, _MONTH_NUMBERS[name])


def _atom(kind: str, found: re.Match[str]) -> _Atom | None:
    start, end, lower = found.start(), found.end(), found[0]
    if kind == "day":
        digits = lower[:2] if lower[1:2].isdigit() else lower[:1]
        number = int(digits)
        if number == 0 or number > 39:
            return None
        return _Atom("day", start, end, number)
    if kind == "year":
        number = int(lower)
        return _Atom("year", start, end, number if number > 99 else 2000 + number)
    return _Atom(kind, start, end, text=lower)


def _has_day_and_year_near(text: str, start: int, end: int) -> bool:
    """Tell whether a month in lower case has a day beside it and a year near."""
    before = re.search(
        r"\d{1,2}(?:st|nd|rd|th|º|°|\.)?\s*(?:de |of |di |/|-)?\s*$",
        text[max(0, start - 14) : start],
    )
    after = re.match(
        r"[\s,.-]*(?:de\s+|of\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s*,?\s*)?(?:19|20)\d\d",
        text[end : end + 22],
    )
    return bool(before and (after or text[start:end].rstrip(".") != "may")) or bool(
        after and re.match(r"[\s,.-]*\d{1,2}(?!\d)", text[end : end + 8])
    )


@lru_cache(maxsize=256)  # nearly all calls name one of a few times
def _clock(lower: str) -> str | None:
    """Return a time as HH:MM or HH:MM:SS; 23:59PM is 23:59, 12am is 00:00."""
    numbers = [int(number) for number in _DIGITS.findall(lower)]
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    half = _HALF_OF_DAY.search(lower, 2 if len(numbers) > 1 else 0)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    seconds = f":{numbers[2]:02d}" if len(numbers) > 2 and numbers[2] < 60 else ""
    return f"{hour:02d}:{minute:02d}{seconds}"


def _parse(atoms: Sequence[_Atom], lower: str) -> list[WrittenDate]:
    dates: list[WrittenDate] = []
    index = 0
    while index < len(atoms):
        found, after = _one_date(atoms, index, lower)
        if found is None:
            index += 1
        else:
            dates.append(found)
            index = after
    return dates


class _Point(NamedTuple):
    """One end of a date: day and perhaps month and year, up to atom ``after``."""

    day: int
    month: int | None
    year: int | None
    after: int
    is_numeric: bool = False


def _one_date(
    atoms: Sequence[_Atom], index: int, lower: str
) -> tuple[WrittenDate | None, int]:
    """Return the date that begins at an atom, and the atom after it."""
    first = _point(atoms, index, lower)
    if first is None:
        return None, index + 1
    points = [first]
    links: list[str] = []
    while points[-1].after < len(atoms):
        link = _link(atoms, points[-1].after, lower)
        if link is None:
            break
        following = _point(atoms, points[-1].after, lower, may_be_bare=True)
        if link == "arrow":
            # "3 May → 5 May" replaces; only of bare days is an arrow a range.
            if following is None or (following.month and points[-1].month):
                break
            link = "range"
        if following is None or not _continues(points, following, link):
            break
        points.append(following)
        links.append(link)
        if link == "range" and following.year is not None:
            break
    while points and points[-1].month is None and not any(p.month for p in points):
        points.pop()
    if not points:
        return None, index + 1
    return _joined(points, links, atoms, index)


def _continues(points: Sequence[_Point], following: _Point, link: str) -> bool:
    """Tell whether a further day belongs to the same date."""
    last = points[-1]
    if (
        last.is_numeric != following.is_numeric
        and following.month is not None
        and last.month is not None
    ):
        return False
    if link == "list":
        # "May 3, 2026, June 5" are two dates; "2, 3 and 4 July" is one of three days.
        if last.year is not None or (
            last.month is not None and following.month is not None
        ):
            return False
        return following.month is None or last.month is None
    is_whole = last.month is not None and last.year is not None
    return not (is_whole and following.month is None)


def _joined(
    points: list[_Point], links: list[str], atoms: Sequence[_Atom], index: int
) -> tuple[WrittenDate | None, int]:
    first, last = points[0], points[-1]
    start, end = atoms[index].start, atoms[last.after - 1].end
    numeric = first.is_numeric
    ambiguous = numeric and _is_ambiguous(points)
    if len(points) == 1:
        day = Day(first.year, first.month or 0, first.day)
        return WrittenDate(start, end, day, None, "", numeric, ambiguous), last.after
    months = [point.month for point in points]
    # A day takes its month from the next that has one, else from the one before.
    for position in range(len(points) - 1, -1, -1):
        if months[position] is None and position + 1 < len(points):
            months[position] = months[position + 1]
    for position in range(1, len(points)):
        if months[position] is None:
            months[position] = months[position - 1]
    if any(month is None for month in months):
        return None, index + 1
    # Days before the named one that have no month of their own must be fewer.
    year = next((p.year for p in reversed(points) if p.year is not None), None)
    first_day = Day(
        first.year
        if first.year is not None
        else _first_year(year, months[0], months[-1], last.year),
        months[0] or 0,
        first.day,
    )
    link = "or" if "or" in links else "list" if "list" in links else "range"
    last_day = Day(
        last.year if last.year is not None else year, months[-1] or 0, last.day
    )
    return (
        WrittenDate(start, end, first_day, last_day, link, numeric, ambiguous),
        last.after,
    )


def _first_year(
    year: int | None,
    first_month: int | None,
    last_month: int | None,
    last_year: int | None,
) -> int | None:
    """Return the year of a range's first day: December 30 - January 3, 2027."""
    if year is None or last_year is None or first_month is None or last_month is None:
        return year
    return year - 1 if first_month > last_month + 3 else year


def _is_ambiguous(points: Iterable[_Point]) -> bool:
    return all(p.month is not None and p.month <= 12 and p.day <= 12 for p in points)


def _point(
    atoms: Sequence[_Atom], index: int, lower: str, *, may_be_bare: bool = False
) -> _Point | None:
    """Read one end of a date at an atom: May 3, 3 May, 2026-05-03, or a bare 3."""
    atom = atoms[index]
    if atom.kind in {"ymd", "dmy", "cjk"}:
        return _numeric(atom, index)
    if atom.kind == "month":
        return _month_first(atoms, index, lower)
    if atom.kind == "year":
        return _year_first(atoms, index, lower)
    if atom.kind != "day":
        return None
    following = atoms[index + 1] if index + 1 < len(atoms) else None
    if (
        following is not None
        and following.kind == "month"
        and _is_glued(atom, following, lower)
    ):
        after_month = atoms[index + 2] if index + 2 < len(atoms) else None
        # "June 9 July 2026" cannot be; "9 July 10" reads as 9 July.
        year = None
        after = index + 2
        if (
            after_month is not None
            and after_month.kind == "year"
            and _is_glued(following, after_month, lower)
        ):
            year, after = after_month.number, index + 3
        return _Point(atom.number, following.number, year, after)
    # A bare day is a date only if a month follows by way of others: 6-9 July.
    if may_be_bare or (following is not None and _leads_to_month(atoms, index, lower)):
        year = None
        after = index + 1
        if (
            may_be_bare
            and following is not None
            and following.kind == "year"
            and _is_glued(atom, following, lower)
        ):
            year, after = following.number, index + 2
        return _Point(atom.number, None, year, after)
    return None


def _month_first(atoms: Sequence[_Atom], index: int, lower: str) -> _Point | None:
    month = atoms[index]
    if index + 1 >= len(atoms):
        return None
    day = atoms[index + 1]
    if day.kind != "day" or not _is_glued(month, day, lower):
        return None
    after, year = index + 2, None
    if (
        after < len(atoms)
        and atoms[after].kind == "year"
        and _is_glued(day, atoms[after], lower)
    ):
        year, after = atoms[after].number, after + 1
    return _Point(day.number, month.number, year, after)


def _year_first(atoms: Sequence[_Atom], index: int, lower: str) -> _Point | None:
    """Read 2026 May 3; but of "ICSE 2026 May 3-5, 2026" the first year is no part."""
    if index + 2 >= len(atoms):
        return None
    year, month, day = atoms[index : index + 3]
    if month.kind != "month" or day.kind != "day":
        return None
    if not (_is_glued(year, month, lower) and _is_glued(month, day, lower)):
        return None
    is_joined = not lower[year.end : month.start].isspace()
    if not is_joined and any(a.kind == "year" for a in atoms[index + 3 : index + 6]):
        return None
    return _Point(day.number, month.number, year.number, index + 3)


def _numeric(atom: _Atom, index: int) -> _Point:
    numbers = [int(number) for number in _DIGITS.findall(atom.text)]
    if atom.kind == "dmy":
        first, second, year = numbers
        return _Point(
            first,
            second,
            year if year > 99 else 2000 + year,
            index + 1,
            is_numeric=True,
        )
    if len(numbers) == 2:
        return _Point(numbers[1], numbers[0], None, index + 1)
    year, month, day = numbers
    return _Point(day, month, year, index + 1)


def _is_glued(left: _Atom, right: _Atom, lower: str) -> bool:
    gap = lower[left.end : right.start]
    return gap in _PLAIN_GLUE or (len(gap) < 22 and _GLUE.fullmatch(gap) is not None)


def _link(atoms: Sequence[_Atom], after: int, lower: str) -> str | None:
    """Return how the atom at ``after`` is joined to the one before it, if it is."""
    gap = lower[atoms[after - 1].end : atoms[after].start]
    if len(gap) > 30:
        return None
    found = _RANGE.fullmatch(gap)
    if found is None:
        return None
    link = found["link"]
    if link in _LIST_LINKS:
        return "list"
    if link == "→":
        return "arrow"
    return "or" if link in _OR_LINKS else "range"


def _leads_to_month(atoms: Sequence[_Atom], index: int, lower: str) -> bool:
    """Tell whether days joined to each other end in one that has its month."""
    for position in range(index, min(index + 8, len(atoms) - 1)):
        following = atoms[position + 1]
        if following.kind in {"month", "dmy"}:
            if following.kind == "month":
                return _is_glued(atoms[position], following, lower) and position > index
            return _link(atoms, position + 1, lower) is not None
        if following.kind != "day" or _link(atoms, position + 1, lower) is None:
            return False
    return False
