"""The page of sources: who they are, how the last visits ended, how right they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from confradar.readers import addresses
from confradar.readers.harmless import text_of
from confradar.readers.pages.page import Page, render
from confradar.readers.pages.times import short_day
from confradar.warehouse import SourceScore, VisitOutcomes


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source, as a page shows it."""

    score: SourceScore
    kind: str
    authority: str
    health: str
    visited: str
    changed: str
    agreement: str
    official: str
    first: str
    troubles: tuple[tuple[str, str, str | None], ...]


def sources_page(
    scores: Sequence[SourceScore],
    outcomes: Mapping[str, Sequence[VisitOutcomes]],
) -> Page:
    """Return the page of all sources; ``outcomes`` are by the key of the source."""
    lines = [_line(score, outcomes.get(score.source_key, ())) for score in scores]
    return render(
        addresses.SOURCES,
        "sources.html",
        lines=lines,
        troubled=[line for line in lines if line.troubles],
    )


def _line(score: SourceScore, outcomes: Sequence[VisitOutcomes]) -> SourceLine:
    failed = [one for one in outcomes if not one.is_successful]
    return SourceLine(
        score=score,
        kind=score.kind.replace("_", " "),
        authority=score.authority.replace("_", " "),
        health=_health(score),
        visited=_day(score.last_visited_at),
        changed=_day(score.last_changed_at),
        agreement=_share(score.agreement_share, score.shared_deadline_count),
        official=_share(score.official_agreement_share, score.official_deadline_count),
        first=f"{score.first_move_count:,} of {score.shared_move_count:,}"
        if score.shared_move_count
        else "",
        troubles=tuple(
            (
                f"{one.page_count:,} × {one.outcome.replace('_', ' ')}",  # noqa: RUF001
                text_of(one.example_detail, 200),
                one.example_url,
            )
            for one in failed
        ),
    )


def _health(score: SourceScore) -> str:
    """Return in a word how the last visits ended."""
    if not score.is_registered:
        return "left"
    if score.last_visited_at is None:
        return "never visited"
    if score.failing_page_count and score.failing_page_count >= score.page_count:
        return "failing"
    return "in part" if score.failing_page_count else "ok"


def _day(moment: datetime | None) -> str:
    return "" if moment is None else short_day(moment)


def _share(share: object, count: int) -> str:
    if share is None or not count:
        return ""
    return f"{float(str(share)):.0%} of {count:,}"
