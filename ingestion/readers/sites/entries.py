"""Entries of listing sites in the making: their dates as phrases, oddities as findings.

Labels become kinds by the vocabulary alone. Where a site's label says too little for
that ("Deadline"), the reader says what the site means by it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ingestion.readers.pages.dates import find_dates, read_date, read_range
from ingestion.readers.pages.extract import extract
from ingestion.readers.pages.records import Page, PageEntry, Phrase
from ingestion.readers.pages.vocabulary import LabelRule, Vocabulary
from ingestion.readers.records import Finding, Reason
from ingestion.readers.sites.evidence import PageText, Passage, one_line

UNNAMED_KIND = "other"

_NOTHING = frozenset({"", "n/a", "na", "none", "-", "--", "\u2013", "\u2014"})
_LATER = frozenset({"tbd", "tba", "tbc", "to be announced", "to be determined"})
_MAX_QUOTE = 2_000


@dataclass(slots=True)
class EntryDraft:
    """One entry while it is read: where it stands, and what was found in it."""

    position: str
    vocabulary: Vocabulary
    phrases: list[Phrase] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    starts_text: str | None = None
    ends_text: str | None = None

    @property
    def year(self) -> str | None:
        """Return the year in which the event begins, if that is known."""
        return self.starts_text[:4] if self.starts_text else None

    def add_date(
        self,
        label: str,
        due_text: str,
        passage: Passage | Callable[[], Passage],
        *,
        meaning: str | None = None,
        timezone_text: str | None = None,
        default_year: int | None = None,
    ) -> None:
        """Add one dated phrase, or say why there is none.

        ``meaning`` is the label that the site would use if it said more; ``passage``
        may be asked for only where there is something to quote.
        """
        due_text = one_line(due_text)
        if due_text.casefold() in _NOTHING:
            return
        found = find_dates(due_text)
        day = read_date(due_text, default_year)
        if day is None and due_text.strip(".").casefold() not in _LATER:
            is_written = len(found.dates) == 1 and found.dates[0].last is None
            reason = Reason.IMPOSSIBLE_DATE if is_written else Reason.UNREADABLE_DATE
            problem = "names no day of the calendar" if is_written else "is no one day"
            self.find(reason, f"{label}: {due_text!r} {problem}", is_dropped=True)
            return
        kind_rule, track_rule = self.rules_of(label, meaning)
        where = passage() if callable(passage) else passage
        self.phrases.append(
            Phrase(
                kind=kind_rule.value if kind_rule else UNNAMED_KIND,
                kind_rule=kind_rule.key if kind_rule else None,
                track=track_rule.value if track_rule else "main",
                track_rule=track_rule.key if track_rule else None,
                label_text=label,
                due_text=due_text,
                date=day.isoformat() if day else None,
                time=found.times[0].text if day and found.times else None,
                timezone_text=timezone_text
                or (found.zones[0].text if day and found.zones else None),
                quote=where.quote,
                start=where.start,
                end=where.end,
            )
        )

    def rules_of(
        self, label: str, meaning: str | None = None
    ) -> tuple[LabelRule | None, LabelRule | None]:
        """Return the rules for kind and track of a label, or else of its meaning."""
        kind = self.vocabulary.kind(label)
        if kind is None and meaning is not None:
            kind = self.vocabulary.kind(meaning)
        return kind, self.vocabulary.track(label)

    def set_days(self, dates_text: str | None) -> None:
        """Take the first and the last day of the event from a text, if it has them."""
        text = one_line(dates_text or "")
        if text.casefold() in _NOTHING or text.casefold() in _LATER:
            return
        days = read_range(text)
        if days is None:
            if find_dates(text).dates:
                detail = f"the event's dates {text!r} are no days of the calendar"
                self.find(Reason.IMPOSSIBLE_DATE, detail, is_dropped=False)
            return
        self.starts_text, self.ends_text = (day.isoformat() for day in days)

    def add_call(
        self, html: str, page: Page, text: PageText, year: str | None, name: str
    ) -> None:
        """Read the free text of a call for what the site's own fields do not say.

        The fields are kept up by whoever posts the call, the text often is not: of
        what a field states, nothing is taken from the text. The event's own days are
        nobody's deadline, whatever words stand beside them. What is a workshop by its
        own ``name`` has no track of workshops.
        """
        own_track = self.vocabulary.track(name)
        event_days = {self.starts_text, self.ends_text} - {None}
        stated = {(phrase.kind, phrase.track) for phrase in self.phrases}
        context = {"year": year} if year else {}
        call = Page(html.encode("utf-8", "replace"), page.url, None, context)
        reading = extract(call, self.vocabulary)
        for found in (one for entry in reading.entries for one in entry.phrases):
            is_own = own_track is not None and found.track == own_track.value
            phrase = replace(found, track="main", track_rule=None) if is_own else found
            if phrase.kind in {"conference_start", "conference_end"}:
                self._take_day(phrase)
                continue
            if phrase.kind == UNNAMED_KIND or phrase.date in event_days:
                continue
            if (phrase.kind, phrase.track) in stated:
                continue
            text.restart()
            where = text.passage(*phrase.quote[:_MAX_QUOTE].split("\n"))
            self.phrases.append(
                replace(phrase, quote=where.quote, start=where.start, end=where.end)
            )
        self.findings.extend(
            replace(finding, position=self.position) for finding in reading.findings
        )

    def _take_day(self, phrase: Phrase) -> None:
        """Take a day of the event itself, unless the site's own fields state it."""
        if phrase.is_superseded or phrase.track != "main":
            return
        if phrase.kind == "conference_start" and self.starts_text is None:
            self.starts_text = phrase.date
        elif phrase.kind == "conference_end" and self.ends_text is None:
            self.ends_text = phrase.date

    def find(self, reason: Reason, detail: str, *, is_dropped: bool) -> None:
        """Remark on the entry."""
        self.findings.append(
            Finding(self.position, reason, detail, None, is_dropped=is_dropped)
        )


def or_none(text: str) -> str | None:
    """Return the text, None if it says that there is nothing."""
    return None if one_line(text).casefold() in _NOTHING else text


def without_repeats(
    entries: Iterable[PageEntry], findings: list[Finding]
) -> tuple[PageEntry, ...]:
    """Keep the first entry of each position, and remark on the others."""
    kept: dict[str, PageEntry] = {}
    for entry in entries:
        first = kept.setdefault(entry.position, entry)
        if first is not entry and first != entry:
            detail = "the entry is on the page more than once: the first is read"
            findings.append(
                Finding(
                    entry.position, Reason.DUPLICATE_ID, detail, None, is_dropped=False
                )
            )
    return tuple(kept.values())
