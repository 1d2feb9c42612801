"""Which words label which date: in one line, in a table, in a list, in cards.

A date is labelled by the words of its own line, if there are any; else by its row or
column, its term in a definition list, or the line beside it that shares the most
containers with it. Headings above give the context.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Final

from ingestion.readers.pages.blocks import Line, Lines
from ingestion.readers.pages.dates import (
    Dated,
    WrittenDate,
    WrittenTime,
    WrittenZone,
    find_dates,
    find_times,
    find_zones,
    may_hold_date,
)
from ingestion.readers.pages.vocabulary import words_of

KindOf = Callable[[str], str | None]
"""Returns the kind of deadline that words name, None if they name none."""

_MAX_LABEL = 200
# No call has more; a hostile page may.
_MAX_DATED_LINES = 1_500
_MAX_DATES = 2_000
_MAX_COLUMNS = 60
_MAX_ROWS_TO_HEADER = 100
_MAX_RUN = 60
_MAX_NEIGHBOUR = 160
_MAX_CELL_CHARACTERS = 500
_MAX_CELL_LINES = 8
_PROSE = 220
_SHORT = 120  # what is remembered

_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})[.!?;•|]\s+|(?<=\))[.;]\s+|\s[•·|]\s")
_ENDS_SENTENCE = re.compile(r"[.!?;•|·]\s")
_DIGIT_OR_ZONE = re.compile(r"\d[:.]\d\d|[ap]m\b|aoe|utc|gmt", re.IGNORECASE)
_LEADS_ON = re.compile(
    r"(?:\b(?:to|on|by|until|till|is|are|from|due|before|bis|até|hasta|entro|al)|:)\s*$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"^\s*[(\[][^)\]]*[)\]]")
# What pages put behind a label to show whether its date has passed.
_BADGE = re.compile(
    r"(?<=deadline)\s+(?:is\s+)?(?:open|upcoming|closed|passed|soon|extended!?)$",
    re.IGNORECASE,
)
# What leads up to the date: "Paper submission: Sunday, May 30", "Tagung: vom 3. Mai".
_LEFT_BEHIND = re.compile(
    r"(?:[\s:,(–-]+(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|from|vom|dal|dall|du|del|"
    r"le|el|il|am|on|by|until|till|bis|zum|is|at|até|hasta|entro|al|a|was))+$",
    re.IGNORECASE,
)
_EDGES: Final = " \t,.;:-–—−*•·|()[]{}→⇒=>~/\"'“”»«►▪◦✓✔"
# Words that label nothing by themselves.
_FILLERS: Final = frozenset(
    word
    for words in (
        "by on until till is are due the of at no later than from to and or before",
        "in after midnight noon am pm time hours hour uhr ore hrs hora horas strict",
        "strictly até ate hasta bis zum den il el la le entro dal al del do da de",
        "dia giorno vom ab à au jusqu du um hard firm final tentative tentatively",
        "tbc approx approximately was were originally original previously previous",
        "formerly old now new be will extended extension updated postponed delayed",
        "prorogata prorrogado closed open upcoming passed expired completed done",
        "over past soon date dates st nd rd th mon tue wed thu fri sat sun monday",
        "tuesday wednesday thursday friday saturday sunday wednsday montag dienstag",
        "mittwoch donnerstag freitag samstag sonntag lunes martes miércoles jueves",
        "viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica segunda terça",
        "quarta quinta sexta feira anywhere earth aoe utc gmt here see more info",
        "click",
    )
    for word in words.split()
)


@dataclass(slots=True)
class Given:
    """One date in its group: the line that holds it, and if it is struck out there."""

    line: int
    written: WrittenDate
    is_struck: bool
    time: str | None = None
    zone: str | None = None
    # What stands between this date and the one before in its group.
    gap_before: str = ""


@dataclass(slots=True)
class Group:
    """Dates with one label: usually one, or an old one and its replacement.

    ``label_lines`` are the lines that the label was taken from. ``context`` are the
    headings above, the nearest first. ``section`` is the same for groups below the same
    heading. ``remark`` is what the line says after its last date.
    """

    label: str
    dates: list[Given]
    label_lines: tuple[int, ...]
    remark: str = ""
    context: tuple[str, ...] = ()
    column: str = ""
    section: int = 0
    is_prose: bool = False
    is_own: bool = True
    is_date_first: bool = False
    # Lists below a label that ends in "for": what the date is shared by.
    items: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """Return the line of the first date."""
        return self.dates[0].line


@dataclass(slots=True)
class _Table:
    """The lines of a table by row and column."""

    cells: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    rows: dict[int, list[int]] = field(default_factory=dict)
    # Which columns of a row hold dates, as far as anybody asked.
    dated: dict[int, list[int]] = field(default_factory=dict)


@lru_cache(maxsize=1024)  # a page's lines: each is asked about several times
def has_words(text: str) -> bool:
    """Tell whether a text says anything that could label a date."""
    return not _FILLERS.issuperset(_WORD.findall(text.lower()))


def _dates_of(text: str) -> Dated | None:
    """Return the dates, times and zones of a line, None if it has no dates."""
    if may_hold_date(text):
        dated = find_dates(text)
        if dated.dates:
            return dated
    return None


# Pages say in a side bar what they say in their text, and say most of it again in their
# next version: of lines with numbers a fifth was met before even among unlike pages.
_dates_of_short = lru_cache(maxsize=2048)(_dates_of)


@lru_cache(maxsize=1024)  # pages call things by the same few names
def clean_label(text: str) -> str:
    """Return a label without what surrounds it."""
    label = _BADGE.sub("", text.strip(_EDGES))
    label = _LEFT_BEHIND.sub("", label).strip(_EDGES)
    if label.count("(") > label.count(")"):
        label += ")"
    if len(label) > _MAX_LABEL:
        label = label[-_MAX_LABEL:].split(" ", 1)[-1]
    return label


class Layout:
    """The lines of a page, and the groups of dates in them."""

    def __init__(self, lines: Lines, kind_of: KindOf) -> None:
        """Find every date of the lines and label it; ``groups`` are in their order."""
        self._kind_of = kind_of
        self._dated: dict[int, Dated] = {}
        date_count = 0
        for index in lines.numbered:
            text = lines.texts[index]
            dated = _dates_of_short(text) if len(text) <= _SHORT else _dates_of(text)
            if dated is not None:
                self._dated[index] = dated
                date_count += len(dated.dates)
                if len(self._dated) >= _MAX_DATED_LINES or date_count >= _MAX_DATES:
                    break
        # The lines down to the last that has a date; they grow once anything below it
        # may matter: most dates are labelled by their own line.
        self._all_lines = lines
        self._last = max(self._dated, default=-1)
        self.lines: Sequence[Line] = lines.first(self._last + 1)
        self._used: set[int] = set()
        self._bare: set[int] = set()
        self.groups: list[Group] = []
        if self._dated:
            self._group()
            self._give_context()

    @cached_property
    def _line_count(self) -> int:
        """How many lines there are, as far down as they can matter to the last date.

        That is as far as a run of labels and dates, a list that shares its date and the
        search for a line with words can reach. These have their places from now on.
        """
        lines, last = self._all_lines, self._last
        here = self.lines[last].path
        for count in range(last + 1 + _MAX_RUN, len(lines.texts)):
            line = lines.first(count)[count - 1]
            is_within = line.path[: len(here)] == here and line.path != here
            if not is_within and has_words(line.text):
                return count
        return len(lines.first(len(lines.texts)))

    # -- one line ---------------------------------------------------------------

    def _group(self) -> None:
        own: dict[int, list[Group]] = {}
        for index, dated in self._dated.items():
            own[index] = list(self._segments(index, dated))
            if not any(group.label for group in own[index]):
                self._bare.add(index)
        for index in sorted(own):
            for group in own[index]:
                if not group.label:
                    if self._joins_former(group, index):
                        continue
                    self._label_from_outside(group, index)
                self._share(group, index)
                self.groups.append(group)

    def _share(self, group: Group, index: int) -> None:
        """Take in the list below a label that ends in "for"."""
        line = self.lines[index]
        if not line.text.rstrip(" :").endswith((" for", " of")):
            return
        items: list[str] = []
        following = index + 1
        while following < self._line_count and following not in self._dated:
            item = self.lines[following]
            if item.path[: len(line.path)] != line.path or len(item.path) == len(
                line.path
            ):
                break
            items.append(item.text)
            self._used.add(following)
            following += 1
        group.items = tuple(items)

    def _segments(self, index: int, dated: Dated) -> Iterator[Group]:
        """Yield the dates of a line in groups of one label each."""
        line = self.lines[index]
        text = _blanked(line.text, dated)
        dates = _without_stamps(line.text, dated.dates)
        gaps: list[str] = []
        end = 0
        for date in dates:
            gaps.append(text[end : date.start])
            end = date.end
        gaps.append(text[end:])
        given = [self._given(index, date, dated) for date in dates]
        is_prose = _is_sentence(line.text, dates[0].start)
        if self._is_label_first(gaps):
            yield from self._label_first(index, given, gaps, is_prose)
        else:
            yield from self._date_first(index, given, gaps, is_prose)

    def _is_label_first(self, gaps: Sequence[str]) -> bool:
        before = _last_sentence(gaps[0])
        if not has_words(before):
            return False
        # "Posters: 3 May submission": what names a kind is the label.
        after = gaps[-1] if len(gaps) == 2 else gaps[1]
        if self._is_label(before) or not self._is_label(_first_sentence(after)):
            return True
        return len(gaps) > 2 or not after.strip().startswith((":", "-", "–", "—"))

    def _label_first(
        self, index: int, given: Sequence[Given], gaps: Sequence[str], is_prose: bool
    ) -> Iterator[Group]:
        group = Group(
            clean_label(_last_sentence(gaps[0])),
            [given[0]],
            (index,),
            is_prose=is_prose,
        )
        for date, gap in zip(given[1:], gaps[1:-1], strict=True):
            remark = _BRACKETED.match(gap)
            rest = gap[remark.end() :] if remark else gap
            label = _last_sentence(rest)
            if has_words(label) and not _is_change(rest):
                group.remark = remark[0] if remark else ""
                yield group
                group = Group(clean_label(label), [date], (index,), is_prose=is_prose)
            else:
                date.gap_before = gap
                group.dates.append(date)
        group.remark = gaps[-1]
        yield group

    def _date_first(
        self, index: int, given: Sequence[Given], gaps: Sequence[str], is_prose: bool
    ) -> Iterator[Group]:
        waiting: list[Given] = []
        for date, gap in zip(given, gaps[1:], strict=True):
            waiting.append(date)
            label = _first_sentence(gap)
            if date is not given[-1] and _LEADS_ON.search(gap) and has_words(gap):
                # "[30 April] The deadline is extended to May 10": words of the latter.
                yield Group("", waiting, (index,), is_prose=is_prose)
                rest = given[given.index(date) + 1 :]
                behind = gaps[given.index(date) + 1 :]
                yield from self._label_first(index, rest, behind, is_prose)
                return
            if has_words(label) and not (date is not given[-1] and _is_change(gap)):
                yield Group(
                    clean_label(label),
                    waiting,
                    (index,),
                    is_prose=is_prose,
                    is_date_first=True,
                )
                waiting = []
            elif date is not given[-1]:
                following = given[given.index(date) + 1]
                following.gap_before = gap
        if waiting:
            remark = gaps[0] + " " + gaps[-1]
            yield Group("", waiting, (index,), remark=remark, is_prose=is_prose)

    def _given(self, index: int, date: WrittenDate, dated: Dated) -> Given:
        line = self.lines[index]
        is_struck = bool(line.struck) and any(
            start < date.end and end > date.start for start, end in line.struck
        )
        time = zone = None
        if dated.times or dated.zones:
            time, zone = _time_and_zone(line.text, date, dated)
        return Given(index, date, is_struck, time, zone)

    # -- from outside -------------------------------------------------------------

    def _joins_former(self, group: Group, index: int) -> bool:
        """Add dates that continue the group before them: the new one below the old."""
        if not self.groups or index - 1 not in self._dated:
            return False
        former = self.groups[-1]
        if former.dates[-1].line != index - 1 or not former.label:
            return False
        here, before = self.lines[index], self.lines[index - 1]
        shares_parent = here.path[:-1] == before.path[: len(here.path) - 1]
        if here.path != before.path and not (
            here.cell == before.cell and shares_parent
        ):
            return False
        in_block = here.path == before.path
        if former.is_own and index - 1 not in self._bare:
            # A labelled line, then a bare date: only a new value for the same thing.
            is_change = former.dates[-1].is_struck or _is_change(group.remark)
            if not (is_change and (in_block or here.tag in {"li", "p", "span"})) and (
                not in_block or self._next_label(index)
            ):
                return False
        elif not (former.dates[-1].is_struck or group.dates[0].is_struck or in_block):
            return False
        former.dates.extend(group.dates)
        former.remark += " " + group.remark
        return True

    def _next_label(self, index: int) -> bool:
        following = index + 1
        return (
            following < self._line_count
            and self._is_neighbour(following)
            and (self._is_label(self.lines[following].text))
        )

    def _label_from_outside(self, group: Group, index: int) -> None:
        line = self.lines[index]
        group.is_own = False
        labelled = False
        if line.cell is not None and self._is_small_cell(line.cell):
            labelled = self._label_from_table(group, index)
        if not labelled and line.tag in {"dd", "dt"}:
            labelled = self._label_from_terms(group, index)
        if not labelled:
            self._label_from_neighbours(group, index)

    @cached_property
    def _tables(self) -> dict[int, _Table]:
        """The tables down to the last date, with all their lines."""
        numbers = {line.cell[0] for line in self.lines if line.cell is not None}
        for count in range(len(self.lines) + 1, len(self._all_lines.texts) + 1):
            if numbers.isdisjoint(self._all_lines.first(count)[-1].path):
                break
        tables: dict[int, _Table] = {}
        for index, line in enumerate(self.lines):
            if line.cell is None:
                continue
            number, row, column = line.cell
            table = tables.setdefault(number, _Table())
            table.cells.setdefault((row, column), []).append(index)
            columns = table.rows.setdefault(row, [])
            if not columns or columns[-1] != column:  # cells come in their order
                columns.append(column)
        return tables

    def _is_small_cell(self, cell: tuple[int, int, int]) -> bool:
        number, row, column = cell
        lines = self._tables[number].cells[row, column]
        length = sum(len(self.lines[index].text) for index in lines)
        return len(lines) <= _MAX_CELL_LINES and length <= _MAX_CELL_CHARACTERS

    def _words_in(self, indices: Sequence[int]) -> str:
        texts = [
            self.lines[index].text
            for index in indices
            if index not in self._dated and has_words(self.lines[index].text)
        ]
        return " ".join(texts)

    def _label_from_table(self, group: Group, index: int) -> bool:
        cell = self.lines[index].cell
        if cell is None:
            return False
        number, row, column = cell
        table = self._tables[number]
        if len(table.rows[row]) > _MAX_COLUMNS:
            return False
        inside = [other for other in table.cells[row, column] if other < index]
        own = self._words_in(inside)
        if own and self._is_label(own):
            group.label, group.label_lines = clean_label(own), tuple(inside)
            self._used.update(inside)
            return True
        beside: list[int] = []
        for other in table.rows[row]:
            if other != column and self._is_small_cell((number, row, other)):
                beside += table.cells[row, other]
        beside = [other for other in beside if other not in self._dated]
        of_row = self._words_in(beside)
        header = self._header(table, row, column)
        of_column = self._words_in(header)
        if of_column and (
            not of_row
            or (self._is_label(of_column) and not self._is_label(of_row))
            or self._columns_name_kinds(table, row)
        ):
            group.label, group.label_lines = clean_label(of_column), tuple(header)
            group.column = of_row
            self._used.update(beside)
            return True
        if of_row:
            group.label, group.label_lines = clean_label(of_row), tuple(beside)
            group.is_date_first = beside[0] > index
            if len(self._dates_in_row(table, row)) > 1:
                group.column = of_column
            self._used.update(beside)
            return True
        return False

    def _is_label(self, text: str) -> bool:
        return self._kind_of(text) is not None

    def _columns_name_kinds(self, table: _Table, row: int) -> bool:
        """Tell whether the dates of a row stand below different kinds of deadline."""
        kinds = {
            self._kind_of(self._words_in(self._header(table, row, column)))
            for column in self._dates_in_row(table, row)
        }
        return len(kinds - {None}) > 1

    def _dates_in_row(self, table: _Table, row: int) -> list[int]:
        found = table.dated.get(row)
        if found is None:
            found = table.dated[row] = [
                column
                for column in table.rows[row]
                if any(index in self._dated for index in table.cells[row, column])
            ]
        return found

    def _header(self, table: _Table, row: int, column: int) -> list[int]:
        """Return the lines of the cell that heads a column: the last without dates."""
        for above in range(row - 1, max(0, row - _MAX_ROWS_TO_HEADER), -1):
            columns = table.rows.get(above, [])
            if len(columns) < 2 or self._dates_in_row(table, above):
                continue
            if column in columns:
                return table.cells[above, column]
        return []

    def _label_from_terms(self, group: Group, index: int) -> bool:
        line = self.lines[index]
        step = -1 if line.tag == "dd" else 1
        wanted = "dt" if line.tag == "dd" else "dd"
        other = index + step
        while 0 <= other < self._line_count and abs(other - index) < 12:
            candidate = self.lines[other]
            if candidate.tag == wanted and other not in self._dated:
                if has_words(candidate.text):
                    self._take(group, other)
                    return True
            elif candidate.tag not in {"dd", "dt"}:
                return False
            other += step
        return False

    def _take(self, group: Group, other: int) -> None:
        text = self.lines[other].text
        group.label = clean_label(text)
        group.is_date_first = other > group.line
        for given in group.dates:
            if (
                given.time is None
                and given.zone is None
                and _DIGIT_OR_ZONE.search(text)
            ):
                times, zones = find_times(text), find_zones(text)
                given.time = times[0].text if len(times) == 1 else None
                given.zone = zones[0].text if len(zones) == 1 else None
        group.label_lines = (other,)
        self._used.add(other)

    def _is_neighbour(self, index: int) -> bool:
        if not 0 <= index < self._line_count or index in self._dated:
            return False
        line = self.lines[index]
        return (
            len(line.text) <= _MAX_NEIGHBOUR
            and line.region != "nav"
            and has_words(line.text)
        )

    def _label_from_neighbours(self, group: Group, index: int) -> None:
        before, after = index - 1, index + 1
        # Step over lines that say nothing, such as an arrow or "Open".
        while (
            before >= 0
            and before not in self._dated
            and not has_words(self.lines[before].text)
        ):
            before -= 1
        here = self.lines[index].path
        while after < self._line_count and (
            after in self._bare and self.lines[after].path == here
            if after in self._dated
            else not has_words(self.lines[after].text)
        ):
            after += 1
        can_before, can_after = self._is_neighbour(before), self._is_neighbour(after)
        if can_before and can_after:
            if self._is_before(before, index, after):
                self._take(group, before)
            else:
                self._take(group, after)
        elif can_before:
            self._take(group, before)
        elif can_after and not self.lines[after].level:
            self._take(group, after)

    def _is_before(self, before: int, index: int, after: int) -> bool:
        """Tell whether the line before labels a date, rather than the line after."""
        lines = self.lines
        if lines[after].level and not lines[index].level:
            return True
        near = _shared(lines[before], lines[index])
        far = _shared(lines[after], lines[index])
        names_before = self._is_label(lines[before].text)
        names_after = self._is_label(lines[after].text)
        in_block_before = lines[before].path == lines[index].path
        in_block_after = lines[after].path == lines[index].path
        if in_block_before != in_block_after:
            return in_block_before
        if near != far and (names_before == names_after):
            return near > far
        if lines[before].level and not names_before and names_after:
            return False
        if lines[before].text.rstrip().endswith(":") and names_before:
            return True
        begins = self._first_of_run(before, index)
        if begins is not None:
            return begins
        if names_before != names_after:
            return names_before
        return near >= far

    def _first_of_run(self, before: int, index: int) -> bool | None:
        """Tell whether the run of labels and dates here begins with a label."""
        lines = self.lines
        depth = len(lines[index].path)
        first = index
        while first > max(0, index - _MAX_RUN) and (
            len(lines[first - 1].text) <= _MAX_NEIGHBOUR
        ):
            candidate = lines[first - 1]
            if candidate.level and not lines[index].level:
                break
            if (
                candidate.region != lines[index].region
                or len(candidate.path) < depth - 2
            ):
                break
            if first - 1 in self._dated and first - 1 not in self._bare:
                break
            if first - 1 not in self._dated and first not in self._dated:
                break  # two lines of words: the upper one is a heading
            first -= 1
        if first in self._dated:
            return False
        last = index
        while last + 1 < min(self._line_count, index + _MAX_RUN) and (
            len(lines[last + 1].text) <= _MAX_NEIGHBOUR
        ):
            candidate = lines[last + 1]
            if candidate.level or candidate.region != lines[index].region:
                break
            if last + 1 in self._dated and last + 1 not in self._bare:
                break
            if last + 1 not in self._dated and last not in self._dated:
                break
            last += 1
        if last in self._dated:
            return True
        # It begins and ends with words: one of them labels nothing.
        names_first = self._is_label(lines[first].text)
        names_last = self._is_label(lines[last].text)
        return None if names_first == names_last else names_first

    # -- context ------------------------------------------------------------------

    def _give_context(self) -> None:
        """Give every group the headings above it."""
        headings: list[tuple[int, str]] = []
        minor: tuple[int, str] | None = None
        section = done = 0
        dated, used = self._dated, self._used
        for group in sorted(self.groups, key=attrgetter("line")):
            for index in range(done, group.line):
                line, following = self.lines[index], index + 1
                # Most lines are told to be no headings by these looks.
                if not (
                    line.level
                    or following in dated
                    or following in used
                    or line.tag in _HEADS
                ):
                    continue
                if index in dated or index in used or line.region == "nav":
                    continue
                if line.level:
                    while headings and headings[-1][0] >= line.level:
                        headings.pop()
                    headings.append((line.level, line.text[:_MAX_LABEL]))
                    minor = None
                    section += 1
                elif (
                    len(line.text) <= 90
                    and self._is_minor_heading(index)
                    and has_words(line.text)
                    and not _SENTENCE.search(line.text)
                ):
                    minor = (index, line.text)
                    section += 1
            done = group.line
            self._set_context(group, headings, minor, section)

    def _is_minor_heading(self, index: int) -> bool:
        """Tell whether a short line stands over dates without being one's label."""
        line = self.lines[index]
        if line.cell is not None:
            number, row, _ = line.cell
            if len(self._tables[number].rows[row]) > 1:
                return False  # the head of a column, which is no heading of the rest
        following = index + 1
        while following not in self._dated and following in self._used:
            following += 1
        return following in self._dated or line.tag in _HEADS

    def _set_context(
        self,
        group: Group,
        headings: Sequence[tuple[int, str]],
        minor: tuple[int, str] | None,
        section: int,
    ) -> None:
        context = [group.column] if group.column else []
        if minor is not None:
            context.append(minor[1])
        context += [text for _, text in reversed(headings)]
        own = {text.strip(_EDGES) for text in (group.label,)}
        group.context = tuple(text for text in context if text.strip(_EDGES) not in own)
        group.section = section


