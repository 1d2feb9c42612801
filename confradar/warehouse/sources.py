"""What is known of the sources themselves."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row, scalar_row


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the marts know of one source.

    ``page_count`` counts its files or pages, ``failing_page_count`` those of which the
    latest visit left no version that counts. ``is_registered`` is False of one that
    left the registry, so that what it said is history.
    """

    source_key: str
    last_visited_at: datetime | None
    last_succeeded_at: datetime | None
    last_changed_at: datetime | None
    document_count: int
    claim_count: int
    reject_count: int
    page_count: int
    failing_page_count: int
    is_registered: bool = True


@dataclass(frozen=True, slots=True)
class VisitOutcomes:
    """One row of ``rpt_source_health``: how the latest visits to some pages ended."""

    source_key: str
    outcome: str
    page_count: int
    is_successful: bool
    example_url: str | None
    example_detail: str | None
    last_observed_at: datetime


def claim_counts(connection: psycopg.Connection) -> dict[str, int]:
    """Return for each source key how many claims it makes now."""
    query = """
        select source_key, count(*)
        from marts.fct_deadline_claims
        where is_current
        group by source_key
    """
    return dict(connection.execute(query).fetchall())


def source_facts(connection: psycopg.Connection) -> dict[str, SourceFacts]:
    """Return for each source key what the marts know of it."""
    query = """
        select
            source_key, last_visited_at, last_succeeded_at, last_changed_at,
            document_count, claim_count, reject_count, page_count, failing_page_count,
            is_registered
        from marts.dim_sources
    """
    with connection.cursor(row_factory=class_row(SourceFacts)) as cursor:
        return {facts.source_key: facts for facts in cursor.execute(query)}


def visit_outcomes(connection: psycopg.Connection) -> dict[str, list[VisitOutcomes]]:
    """Return for each source key how its latest visits ended, the most pages first."""
    query = """
        select
            source_key, outcome, page_count, is_successful, example_url,
            example_detail, last_observed_at
        from marts.rpt_source_health
        order by source_key, page_count desc, outcome
    """
    outcomes: dict[str, list[VisitOutcomes]] = {}
    with connection.cursor(row_factory=class_row(VisitOutcomes)) as cursor:
        for row in cursor.execute(query):
            outcomes.setdefault(row.source_key, []).append(row)
    return outcomes


def known_sources(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all sources that the marts know."""
    query = "select source_key from marts.dim_sources order by source_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


@dataclass(frozen=True, slots=True)
class SourceScore:
    """One row of ``rpt_source_scorecard``, with what the source is.

    Shares are of the deadlines that another source, or an official page, speaks of too.
    """

    source_key: str
    name: str
    kind: str
    authority: str
    publisher: str | None
    licence: str | None
    homepage_url: str | None
    default_timezone_text: str | None
    authority_rank: int
    page_count: int
    failing_page_count: int
    claim_count: int
    deadline_count: int
    conference_count: int
    shared_deadline_count: int
    agreement_share: Decimal | None
    official_deadline_count: int
    official_agreement_share: Decimal | None
    move_count: int
    shared_move_count: int
    first_move_count: int
    median_days_behind: Decimal | None
    stale_edition_count: int
    is_registered: bool
    last_visited_at: datetime | None
    last_succeeded_at: datetime | None
    last_changed_at: datetime | None


def source_scores(connection: psycopg.Connection) -> list[SourceScore]:
    """Return how each source does: the best authority first, then the most claims."""
    query = """
        select
            scores.source_key, scores.name, scores.kind, scores.authority,
            sources.publisher, scores.licence, scores.homepage_url,
            sources.default_timezone_text, scores.authority_rank, scores.page_count,
            scores.failing_page_count, scores.claim_count, scores.deadline_count,
            scores.conference_count, scores.shared_deadline_count,
            scores.agreement_share, scores.official_deadline_count,
            scores.official_agreement_share, scores.move_count,
            scores.shared_move_count, scores.first_move_count,
            scores.median_days_behind, scores.stale_edition_count,
            scores.is_registered, scores.last_visited_at, scores.last_succeeded_at,
            scores.last_changed_at
        from marts.rpt_source_scorecard as scores
        inner join marts.dim_sources as sources
            on scores.source_key = sources.source_key
        order by
            not scores.is_registered, scores.authority_rank, scores.claim_count desc,
            scores.source_key
    """
    with connection.cursor(row_factory=class_row(SourceScore)) as cursor:
        return cursor.execute(query).fetchall()


def source_names(connection: psycopg.Connection) -> dict[str, str]:
    """Return for each source key what the source is called."""
    query = "select source_key, name from marts.dim_sources"
    return dict(connection.execute(query).fetchall())
