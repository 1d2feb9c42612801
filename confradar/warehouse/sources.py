"""What is known of the sources themselves."""

from dataclasses import dataclass
from datetime import datetime

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
