"""Read the marts: the one place of the app that knows their columns.

Nothing but the schema ``marts`` is read here, and nothing is written. Every value that
a person typed reaches the server as a parameter.
"""

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import class_row, scalar_row

from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.kinds import ChangeType, Kind
from confradar.sessions import clear_error, first_line

# Of a relation with the columns areas and ranks; parameters area and rank.
_HAS_LABELS = sql.SQL("""
    (
        %(area)s::text is null
        or lower(%(area)s) = any(regexp_split_to_array(lower({labels}.areas), ',\\s*'))
    )
    and (
        %(rank)s::text is null
        or exists (
            select from regexp_split_to_table(
                lower({labels}.ranks), ',\\s*'
            ) as one_rank
            where one_rank = lower(%(rank)s)
                or split_part(one_rank, ' ', -1) = lower(%(rank)s)
        )
    )
""")


def _has_labels(relation: str) -> sql.Composed:
    return _HAS_LABELS.format(labels=sql.Identifier(relation))


class MartsMissingError(ConfRadarError):
    """The database has no marts yet, or lacks a relation or column of them."""


class UnknownConferenceError(ConfRadarError):
    """No edition goes by the name that was given."""


@dataclass(frozen=True, slots=True)
class UpcomingDeadline:
    """One row of ``rpt_upcoming_deadlines``."""

    deadline_key: str
    conference_key: str
    series_key: str
    acronym: str | None
    full_name: str | None
    year: int
    title: str | None
    track: str | None
    round: str | None
    kind: str
    label: str | None
    due_at: datetime
    due_local: datetime | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    due_precision: str | None
    original_due_at: datetime | None
    extension_count: int | None
    place: str | None
    city: str | None
    country_code: str | None
    starts_on: date | None
    ends_on: date | None
    homepage_url: str | None
    areas: str | None
    ranks: str | None
    primary_area: str | None
    source_key: str
    source_url: str | None
    source_name: str | None
    claim_count: int | None
    agreeing_claim_count: int | None
    has_conflict: bool | None
    confidence: Decimal | None
    last_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """Which upcoming deadlines are wanted; None asks for all.

    ``area`` and ``rank`` match one of the comma separated names of a row, in any case;
    a rank also without its system (``A*`` finds ``CORE A*``). ``known_at`` asks for
    what was known then; None for what is known now.
    """

    after: datetime
    known_at: datetime | None = None
    until: datetime | None = None
    area: str | None = None
    rank: str | None = None
    kind: Kind | None = None
    limit: int | None = None


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


@dataclass(frozen=True, slots=True)
class Change:
    """One row of ``fct_deadline_changes``, with the wall times of both claims."""

    change_key: str
    source_key: str
    series_key: str | None
    conference_key: str | None
    deadline_key: str | None
    title: str | None
    series_text: str
    year: int | None
    track: str
    round: str | None
    kind: str
    label_text: str | None
    change_type: str
    old_due_text: str | None
    new_due_text: str | None
    old_timezone_text: str | None
    new_timezone_text: str | None
    old_due_at: datetime | None
    new_due_at: datetime | None
    old_due_local: datetime | None
    new_due_local: datetime | None
    due_precision: str | None
    days_moved: Decimal | None
    seen_at: datetime
    was_already_past: bool
    source_url: str | None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted; None asks for all.

    Seen from ``since`` on, and before ``until``. Without ``has_prunings`` those are
    left out in which a source withdrew a date that had passed: a list drops old
    editions.
    """

    since: datetime | None = None
    until: datetime | None = None
    source_key: str | None = None
    kind: Kind | None = None
    change_type: ChangeType | None = None
    series_key: str | None = None
    conference_key: str | None = None
    has_prunings: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row of ``rpt_deadline_conflicts``, with what names its conference."""

    deadline_key: str
    conference_key: str
    series_key: str
    title: str | None
    year: int
    track: str
    round: str | None
    kind: str
    winning_source_key: str
    winning_claim: str | None
    winning_due_at: datetime
    due_local: datetime | None
    due_precision: str | None
    timezone_name: str | None
    timezone_text: str | None
    is_timezone_stated: bool | None
    dissenting_claims: str
    dissenting_source_keys: str
    dissenting_source_count: int
    earliest_dissenting_due_at: datetime
    latest_dissenting_due_at: datetime
    days_apart: Decimal
    reason: str | None
    claim_count: int
    agreeing_claim_count: int
    areas: str | None
    ranks: str | None
    source_url: str | None


@dataclass(frozen=True, slots=True)
class ConflictFilter:
    """Which conflicts are wanted; None asks for all.

    ``after`` leaves out deadlines that had passed by then in every claim; ``min_days``
    those whose claims lie less apart. Without it the marts decide what a conflict is.
    """

    after: datetime | None = None
    area: str | None = None
    rank: str | None = None
    kind: Kind | None = None
    min_days: float | None = None
    limit: int | None = None


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