# Elements that head what is below or beside them.
_HEADS: Final = frozenset({"th", "caption", "dt", "legend", "summary"})
# A sentence, or a rule for all dates ("All deadlines are 23:59 AoE"), is no heading.
_SENTENCE = re.compile(r"[.!]$|\d[:.]\d\d|\baoe\b|anywhere on", re.IGNORECASE)


def _shared(left: Line, right: Line) -> int:
    """Return how many containers two lines have in common."""
    count = 0
    for one, other in zip(left.path, right.path, strict=False):
        if one != other:
            break
        count += 1
    return count


def _blanked(text: str, dated: Dated) -> str:
    """Return a line in which times and zones are blanks of the same length."""
    parts: list[WrittenTime | WrittenZone] = [*dated.times, *dated.zones]
    for part in parts:
        text = text[: part.start] + " " * (part.end - part.start) + text[part.end :]
    return text


def _is_sentence(text: str, date_start: int) -> bool:
    """Tell whether a line is running text rather than a label with its date."""
    if len(text) > _PROSE:
        return True
    return (
        len(text) > 100
        and date_start > 40
        and ":" not in text[:date_start]
        and re.search(r"[^\W\d_)]\.(?:\s|$)", text[date_start:]) is not None
    )


def _without_stamps(
    text: str, dates: tuple[WrittenDate, ...]
) -> tuple[WrittenDate, ...]:
    """Leave out dates in square brackets beside others: when something was posted."""
    if "[" not in text:
        return dates
    plain = tuple(
        date
        for date in dates
        if not (
            text[: date.start].rstrip().endswith("[")
            and text[date.end :].lstrip().startswith("]")
        )
    )
    return plain or dates


