"""One edition: what it is called, its deadlines, and all claims about it."""

import difflib
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row, scalar_row

from confradar.errors import ConfRadarError


class UnknownConferenceError(ConfRadarError):
    """No edition goes by the name that was given."""


@dataclass(frozen=True, slots=True)
class Conference:
    """One edition, with what its series is called."""

    conference_key: str
    series_key: str
    acronym: str | None
    full_name: str | None
    year: int
    title: str | None
    homepage_url: str | None
    starts_on: date | None
    ends_on: date | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline that is believed today, of ``fct_deadlines``."""

    deadline_key: str
    track: str | None
    round: str | None
    kind: str
    label: str | None
    status: str
    due_at: datetime | None
    due_local: datetime | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    original_due_at: datetime | None
    extension_count: int | None
    claim_count: int | None
    agreeing_claim_count: int | None
    has_conflict: bool | None
    confidence: Decimal | None
    source_key: str
    source_url: str | None
    evidence: str | None
    last_changed_at: datetime | None
    decision_id: int | None = None
    decision_reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says now about one deadline.

    ``evidence`` are its words: the passage of a page, or the field of a list. Of a page
    ``evidence_start`` and ``evidence_end`` are their place in the text as read.
    """

    claim_key: str
    deadline_key: str | None
    source_key: str
    authority: str
    source_url: str | None
    track: str | None
    round: str | None
    kind: str
    label_text: str | None
    due_text: str
    timezone_text: str | None
    timezone_name: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    due_local: datetime | None
    due_at: datetime | None
    evidence: str
    evidence_start: int | None
    evidence_end: int | None
    seen_from: datetime
    is_winner: bool
    is_superseded: bool
    rank_reason: str | None


def find_conference(
    connection: psycopg.Connection, name: str, now: datetime
) -> Conference:
    """Return the edition that a person means.

    ``name`` is a conference key (``neurips-2026``), or an acronym or alias with a year
    (``NeurIPS 2026``); without a year it is the edition that is nearest to ``now``.

    Raises:
        UnknownConferenceError: none is called so; the hint names the most similar.
    """
    query = """
        with names as (
            select conferences.conference_key, series.acronym as name
            from marts.dim_conferences as conferences
            inner join marts.dim_series as series
                on conferences.series_key = series.series_key
            union
            select conferences.conference_key, aliases.alias
            from marts.dim_conferences as conferences
            inner join marts.bridge_series_aliases as aliases
                on conferences.series_key = aliases.series_key
            union
            select conferences.conference_key, conferences.series_key
            from marts.dim_conferences as conferences
        )
        select
            conferences.conference_key, conferences.series_key, series.acronym,
            series.full_name, conferences.year, conferences.title,
            conferences.homepage_url, conferences.starts_on, conferences.ends_on,
            conferences.place
        from marts.dim_conferences as conferences
        inner join marts.dim_series as series
            on conferences.series_key = series.series_key
        where conferences.conference_key = lower(%(name)s)
            or (
                (%(year)s::integer is null or conferences.year = %(year)s)
                and conferences.conference_key in (
                    select names.conference_key
                    from names
                    where regexp_replace(lower(names.name), '[^[:alnum:]]', '', 'g')
                        = %(squeezed)s
                )
            )
        order by
            conferences.conference_key = lower(%(name)s) desc,
            abs(conferences.year - %(this_year)s),
            conferences.year desc,
            conferences.conference_key
        limit 1
    """
    wanted = name.strip()
    match = re.fullmatch(r"(.*?)[\s\-_']*((?:19|20)\d\d)", wanted)
    acronym, year = (match[1], int(match[2])) if match else (wanted, None)
    parameters = {
        "name": wanted,
        "year": year,
        "squeezed": "".join(c for c in acronym.lower() if c.isalnum()),
        "this_year": now.year,
    }
    with connection.cursor(row_factory=class_row(Conference)) as cursor:
        found = cursor.execute(query, parameters).fetchone()
    if found is None:
        similar = _similar_conferences(connection, wanted, acronym)
        raise UnknownConferenceError(
            f"no conference is known as {wanted!r}",
            hint=f"did you mean {', '.join(similar)}?"
            if similar
            else "confradar deadlines lists what is known",
        )
    return found


def _similar_conferences(
    connection: psycopg.Connection, wanted: str, acronym: str
) -> list[str]:
    query = "select conference_key from marts.dim_conferences order by conference_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        keys: list[str] = cursor.execute(query).fetchall()
    asked = re.sub(r"[^0-9a-z]+", "-", wanted.lower()).strip("-")
    series = re.sub(r"[^0-9a-z]+", "-", acronym.lower()).strip("-")
    same_series = [key for key in keys if key.rpartition("-")[0] == series]
    alike = difflib.get_close_matches(asked, keys, n=5, cutoff=0.6)
    return list(dict.fromkeys([*reversed(same_series[-3:]), *alike]))[:5]


def deadlines_of(connection: psycopg.Connection, conference_key: str) -> list[Deadline]:
    """Return every deadline of an edition, in the order of their instants."""
    query = """
        select
            deadline_key, track, round::text, kind, label, status, due_at, due_local,
            timezone_name, timezone_text, is_timezone_stated, due_precision,
            original_due_at, extension_count, claim_count, agreeing_claim_count,
            has_conflict, confidence, source_key, source_url, evidence, last_changed_at,
            decision_id, decision_reason, decided_by, decided_at
        from marts.fct_deadlines
        where conference_key = %s
        order by due_at nulls last, track, round, kind
    """
    with connection.cursor(row_factory=class_row(Deadline)) as cursor:
        return cursor.execute(query, [conference_key]).fetchall()


def claims_of(connection: psycopg.Connection, conference_key: str) -> list[Claim]:
    """Return what every source says now about an edition.

    Deadline by deadline; in each the source of the best authority first, and of equals
    what is believed.
    """
    query = """
        select
            claims.claim_key, claims.deadline_key, claims.source_key,
            sources.authority, claims.source_url, claims.track, claims.round::text,
            claims.kind, claims.label_text, claims.due_text, claims.timezone_text,
            claims.timezone_name, claims.is_timezone_stated, claims.due_precision,
            claims.due_local, claims.due_at, claims.evidence, claims.evidence_start,
            claims.evidence_end, claims.seen_from, claims.is_winner,
            claims.is_superseded, claims.rank_reason
        from marts.fct_deadline_claims as claims
        inner join marts.dim_sources as sources
            on claims.source_key = sources.source_key
        left join marts.fct_deadlines as deadlines
            on claims.deadline_key = deadlines.deadline_key
        where claims.conference_key = %s and claims.is_current
        order by
            deadlines.due_at nulls last, claims.deadline_key, sources.authority_rank,
            claims.claim_rank nulls last, claims.due_at nulls last, claims.source_key,
            claims.claim_key
    """
    with connection.cursor(row_factory=class_row(Claim)) as cursor:
        return cursor.execute(query, [conference_key]).fetchall()


def parts_of(connection: psycopg.Connection, conference_key: str) -> list[str]:
    """Return the keys of the editions that belong to one: its tracks and workshops."""
    query = """
        select conference_key
        from marts.dim_conferences
        where parent_conference_key = %s
        order by conference_key
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query, [conference_key]).fetchall()


def known_conferences(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all editions, those of the latest year first."""
    query = """
        select conference_key
        from marts.dim_conferences
        order by year desc, conference_key
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()
