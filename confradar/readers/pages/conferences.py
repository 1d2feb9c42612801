"""The page of one edition: every date, who says so, and how it moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from markupsafe import Markup

from confradar.readers import addresses
from confradar.readers.harmless import text_of
from confradar.readers.pages.changes import moved_text
from confradar.readers.pages.page import Page, outward, render
from confradar.readers.pages.rows import agreement
from confradar.readers.pages.times import (
    day_text,
    days_text,
    in_aoe,
    in_utc,
    iso,
    local_of,
    short_day,
    wall_text,
    written,
)
from confradar.readers.phrases import move_word
from confradar.warehouse import (
    Edition,
    EditionChange,
    EditionClaim,
    EditionDeadline,
    Rank,
)
from confradar.warehouse.current import names_in
from confradar.wording import due_in_words, what_in_words


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page of an edition or a series needs to know of the build around it.

    Attributes:
        source_names: what each source is called, by its key.
        followed_series: keys of the series that have a calendar of their own.
        replay: the moment from which time left counts, empty if that is now.
        edition_keys: of the editions that have a page; None if all have.
    """

    source_names: Mapping[str, str]
    followed_series: frozenset[str] = frozenset()
    replay: str = ""
    edition_keys: frozenset[str] | None = None

    def has_page(self, key: str) -> bool:
        """Tell whether an edition has a page to lead to."""
        return self.edition_keys is None or key in self.edition_keys

    def source(self, key: str) -> str:
        """Return what a source is called."""
        return self.source_names.get(key, key)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """What one source says, as a page shows it."""

    source: Markup
    due: str
    quote: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class DeadlineBlock:
    """One deadline with the claims about it."""

    anchor: str
    what: str
    label: str
    status: str
    due: str
    instant: str
    utc: str
    aoe: str
    was: str
    is_zone_assumed: bool
    is_contested: bool
    agreement: str
    decision: str
    claims: Sequence[ClaimLine]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change, as a page shows it."""

    day: str
    what: str
    change: str
    old: str
    new: str
    moved: str
    is_late: bool
    source: Markup


@dataclass(frozen=True, slots=True)
class RankLine:
    """A rank, with the edition of its system and who says so."""

    name: str
    edition: str
    sources: str


def conference_page(edition: Edition, setting: Setting) -> Page:
    """Return the page of an edition, which no clock bears on: scripts count time."""
    facts = edition.facts
    claims: dict[str | None, list[EditionClaim]] = {}
    for claim in edition.claims:
        claims.setdefault(claim.deadline_key, []).append(claim)
    known = {row.deadline_key for row in edition.deadlines}
    others = [
        claim for key, some in claims.items() if key not in known for claim in some
    ]
    name = text_of(facts.name, 80)
    title = text_of(facts.title, 200)
    return render(
        addresses.conference_page(facts.conference_key),
        "conference.html",
        facts=facts,
        name=name,
        title="" if title == name else title,
        areas=names_in(facts.areas),
        held=days_text(facts.starts_on, facts.ends_on),
        series_path=addresses.series_page(facts.series_key),
        calendar=addresses.calendar_file(series_key=facts.series_key)
        if facts.series_key in setting.followed_series
        else None,
        data=addresses.api_file("conferences", facts.conference_key),
        ranks=rank_lines(edition.ranks, setting),
        blocks=[
            _block(row, claims.get(row.deadline_key, ()), setting)
            for row in edition.deadlines
        ],
        others=[
            (text_of(_what(claim), 80), _claim_line(claim, setting)) for claim in others
        ],
        changes=[_change_line(change, setting) for change in edition.changes],
        other_years=edition.other_years,
        parts=edition.parts,
        replay=setting.replay,
        setting=setting,
    )


def rank_lines(ranks: Iterable[Rank], setting: Setting) -> list[RankLine]:
    """Return what systems say of a series, one line for those that say the same."""
    lines = []
    for (system, edition, rank), same in groupby(
        sorted(ranks, key=lambda row: (row.system, row.system_edition, row.rank)),
        key=lambda row: (row.system, row.system_edition, row.rank),
    ):
        sources = sorted({setting.source(row.source_key) for row in same})
        lines.append(
            RankLine(
                name=text_of(f"{system.upper()} {rank}", 40),
                edition=text_of(edition, 40),
                sources=text_of(", ".join(sources), 200),
            )
        )
    return lines


def _block(
    row: EditionDeadline, claims: Sequence[EditionClaim], setting: Setting
) -> DeadlineBlock:
    is_dated = row.due_at is not None and row.status != "tbd"
    was = ""
    if row.extension_count and row.original_due_at is not None:
        first = wall_text(local_of(row.original_due_at, row), row)
        was = f"{move_word(row.original_due_at, row.due_at)} from {first}"
    return DeadlineBlock(
        anchor=addresses.slug(f"{row.kind} {row.track} {row.round}"),
        what=text_of(_what(row), 80),
        label=text_of(row.label, 120),
        status=row.status,
        due=text_of(written(row), 120) if is_dated else "",
        instant=iso(row.due_at) if row.due_at is not None and is_dated else "",
        utc=in_utc(row.due_at) if row.due_at is not None and is_dated else "",
        aoe=in_aoe(row.due_at) if row.due_at is not None and is_dated else "",
        was=text_of(was, 100),
        is_zone_assumed=is_dated and row.is_timezone_stated is False,
        is_contested=row.has_conflict,
        agreement=agreement(row.agreeing_claim_count, row.claim_count),
        decision=text_of(row.decision_reason, 300) if row.decided_by else "",
        claims=[_claim_line(claim, setting) for claim in claims],
    )


def _claim_line(claim: EditionClaim, setting: Setting) -> ClaimLine:
    if claim.is_winner:
        role = "believed"
    elif claim.is_superseded:
        role = "replaced"
    elif claim.agrees_with_winner:
        role = "agrees"
    else:
        role = "differs"
    note = f"since {short_day(claim.seen_from)}"
    if role == "differs" and claim.rank_reason:
        note += f" · {claim.rank_reason}"
    return ClaimLine(
        source=outward(claim.source_url, setting.source(claim.source_key)),
        due=claim.due_text if claim.due_at is None else written(claim),
        quote=claim.evidence,
        role=role,
        note=note,
    )


def _change_line(change: EditionChange, setting: Setting) -> ChangeLine:
    return ChangeLine(
        day=day_text(change.seen_at),
        what=text_of(_what(change), 80),
        change=change.change_type,
        old=_when(
            change.old_due_local,
            change.old_due_text,
            change.old_timezone_text,
            change.due_precision,
        ),
        new=_when(
            change.new_due_local,
            change.new_due_text,
            change.new_timezone_text,
            change.due_precision,
        ),
        moved=moved_text(change.days_moved),
        is_late=change.was_already_past and change.change_type == "extended",
        source=outward(change.source_url, setting.source(change.source_key)),
    )


def _when(
    local: datetime | None, text: str | None, zone: str | None, precision: str | None
) -> str:
    """Return a date of a change as understood; as written where it names none."""
    told = text if local is None else due_in_words(local, precision)
    return text_of(" ".join(filter(None, (told, zone if told else ""))), 80)


def _what(row: EditionDeadline | EditionClaim | EditionChange) -> str:
    round_name = None if row.round is None else str(row.round)
    return what_in_words(row.kind or "other", row.track, round_name)