def _last_sentence(text: str) -> str:
    """Return the last part of a text that says something."""
    parts = _sentences(text)
    return parts[-1] if parts else text


def _first_sentence(text: str) -> str:
    parts = _sentences(text)
    return parts[0] if parts else text


def _sentences(text: str) -> list[str]:
    """Return the parts of a text that say something; most texts have no parts."""
    if _ENDS_SENTENCE.search(text) is None:
        return [text]
    return [part for part in _SENTENCE_END.split(text) if has_words(part)]


_CHANGE = re.compile(
    r"→|⇒|=>|->|➔|➜|»"
    r"|\b(?:extended|extension|was|were|originally|previously|formerly|old|new|now|"
    r"postponed|changed|moved|updated|prorogat\w*|prorrogad\w*|verlängert|instead)\b",
    re.IGNORECASE,
)


def _is_change(gap: str) -> bool:
    """Tell whether words between two dates only say that one replaces another."""
    if _CHANGE.search(gap):
        words = [word for word in words_of(gap).split() if not word.isdigit()]
        return len([word for word in words if word not in _FILLERS]) <= 1
    return False


def _time_and_zone(
    text: str, date: WrittenDate, dated: Dated
) -> tuple[str | None, str | None]:
    """Return the time and the zone that belong to a date of a line."""
    following, preceding = len(text), 0
    for other in dated.dates:
        if other.start >= date.end:
            following = min(following, other.start)
        elif other.end <= date.start:
            preceding = max(preceding, other.end)
    reach = date.end + 45
    time = next(
        (
            part
            for part in dated.times
            if date.end <= part.start < min(following, reach)
        ),
        None,
    )
    if time is None and preceding == 0:
        before = [
            part
            for part in dated.times
            if part.end <= date.start and date.start - part.end < 45
        ]
        time = before[-1] if before else None
    zone = next(
        (
            part
            for part in dated.zones
            if date.end <= part.start < min(following, reach)
        ),
        None,
    )
    if zone is None and time is not None and time.end <= date.start:
        zone = next((p for p in dated.zones if time.end <= p.start <= date.start), None)
    return (time.text if time else None), (zone.text if zone else None)