@contextmanager
def reading(login: Login) -> Iterator[psycopg.Connection]:
    """Open a read-only transaction, in which no query and no pause may take too long.

    Raises:
        MartsMissingError: a mart that is read inside was never built.
        ConfRadarError: the server cannot be reached or refuses.
    """
    try:
        with psycopg.connect(login.url) as connection:
            connection.read_only = True
            connection.execute(
                """
                select
                    set_config('statement_timeout', %s, true),
                    set_config('idle_in_transaction_session_timeout', %s, true),
                    set_config('timezone', 'UTC', true)
                """,
                [f"{login.timeouts.statement}s", f"{login.timeouts.idle}s"],
            )
            _hold_marts(connection)
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise MartsMissingError(
            f"the marts are not built, or not up to date: {first_line(error)}",
            hint="confradar run --sample, or confradar build, builds them",
        ) from error
    except psycopg.Error as error:
        raise clear_error(error) from error


def _hold_marts(connection: psycopg.Connection) -> None:
    """Keep a build from publishing before this transaction ends.

    All its queries then see the marts of one build. A build that publishes takes the
    marts in the same order, so that the two wait and never block each other.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        tables = cursor.execute(
            """
            select relname from pg_catalog.pg_class
            where
                relnamespace = to_regnamespace('marts')
                and relkind in ('r', 'p')
                and has_table_privilege(pg_class.oid, 'SELECT')
            order by relname
            """
        ).fetchall()
    if tables:
        names = sql.SQL(", ").join(sql.Identifier("marts", name) for name in tables)
        connection.execute(sql.SQL("lock table {} in access share mode").format(names))


# The columns of rpt_upcoming_deadlines, of an earlier moment. How often a date had
# moved by then, and how far it was to be trusted, is not told.
_KNOWN_AT = sql.SQL("""
    select
        deadlines.deadline_key, deadlines.conference_key, conferences.series_key,
        series.acronym, series.full_name, conferences.year, conferences.title,
        deadlines.track, deadlines.round, deadlines.kind, deadlines.label,
        deadlines.due_at, deadlines.due_local, deadlines.timezone_name,
        deadlines.timezone_text, deadlines.is_timezone_stated, deadlines.due_precision,
        null::timestamptz as original_due_at, null::integer as extension_count,
        conferences.place, conferences.city, conferences.country_code,
        conferences.starts_on, conferences.ends_on, conferences.homepage_url,
        labels.areas, labels.ranks, series.primary_area, deadlines.source_key,
        deadlines.source_url, sources.name as source_name, deadlines.claim_count,
        deadlines.agreeing_claim_count, deadlines.has_conflict,
        null::numeric as confidence, deadlines.last_changed_at
    from marts.deadlines_as_of(%(known_at)s) as deadlines
    inner join marts.dim_conferences as conferences
        on deadlines.conference_key = conferences.conference_key
    inner join marts.dim_series as series
        on conferences.series_key = series.series_key
    inner join marts.dim_sources as sources
        on deadlines.source_key = sources.source_key
    left join marts.series_labels as labels
        on conferences.series_key = labels.series_key
    where deadlines.status = 'announced'
""")


def upcoming_deadlines(
    connection: psycopg.Connection, wanted: DeadlineFilter
) -> list[UpcomingDeadline]:
    """Return the deadlines after ``wanted.after``, the next one first.

    They are those that are known now, or that were at ``wanted.known_at``.
    """
    relation: sql.Composable = sql.SQL("marts.rpt_upcoming_deadlines as deadlines")
    if wanted.known_at is not None:
        relation = sql.SQL("({}) as deadlines").format(_KNOWN_AT)
    query = sql.SQL("""
        select
            deadline_key, conference_key, series_key, acronym, full_name, year, title,
            track, round::text, kind, label, due_at, due_local, timezone_name,
            timezone_text, is_timezone_stated, due_precision, original_due_at,
            extension_count, place, city, country_code, starts_on, ends_on,
            homepage_url, areas, ranks, primary_area, source_key, source_url,
            source_name, claim_count, agreeing_claim_count, has_conflict, confidence,
            last_changed_at
        from {relation}
        where due_at > %(after)s
            and (%(until)s::timestamptz is null or due_at <= %(until)s)
            and (%(kind)s::text is null or kind = %(kind)s)
            and {has_labels}
        order by due_at, deadline_key
        limit %(limit)s
    """).format(relation=relation, has_labels=_has_labels("deadlines"))
    parameters = {
        "after": wanted.after,
        "known_at": wanted.known_at,
        "until": wanted.until,
        "kind": wanted.kind,
        "area": wanted.area,
        "rank": wanted.rank,
        "limit": wanted.limit,
    }
    with connection.cursor(row_factory=class_row(UpcomingDeadline)) as cursor:
        return cursor.execute(query, parameters).fetchall()


def known_areas(connection: psycopg.Connection) -> list[str]:
    """Return every area that some series has."""
    query = """
        select distinct area
        from marts.series_labels
        cross join regexp_split_to_table(areas, ',\\s*') as area
        order by area
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


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
            has_conflict, confidence, source_key, source_url, evidence, last_changed_at
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


