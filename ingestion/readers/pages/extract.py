"""Pages to dated phrases: the rules, in the order in which a reader would apply them.

Find the dates of every line and what labels them (``layout``); tell what kind of thing
each label names (the vocabulary's rules); fill in the years; tell what was replaced;
apply what the page says about all its deadlines; leave out what is no deadline.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Final

from ingestion.readers.pages.blocks import (
    Blocks,
    Line,
    is_html,
    read_blocks,
    read_plain,
)
from ingestion.readers.pages.dates import Day, find_times, find_zones, lowered
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.layout import Given, Group, Layout
from ingestion.readers.pages.records import Page, PageEntry, PageReading, Phrase
from ingestion.readers.pages.vocabulary import LabelRule, Vocabulary, words_of
from ingestion.readers.pages.years import edition_year, fill_years, ordered_numbers
from ingestion.readers.records import Finding, Reason

EXTRACTOR_VERSION: Final = 1

CONFERENCE_START: Final = "conference_start"
CONFERENCE_END: Final = "conference_end"
_WEAK: Final = frozenset({"submission", "submission_abroad", "submission_of_track"})
_FROM_HEADING: Final = frozenset({"proposal", "artifact"})
# A page's rule for "all deadlines" says nothing of what others do on a date.
_NOT_DUE: Final = frozenset(
    {"notification", "rebuttal_start", CONFERENCE_START, CONFERENCE_END}
)
_MAX_QUOTE = 300
_COMPANY_LINES = 8
_FEW_WORDS = 4
_NAMES_DUE = re.compile(r" (deadlines?|submissions?|due|notifications?|camera ready) ")

_EVENT_NAME = re.compile(
    r"(?:(?:the|ieee|acm|ifip|\d+(?:st|nd|rd|th))\s+)*"
    r"[^\W\d_][\w&/+.-]*(?:[ -][A-Z][\w-]*){0,2}\s*[-'’]?\s*"
    r"(?:20\d\d|(?<=['’])\d\d)"
    r"(?:\s+(?:conference|symposium|workshop|dates?|main conference|event|main))?",
)
_RULE_CUES: Final = ("aoe", "anywhere on", "gmt", "pacific t", "(utc")
_CLOCK = re.compile(r"\d(?:[:.]\d\d|\s?[apAP]\.?[mM])")
_CLOCK_REACH = 4  # beyond a line: "5" and "p.m." may stand in two
_RULE_WORDS = re.compile(
    r"\b(?:all|deadlines|submissions|dates|times|every|each|unless|scadenze|tutte|alle|"
    r"fristen|prazos|plazos|todas|todos|toutes|deadline is|due by|"
    r"due at)\b",
    re.IGNORECASE,
)
_RULE_ALL_DATES = re.compile(
    r"\ball (?:(?:the |of the )?(?:dates|times)|(?:the )?above)\b", re.IGNORECASE
)


# The name of the event itself: its word for "workshop" is no track.
_NAMES_EVENT = re.compile(
    r" (workshop|symposium|conference) (on|for|in) | (workshop|symposium) 20\d\d "
    r"| (international|annual|\d+(st|nd|rd|th)) (\w+ ){0,4}workshop "
)
_NAMES_PAPER = re.compile(r" (papers?|manuscripts?) ")
_LEADS_UP = re.compile(
    r"\b(?:to|on|by|until|till|is|due|before|bis|até|hasta|entro)\W*(?:\w+day\W+)?$",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:deadline|due|by|until|before|no later|submitted|held|take place|notified|"
    r"closes?|ends?|extended|on|till|bis|até|hasta|entro)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a page says about all its deadlines."""

    line: int
    time: str | None
    zone: str | None
    is_for_all: bool


@dataclass(slots=True, eq=False)
class _Candidate:
    """A group and what it is about; no other candidate is the same."""

    group: Group
    rule: LabelRule | None
    kind: str
    track: LabelRule | None
    is_extension: bool = False
    is_replaced: bool = False
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class _EventDays:
    """How a page gives the days of its event: by labels, or in a header alone."""

    header: _Candidate | None
    is_labelled: bool
    is_named: bool
    has_main: bool
    is_own_workshop: bool