def changes(connection: psycopg.Connection, wanted: ChangeFilter) -> list[Change]:
    """Return the changes of claims: the last day first, of each what moved first."""
    query = """
        select
            changes.change_key, changes.source_key, changes.series_key,
            changes.conference_key, changes.deadline_key, conferences.title,
            changes.series_text, changes.year, changes.track, changes.round::text,
            changes.kind, changes.label_text, changes.change_type,
            changes.old_due_text, changes.new_due_text, changes.old_timezone_text,
            changes.new_timezone_text, changes.old_due_at, changes.new_due_at,
            old_claims.due_local as old_due_local,
            new_claims.due_local as new_due_local,
            coalesce(new_claims.due_precision, old_claims.due_precision)
                as due_precision,
            changes.days_moved, changes.seen_at, changes.was_already_past,
            changes.source_url
        from marts.fct_deadline_changes as changes
        left join marts.dim_conferences as conferences
            on changes.conference_key = conferences.conference_key
        left join marts.fct_deadline_claims as old_claims
            on changes.old_claim_key = old_claims.claim_key
        left join marts.fct_deadline_claims as new_claims
            on changes.new_claim_key = new_claims.claim_key
        where (%(since)s::timestamptz is null or changes.seen_at >= %(since)s)
            and (%(until)s::timestamptz is null or changes.seen_at < %(until)s)
            and (%(source_key)s::text is null or changes.source_key = %(source_key)s)
            and (%(kind)s::text is null or changes.kind = %(kind)s)
            and (%(change_type)s::text is null or changes.change_type = %(change_type)s)
            and (%(series_key)s::text is null or changes.series_key = %(series_key)s)
            and (
                %(conference_key)s::text is null
                or changes.conference_key = %(conference_key)s
            )
            and (
                %(has_prunings)s
                or changes.change_type != 'withdrawn'
                or not changes.was_already_past
            )
        order by
            (changes.seen_at at time zone 'UTC')::date desc,
            changes.change_type = 'announced',
            changes.source_key,
            lower(coalesce(conferences.title, changes.series_text)),
            coalesce(changes.new_due_at, changes.old_due_at), changes.change_key
        limit %(limit)s
    """
    with connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(query, asdict(wanted)).fetchall()


def conflicts(connection: psycopg.Connection, wanted: ConflictFilter) -> list[Conflict]:
    """Return the deadlines on which sources differ now, the next one first."""
    query = sql.SQL("""
        select
            conflicts.deadline_key, conflicts.conference_key, conferences.series_key,
            conferences.title, conferences.year, conflicts.track,
            conflicts.round::text, conflicts.kind, conflicts.winning_source_key,
            conflicts.winning_claim, conflicts.winning_due_at, deadlines.due_local,
            deadlines.due_precision, deadlines.timezone_name, deadlines.timezone_text,
            deadlines.is_timezone_stated, conflicts.dissenting_claims,
            conflicts.dissenting_source_keys, conflicts.dissenting_source_count,
            conflicts.earliest_dissenting_due_at, conflicts.latest_dissenting_due_at,
            conflicts.days_apart, conflicts.reason, conflicts.claim_count,
            conflicts.agreeing_claim_count, labels.areas, labels.ranks,
            deadlines.source_url
        from marts.rpt_deadline_conflicts as conflicts
        inner join marts.fct_deadlines as deadlines
            on conflicts.deadline_key = deadlines.deadline_key
        inner join marts.dim_conferences as conferences
            on conflicts.conference_key = conferences.conference_key
        left join marts.series_labels as labels
            on conferences.series_key = labels.series_key
        where
            (
                %(after)s::timestamptz is null
                or greatest(
                    conflicts.winning_due_at, conflicts.latest_dissenting_due_at
                ) > %(after)s
            )
            and (%(kind)s::text is null or conflicts.kind = %(kind)s)
            and (
                case
                    when %(min_days)s::numeric is null then conflicts.has_conflict
                    else conflicts.days_apart >= %(min_days)s
                end
            )
            and {has_labels}
        order by conflicts.winning_due_at, conflicts.deadline_key
        limit %(limit)s
    """).format(has_labels=_has_labels("labels"))
    with connection.cursor(row_factory=class_row(Conflict)) as cursor:
        return cursor.execute(query, asdict(wanted)).fetchall()


def known_sources(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all sources that the marts know."""
    query = "select source_key from marts.dim_sources order by source_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


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