def extract(page: Page, vocabulary: Vocabulary) -> PageReading:
    """Return the reading of a page, with one entry that holds all its phrases."""
    text = decode(page.content, page.media_type)
    blocks = read_blocks(text) if is_html(text) else read_plain(text)
    return read_lines(page, blocks, vocabulary)


def extract_text(
    text: str, vocabulary: Vocabulary, year: str | None = None
) -> PageReading:
    """Return the reading of a plain text, such as the body of a call by mail."""
    page = Page(b"", context={"year": year} if year else {})
    return read_lines(page, read_plain(text), vocabulary)


def read_lines(page: Page, blocks: Blocks, vocabulary: Vocabulary) -> PageReading:
    """Return the reading of lines, however they were come by."""
    reader = _Reader(page, blocks, vocabulary)
    phrases = tuple(reader.phrases())
    return PageReading(
        title=blocks.title,
        text=blocks.text,
        entries=(PageEntry("", phrases),),
        findings=tuple(reader.findings),
    )


class _Reader:
    """One page on its way to phrases."""

    def __init__(self, page: Page, blocks: Blocks, vocabulary: Vocabulary) -> None:
        self._page = page
        self._blocks = blocks
        self._content = blocks.content
        self._lines: Sequence[Line] = ()  # those that matter to dates
        self._vocabulary = vocabulary
        self._dated_lines: set[int] = set()
        self._zone_beside: str | None = None  # the one that is written beside dates
        self.findings: list[Finding] = []

    def phrases(self) -> Iterator[Phrase]:
        found = list(self._said())
        yield from _merged(found)
        if not any(phrase.kind == CONFERENCE_START for phrase in found):
            yield from self._marked_up()

    def _marked_up(self) -> Iterator[Phrase]:
        """Yield the days of the event from markup, where there is just one event."""
        if len(self._blocks.events) != 1:
            return
        event = self._blocks.events[0]
        for kind, day in (
            (CONFERENCE_START, event.starts),
            (CONFERENCE_END, event.ends),
        ):
            yield Phrase(
                kind=kind,
                label_text="Event",
                due_text=day.isoformat(),
                date=day.isoformat(),
                quote=event.quote,
                start=len(self._blocks.text),
                end=len(self._blocks.text),
                kind_rule="conference_dates",
            )

    def _said(self) -> Iterator[Phrase]:
        """Yield what the visible text says, every time that it does."""
        layout = Layout(self._content, self._kind_of)
        if not layout.groups:
            return
        groups, self._lines = layout.groups, layout.lines
        ordered_numbers(groups, self._blocks.language)
        year = edition_year(
            self._page.context.get("year"),
            self._blocks.title,
            islice(self._headings(2), 4),
            self._page.url,
            groups,
        )
        candidates = self._candidates(groups)
        event = self._event(candidates, year)
        fill_years(groups, year, event)
        candidates = self._chosen(candidates, year, event)
        self._mark_extensions(candidates)
        self._mark_early_finals(candidates)
        self._dated_lines = {given.line for g in groups for given in g.dates}
        self._zone_beside = _only(
            [given.zone for c in candidates for given in c.group.dates]
        )
        for candidate in candidates:
            yield from self._phrases_of(candidate)

    # -- what a label names -----------------------------------------------------

    def _kind_of(self, text: str) -> str | None:
        rule = self._vocabulary.kind(text)
        return rule.value if rule else None

    def _candidates(self, groups: Sequence[Group]) -> list[_Candidate]:
        candidates: list[_Candidate] = []
        for group in groups:
            self._forget_title(group)
            self._join_arrow(group)
            for part in self._parts(group):
                telling = self._telling(part)
                rule = self._rule(part, telling)
                kind = rule.value if rule else "other"
                if part is not group and kind in {c.kind for c in candidates[-3:]}:
                    continue
                candidate = _Candidate(part, rule, kind, self._track(part, telling))
                candidate.is_extension = (
                    self._vocabulary.remark(part.label, "extension") is not None
                )
                candidates.append(candidate)
        return candidates

    def _forget_title(self, group: Group) -> None:
        """Take back a label that is the page's heading: Call for papers, 6-9 July."""
        if group.is_own or not group.label or group.dates[0].written.last is None:
            return
        if all(self._lines[index].level in {1, 2} for index in group.label_lines):
            rule = self._vocabulary.kind(group.label)
            if (
                rule is not None
                and rule.key in _WEAK
                and " call" in words_of(group.label)
            ):
                group.label = ""

    def _join_arrow(self, group: Group) -> None:
        """Read "3 May → 5 May" as a range where the label names a span of days."""
        if len(group.dates) != 2 or "→" not in group.dates[1].gap_before:
            return
        first, last = group.dates
        kind = self._kind_of(group.label)
        if kind in {CONFERENCE_START, "rebuttal_start"} and not first.is_struck:
            first.written = first.written._replace(
                end=max(first.written.end, last.written.end),
                last=last.written.first,
                link="range",
            )
            group.dates.remove(last)

    def _parts(self, group: Group) -> Iterator[Group]:
        """Yield a group once for each thing of a list that shares its date."""
        if not group.items:
            yield group
            return
        kinds: set[str] = set()
        for item in group.items:
            part = replace(group, label=f"{group.label} {item}", items=())
            rule = self._rule(part, self._telling(part))
            if rule is not None and rule.value not in kinds:
                kinds.add(rule.value)
                yield part

    def _rule(self, group: Group, telling: Sequence[str]) -> LabelRule | None:
        """Return the rule for a label, with the help of the headings above it."""
        vocabulary = self._vocabulary
        rule = vocabulary.kind(group.label)
        if rule is not None and rule.key not in _WEAK:
            return rule
        for heading in telling[:2] if rule is not None else ():
            together = vocabulary.kind(f"{heading} {group.label}")
            if (
                together is not None
                and together.value == "proposal"
                and (_NAMES_PAPER.search(words_of(f"{heading} {group.label}")))
            ):
                continue
            if together is not None and (
                together.value in _FROM_HEADING or together.key == "mentoring"
            ):
                return together
        if rule is not None:
            return rule
        if group.label and _EVENT_NAME.fullmatch(group.label):
            return vocabulary.rule("conference_named")
        # A round or a track below a heading that names what is due.
        if not group.is_prose and len(words_of(group.label).split()) <= _FEW_WORDS:
            for heading in telling[:1]:
                of_heading = vocabulary.kind(heading)
                if of_heading is not None and _NAMES_DUE.search(words_of(heading)):
                    return of_heading
        return None

    def _telling(self, group: Group) -> list[str]:
        """Return the headings above that say more than "Important dates"."""
        return [
            heading
            for heading in group.context
            if self._vocabulary.remark(heading, "heading") is None
        ]

    def _track(self, group: Group, telling: Sequence[str]) -> LabelRule | None:
        rule = self._vocabulary.track(group.label)
        if rule is not None:
            return rule
        for heading in telling[:3]:
            # Most headings name no track: the costlier question comes second.
            rule = self._vocabulary.track(heading)
            if rule is not None and not _NAMES_EVENT.search(words_of(heading)):
                return rule
        return None

    # -- the days of the event ----------------------------------------------------

    def _event(
        self, candidates: Sequence[_Candidate], year: int | None
    ) -> tuple[date, date] | None:
        """Return the days of the event, if a label or a header names them."""
        for candidate in candidates:
            if candidate.kind == CONFERENCE_START and not self._is_elsewhere(candidate):
                span = _span(candidate.group.dates[-1], year)
                if span is not None:
                    return span
        header = self._header(candidates, year)
        return _span(header.group.dates[-1], year) if header else None

    def _header(
        self, candidates: Sequence[_Candidate], year: int | None
    ) -> _Candidate | None:
        """Return the line that gives name, place and days of the event, if any."""
        first = next(
            (
                candidate.group.line
                for candidate in candidates
                if candidate.rule is not None
                and candidate.kind not in {"other", CONFERENCE_START}
                and not candidate.group.is_prose
            ),
            len(self._lines),
        )
        best: _Candidate | None = None
        for candidate in candidates:
            group = candidate.group
            if candidate.rule is not None or len(group.dates) != 1:
                continue
            line = self._lines[group.line]
            if len(line.text) > 200 or line.region == "news":
                continue
            is_top = group.line < first or line.level in {1, 2, 3}
            if not is_top and line.region not in {"header", "footer"}:
                continue
            written = group.dates[0].written
            is_range = written.last is not None
            if not is_range and not (line.level and year) and not is_top:
                continue
            if (
                written.first.year is not None
                and year is not None
                and (written.first.year != year)
            ):
                continue
            if self._is_elsewhere(candidate) or self._is_stamp(candidate):
                continue
            if not is_range and not self._names_place(line, group):
                continue
            if best is None or (is_range and best.group.dates[0].written.last is None):
                best = candidate
        return best

    def _names_place(self, line: Line, group: Group) -> bool:
        """Tell whether a single day in a header stands beside a place or the name."""
        rest = (
            line.text[: group.dates[0].written.start]
            + line.text[group.dates[0].written.end :]
        )
        return bool(re.search(r"[A-Z]\w+", rest)) and "," in rest

    def _around(self, candidate: _Candidate) -> str:
        line = candidate.group.line
        before = self._lines[line - 1].text if line else ""
        return f"{before[-80:]} {self._lines[line].text[:300]}"

    def _is_elsewhere(self, candidate: _Candidate) -> bool:
        group = candidate.group
        rule = self._vocabulary.remark(group.label, "elsewhere")
        if rule is not None:
            return True
        if group.is_own and group.label and candidate.rule is not None:
            return False
        return self._vocabulary.remark(self._around(candidate), "elsewhere") is not None

    def _is_stamp(self, candidate: _Candidate) -> bool:
        group = candidate.group
        line = self._lines[group.line].text
        if "©" in line:
            return True
        for text in (group.label, line[:120]):
            if self._vocabulary.remark(text, "noise") is not None:
                return True
        return False

    def _is_news(self, candidate: _Candidate) -> bool:
        """Tell whether a date says when something was reported, not when it is due."""
        group = candidate.group
        if group.is_date_first and self._vocabulary.remark(group.label, "happening"):
            return True
        if self._lines[group.line].region != "news" and not any(
            self._vocabulary.remark(heading, "news") is not None
            for heading in group.context[:2]
        ):
            return False
        # In news, only a sentence that leads up to its date says what is due.
        if candidate.rule is None or candidate.kind in {"other", CONFERENCE_START}:
            return True
        before = self._lines[group.line].text[: group.dates[0].written.start]
        if not group.is_own and _NAMES_DUE.search(words_of(group.label)):
            return False
        return group.is_date_first or not group.is_own or not _LEADS_UP.search(before)

    # -- what is kept ------------------------------------------------------------

    def _chosen(
        self,
        candidates: Sequence[_Candidate],
        year: int | None,
        event: tuple[date, date] | None,
    ) -> list[_Candidate]:
        """Return the dates that are kept; those of the event are told from others'."""
        days = self._event_days(candidates, year)
        kept = [c for c in candidates if self._is_kept(c, days, event)]
        listed = {
            (given.written.first.month, given.written.first.day)
            for candidate in kept
            if not candidate.group.is_prose
            for given in candidate.group.dates
        }
        repeated = [c for c in kept if self._is_repeated(c, listed)]
        _lend_times(repeated, kept)
        kept = [c for c in kept if c not in repeated]
        return [c for c in kept if c.is_sure or self._has_company(c, kept)]

    def _event_days(
        self, candidates: Sequence[_Candidate], year: int | None
    ) -> _EventDays:
        """Return what the page has by way of days of the event."""
        labelled = [
            candidate
            for candidate in candidates
            if candidate.kind == CONFERENCE_START
            and not candidate.group.is_prose
            and not self._is_elsewhere(candidate)
        ]
        labels = [candidate.group.label for candidate in labelled]
        is_own_workshop = (
            any(" workshop " in words_of(label) for label in labels)
            and self._is_workshop()
        )
        return _EventDays(
            header=None if labelled else self._header(candidates, year),
            is_labelled=bool(labelled),
            is_named=any(not _is_sentence(label) for label in labels),
            has_main=any(not _is_side_event(label) for label in labels),
            is_own_workshop=is_own_workshop,
        )

    def _is_workshop(self) -> bool:
        """Tell whether the page's own title names a workshop, not the conference."""
        return (
            any(
                " workshop " in words_of(name) and " conference " not in words_of(name)
                for name in self._names(1)
            )
            and not self._is_for_hosts()
        )

    def _names(self, count: int) -> Iterator[str]:
        """Yield the page's title, and so many of its main headings."""
        yield self._blocks.title or ""
        yield from islice(self._headings(1), count)

    def _headings(self, level: int) -> Iterator[str]:
        """Yield the page's headings down to a level."""
        return (line.text for line in self._content if 0 < line.level <= level)

    def _is_kept(
        self,
        candidate: _Candidate,
        days: _EventDays,
        event: tuple[date, date] | None,
    ) -> bool:
        """Tell whether a date is kept; its kind may change by what stands around it."""
        group = candidate.group
        if candidate is days.header:
            candidate.kind = CONFERENCE_START
            candidate.rule = self._vocabulary.rule("conference_dates")
            return True
        is_vague = candidate.kind in {"other", CONFERENCE_START}
        if (is_vague and self._is_stamp(candidate)) or self._is_news(candidate):
            return False
        if self._lines[group.line].region == "footer" and candidate.rule is None:
            return False
        if self._repeats_event(candidate, event):
            return False
        if candidate.kind == CONFERENCE_START and not self._is_of_event(
            candidate, days
        ):
            return False
        if group.is_prose and not self._is_said(candidate):
            return False
        candidate.is_sure = (
            candidate.kind != "other"
            or candidate.rule is not None
            or candidate.is_extension
        )
        return True

    def _is_of_event(self, candidate: _Candidate, days: _EventDays) -> bool:
        """Tell whether days of an event are kept, perhaps as those of a part of it."""
        group = candidate.group
        if self._is_elsewhere(candidate):
            return False
        if group.is_prose and (days.is_labelled or days.header is not None):
            return False
        if days.is_own_workshop and " conference " in words_of(group.label):
            return False  # the host's days, beside the workshop's own
        is_part = _is_side_event(group.label) and not days.is_own_workshop
        if (is_part and (days.has_main or self._is_for_hosts())) or (
            days.is_named and _is_sentence(group.label)
        ):
            candidate.kind, candidate.rule = "other", None
        return True

    def _is_repeated(self, candidate: _Candidate, listed: set[tuple[int, int]]) -> bool:
        """Tell whether a sentence says again what a list says, in looser words."""
        group = candidate.group
        return (
            group.is_prose
            and not group.is_date_first
            and all(
                (given.written.first.month, given.written.first.day) in listed
                for given in candidate.group.dates
            )
        )

    def _repeats_event(
        self, candidate: _Candidate, event: tuple[date, date] | None
    ) -> bool:
        """Tell whether a range is the event's own, beside a button such as "Submit"."""
        group = candidate.group
        return (
            event is not None
            and event[0] != event[1]
            and (
                candidate.rule is None
                or (candidate.rule.key in _WEAK and not group.is_own)
            )
            and all(_span(given, event[0].year) == event for given in group.dates)
        )

    def _is_for_hosts(self) -> bool:
        """Tell whether the page asks for workshops rather than being one's own."""
        return any(
            re.search(
                r" (workshops?|tutorials?) proposals?| workshops | tutorials ",
                words_of(name),
            )
            for name in self._names(2)
        )

    def _is_said(self, candidate: _Candidate) -> bool:
        """Tell whether a sentence says that something is due on its date."""
        if candidate.rule is None or candidate.kind == "other":
            return False
        if candidate.kind == CONFERENCE_START:
            return True
        line = self._lines[candidate.group.line].text
        start = candidate.group.dates[0].written.start
        if start < 12:  # a list of long items, each with its date in front
            return True
        return _SAID.search(line[max(0, start - 160) : start]) is not None

    def _has_company(self, candidate: _Candidate, kept: Sequence[_Candidate]) -> bool:
        """Tell whether a date of no known kind stands among dates that have one."""
        group = candidate.group
        if not group.label or len(group.label) > 160 or group.is_prose:
            return False
        here = self._lines[group.line]
        for other in kept:
            if other is candidate or not other.is_sure or other.group.is_prose:
                continue
            there = self._lines[other.group.line]
            if here.cell and there.cell and here.cell[0] == there.cell[0]:
                return True
            is_near = abs(other.group.line - group.line) <= _COMPANY_LINES
            if is_near and other.group.section == group.section:
                return True
        return False

    # -- what was replaced ----------------------------------------------------------

    def _mark_extensions(self, candidates: Sequence[_Candidate]) -> None:
        """Let a line that only says "extended" take the kind of the line before it.

        Of such lines and the one that they extend, the latest date holds.
        """
        former: _Candidate | None = None
        chain: list[_Candidate] = []
        for candidate in candidates:
            self._extend(candidate, former)
            if candidate.rule is None:
                continue
            if (
                former is not None
                and candidate.kind == former.kind
                and candidate.group.section - former.group.section <= 1
                and (candidate.is_extension or former.is_extension)
            ):
                chain.append(candidate)
            else:
                _replace_all_but_latest(chain)
                chain = [candidate]
            former = candidate
        _replace_all_but_latest(chain)

    def _mark_early_finals(self, candidates: Sequence[_Candidate]) -> None:
        """Read a "final paper" that is due before any notification as the paper."""
        told = [
            day
            for candidate in candidates
            if candidate.kind == "notification"
            for given in candidate.group.dates
            if (day := given.written.first.as_date()) is not None
        ]
        if not told:
            return
        for candidate in candidates:
            if candidate.rule is None or candidate.rule.key != "final_version":
                continue
            days = [given.written.first.as_date() for given in candidate.group.dates]
            if all(day is not None and day < min(told) for day in days):
                candidate.kind = "submission"
                candidate.rule = self._vocabulary.rule("submission")

    def _extend(self, candidate: _Candidate, former: _Candidate | None) -> None:
        if not candidate.is_extension:
            return
        if former is not None and candidate.group.section - former.group.section <= 1:
            candidate.kind, candidate.rule = former.kind, former.rule
            candidate.track = former.track
        elif candidate.rule is None:
            candidate.rule = self._vocabulary.rule("submission")
            candidate.kind = "submission"

    # -- what the page says about all -------------------------------------------------

    @cached_property
    def _page_rules(self) -> list[_Rule]:
        """The rules for all deadlines; nobody asks where dates have all themselves."""
        rules = []
        for index in self._lines_with_cues():
            text = self._content.texts[index]
            if index in self._dated_lines or len(text) > 600:
                continue
            if not _RULE_WORDS.search(text):
                continue
            zones, times = find_zones(text), find_times(text)
            if zones or times:
                rules.append(
                    _Rule(
                        index,
                        times[0].text if times else None,
                        zones[0].text if zones else None,
                        bool(_RULE_ALL_DATES.search(text)),
                    )
                )
        beside = self._zone_beside
        if beside is None:
            return rules
        # As written beside a date: the sentence for all may spell it out.
        return [
            replace(rule, zone=beside) if _is_aoe(rule.zone, beside) else rule
            for rule in rules
        ]

    def _by_rule(
        self, kind: str, line: int, time: str | None, zone: str | None
    ) -> tuple[str | None, str | None]:
        """Return a date's time and zone, with what the page's rules add to them."""
        if time is not None and zone is not None:
            return time, zone
        rules = self._page_rules
        is_due = kind not in _NOT_DUE
        if not is_due and not any([rule.is_for_all for rule in rules]):
            return time, zone
        said = _nearest(rules, line)
        if said is not None and (
            is_due or (said.is_for_all and not kind.startswith("conference"))
        ):
            return _completed(time, zone, said)
        return time, zone

    def _lines_with_cues(self) -> list[int]:
        """Return the lines that may name a time or a zone, found at C speed."""
        texts, starts = self._content.texts, self._content.starts
        lower = lowered(self._blocks.text)
        found: set[int] = set()
        for cue in _RULE_CUES:
            position = lower.find(cue)
            while position >= 0:
                index = bisect_right(starts, position) - 1
                found.add(index)
                after = starts[index] + len(texts[index])
                position = lower.find(cue, after)
        for index in self._content.numbered:
            text = texts[index]
            # Line breaks count as characters, too.
            beyond = "\n".join(texts[index + 1 : index + 1 + _CLOCK_REACH])
            reach = f"{text}\n{beyond}"[: len(text) + _CLOCK_REACH]
            clock = _CLOCK.search(reach)
            if clock is not None and clock.start() < len(text):
                found.add(index)
        return sorted(found)

    # -- phrases ----------------------------------------------------------------------

    def _phrases_of(self, candidate: _Candidate) -> Iterator[Phrase]:
        group = candidate.group
        superseded = _superseded(group.dates, group.remark)
        shared_time = _only([given.time for given in group.dates])
        shared_zone = _only([given.zone for given in group.dates])
        rule = candidate.rule
        if (
            rule is not None
            and rule.key == "submission_of_track"
            and any(given.written.last is not None for given in group.dates)
        ):
            candidate.kind = "other"  # posters are shown from day to day
        for given, is_superseded in zip(group.dates, superseded, strict=True):
            for kind, day in _days(candidate.kind, given):
                on = day.as_date()
                if on is None:
                    if day.year is not None:
                        self._reject(given, group)
                    continue
                time, zone = self._by_rule(
                    kind,
                    given.line,
                    given.time or shared_time,
                    given.zone or shared_zone,
                )
                quote, start, end = self._quote(given, group)
                yield Phrase(
                    kind=kind,
                    label_text=group.label or self._lines[given.line].text[:120],
                    due_text=self._written(given),
                    date=on.isoformat(),
                    quote=quote,
                    start=start,
                    end=end,
                    track=candidate.track.value if candidate.track else "main",
                    kind_rule=candidate.rule.key if candidate.rule else None,
                    track_rule=candidate.track.key if candidate.track else None,
                    time=time,
                    timezone_text=zone,
                    is_superseded=is_superseded or candidate.is_replaced,
                    is_struck=given.is_struck,
                )

    def _written(self, given: Given) -> str:
        return self._lines[given.line].text[given.written.start : given.written.end]

    def _quote(self, given: Given, group: Group) -> tuple[str, int, int]:
        """Return the passage that holds label and date, and where it stands."""
        here = self._lines[given.line]
        start, end = here.start, here.end
        for index in group.label_lines:
            line = self._lines[index]
            start, end = min(start, line.start), max(end, line.end)
        if end - start > _MAX_QUOTE:
            start = max(here.start, here.start + given.written.start - _MAX_QUOTE // 2)
            end = min(here.end, start + _MAX_QUOTE)
        return self._blocks.text[start:end], start, end

    def _reject(self, given: Given, group: Group) -> None:
        line = self._lines[given.line]
        self.findings.append(
            Finding(
                position=f"/text/{line.start + given.written.start}",
                reason=Reason.IMPOSSIBLE_DATE,
                detail=f"{self._written(given)!r} is no day of any year",
                entry=line.text[:_MAX_QUOTE],
                is_dropped=True,
            )
        )


def _lend_times(repeated: Sequence[_Candidate], kept: Sequence[_Candidate]) -> None:
    """Give a list's dates the time and zone that a sentence says of the same day."""
    for sentence in repeated:
        for told in sentence.group.dates:
            for candidate in kept:
                if candidate is sentence or candidate.kind in _NOT_DUE:
                    continue
                for given in candidate.group.dates:
                    if given.written.first == told.written.first:
                        given.time = given.time or told.time
                        given.zone = given.zone or told.zone


def _replace_all_but_latest(chain: Sequence[_Candidate]) -> None:
    """Mark the dates that a later extension of the same thing replaced."""
    if len(chain) < 2:
        return
    standing = [c for c in chain if not c.group.dates[-1].is_struck] or list(chain)
    latest = max(standing, key=lambda c: _sortable(c.group.dates[-1].written.first))
    for candidate in chain:
        candidate.is_replaced = candidate is not latest


def _span(given: Given, year: int | None) -> tuple[date, date] | None:
    written = given.written
    first = written.first.as_date(year)
    last = (written.last or written.first).as_date(year)
    return (first, last) if first is not None and last is not None else None


def _is_side_event(label: str) -> bool:
    """Tell whether a label names workshops or tutorials rather than the event."""
    words = words_of(label)
    if re.search(r" (doctoral|phd|student|industry|satellite|postgraduate) ", words):
        return True
    is_side = re.search(
        r" (workshops?|tutorials?|school|forum|hackathon|festival|meeting) ", words
    )
    return bool(is_side) and not re.search(r" (conference|symposium|main) ", words)


def _is_sentence(label: str) -> bool:
    """Tell whether a label says in a sentence that something takes place."""
    return re.search(r" (held|hosted|organi[sz]ed) ", words_of(label)) is not None


def _days(kind: str, given: Given) -> list[tuple[str, Day]]:
    """Return the kind and the day of each end of a date."""
    first, last = given.written.first, given.written.last
    if kind == CONFERENCE_START:
        return [(CONFERENCE_START, first), (CONFERENCE_END, last or first)]
    if last is None:
        return [(kind, first)]
    if kind in {"rebuttal_start", "rebuttal_end"}:
        return [("rebuttal_start", first), ("rebuttal_end", last)]
    if given.written.link == "range" and kind not in {"notification", "other"}:
        return [("other", first), (kind, last)]
    return [(kind, first), (kind, last)]


_FORMER = re.compile(
    r"\b(?:was|were|originally|original|previously|previous|formerly|old|before|"
    r"initially|instead|extended from|postponed from|moved from|changed from|not)\W*$",
    re.IGNORECASE,
)
_REPLACED = re.compile(
    r"→|⇒|=>|->|➔|➜|»|\b(?:extended|extension|new|now|postponed|moved|changed|updated|"
    r"prorogat\w*|prorrogad\w*|verlängert|extendida)\b",
    re.IGNORECASE,
)


def _superseded(dates: Sequence[Given], remark: str) -> list[bool]:
    """Tell of each date of one label whether the page shows a newer one."""
    if len(dates) == 1:
        return [False]
    if any(given.is_struck for given in dates):
        standing = [given for given in dates if not given.is_struck]
        if standing:
            return [given.is_struck for given in dates]
        # All struck out because they passed: the latest is the last that held.
        latest = max(dates, key=lambda given: _sortable(given.written.first))
        return [given is not latest for given in dates]
    flags = [False] * len(dates)
    for position in range(1, len(dates)):
        gap = dates[position].gap_before
        if _FORMER.search(gap):
            flags[position] = True
        elif _REPLACED.search(gap):
            flags[position - 1] = True
    return flags


def _sortable(day: Day) -> tuple[int, int, int]:
    return (day.year or 0, day.month, day.day)


def _is_aoe(*labels: str | None) -> bool:
    """Tell whether all labels stand for Anywhere on Earth."""
    return all(
        label is not None and re.match(r"aoe|anywhere on earth", label, re.IGNORECASE)
        for label in labels
    )


def _only(values: Sequence[str | None]) -> str | None:
    """Return the one value that is there, None if there are none or several."""
    if len(values) == 1:
        return values[0]
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def _nearest(rules: Sequence[_Rule], line: int) -> _Rule | None:
    """Return the rule that stands nearest to a line, above it rather than below."""
    if not rules:
        return None
    return min(
        rules,
        key=lambda rule: (
            (line - rule.line) if rule.line <= line else 3 * (rule.line - line)
        ),
    )


def _completed(
    time: str | None, zone: str | None, rule: _Rule
) -> tuple[str | None, str | None]:
    """Return time and zone with what the date itself leaves out."""
    if zone is None and (time is None or rule.time is None or rule.time == time):
        return time or rule.time, rule.zone
    if zone is None:
        return time, rule.zone
    return time or (rule.time if rule.zone in {None, zone} else None), zone


def _merged(phrases: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield every value once: lists are repeated in side bars and in the text."""
    merged: dict[tuple[str, str | None, str], Phrase] = {}
    for phrase in phrases:
        key = (phrase.kind, phrase.date, phrase.track)
        other = merged.get(key)
        if other is None:
            merged[key] = phrase
            continue
        if other.is_superseded and not phrase.is_superseded and not phrase.is_struck:
            other, phrase = phrase, other
        time = other.time or phrase.time
        zone = other.timezone_text or phrase.timezone_text
        if (time, zone) != (other.time, other.timezone_text):
            other = replace(other, time=time, timezone_text=zone)
        merged[key] = other
    yield from merged.values()
