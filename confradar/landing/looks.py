"""What landed: the newest look at a source, the one before it, and its figures, in SQL.

A list is looked at as a whole, so that its newest look is all that it says. The pages
of a site stand for themselves: there only those count that a look brought anew, and all
that were brought since, where something is held back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from confradar.landing.records import Expectation

if TYPE_CHECKING:
    from ingestion.registry import Source

# Dates of years before this one are none of a conference that anybody tracks, nor are
# those that lie further ahead than this. The real lists have none of either.
FIRST_YEAR = 1990
YEARS_AHEAD = 5
# One or two are a slip, or a correction, of however few: they count as none.
MIN_COUNT = 3


@dataclass(frozen=True, slots=True)
class Look:
    """The newest look at a source that brought anything.

    ``digest`` is that of its documents; ``succeeded_at`` the newest look that had any
    of them, new or not.
    """

    look_at: datetime
    digest: str
    succeeded_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """Since when a source shows what it shows now, and the look that counted before."""

    began_at: datetime
    before_at: datetime | None


def newest_look(connection: psycopg.Connection, source: "Source") -> Look | None:
    """Return the newest look at a source, None before the first that succeeded."""
    query = """
        with visits as ({visits}),

        newest as (

            select
                max(observed_at) filter (where {brings}) as look_at,
                max(observed_at) as succeeded_at
            from visits

        )

        select
            newest.look_at,
            md5(string_agg(
                visits.path || ' ' || visits.document_key, chr(10)
                order by visits.path
            )) as digest,
            newest.succeeded_at
        from newest
        inner join visits on newest.look_at = visits.observed_at
        where {brings}
        group by newest.look_at, newest.succeeded_at
    """
    with connection.cursor(row_factory=class_row(Look)) as cursor:
        return cursor.execute(_filled(query, source)).fetchone()


def stay_of(
    connection: psycopg.Connection, source: "Source", held_from: datetime | None
) -> Stay:
    """Return since when a source shows what its newest look shows.

    Args:
        connection: of a role that may read raw rows and holds.
        source: that was looked at.
        held_from: since when something is held back, None if nothing is.
    """
    query = """
        with visits as ({visits}),

        looks as (

            select
                observed_at,
                md5(string_agg(path || ' ' || document_key, chr(10) order by path))
                    as digest
            from visits
            where {brings}
            group by observed_at

        ),

        newest as (

            select * from looks order by observed_at desc limit 1

        ),

        stay as (

            select min(looks.observed_at) as began_at
            from looks
            where looks.observed_at > coalesce(
                (
                    select max(others.observed_at)
                    from looks as others
                    cross join newest
                    where others.digest <> newest.digest
                ),
                cast('-infinity' as timestamptz)
            )

        )

        select
            stay.began_at,
            (
                select max(visits.observed_at)
                from visits
                where
                    visits.observed_at < least(stay.began_at, {held_from})
                    and not exists (
                        select
                        from confradar.landing_holds as holds
                        where
                            holds.source_key = {source_key}
                            and holds.released_at is null
                            and visits.observed_at >= holds.held_from
                            and visits.observed_at < coalesce(
                                holds.held_to, cast('infinity' as timestamptz)
                            )
                    )
            ) as before_at
        from stay
    """
    filled = _filled(query, source, held_from=_instant(held_from))
    with connection.cursor(row_factory=class_row(Stay)) as cursor:
        found = cursor.execute(filled).fetchone()
    if found is None:  # an aggregate has always one row
        raise LookupError(source.key)
    return found


def figures_query(
    connection: psycopg.Connection,
    source: "Source",
    since: datetime,
    before_at: datetime | None,
    at: datetime,
) -> str:
    """Return the query of one row that has a figure for each expectation of a source.

    Args:
        connection: for quoting.
        source: whose figures they are.
        since: the look of a list; of pages the first of those looks that brought them.
        before_at: the last look that counted before.
        at: the time of the run.
    """
    documents = _LIST_DOCUMENTS if source.is_list else _PAGE_DOCUMENTS
    values = _LIST_VALUES if source.is_list else _PAGE_VALUES
    composed = _filled(
        _FIGURES.replace("@documents", documents).replace("@values", values),
        source,
        since=_instant(since),
        before_at=_instant(before_at),
        at=_instant(at),
        dates=sql.Literal(_DATES),
        zones=sql.Literal(_ZONES),
        last_year=sql.Literal(since.year + YEARS_AHEAD),
        first_year=sql.Literal(FIRST_YEAR),
        lost_document_share=_share("lost_document_count", "earlier_document_count"),
        reject_share=_share("rejected_entry_count", "entry_count"),
        unknown_zone_share=_share("unknown_zone_count", "zone_count"),
        odd_date_share=_share("odd_date_count", "date_count"),
    )
    return " ".join(composed.as_string(connection).split())


_LIST_DOCUMENTS = """
    select documents.*
    from visits
    inner join {documents} as documents
        on visits.document_key = documents.document_key
    where visits.observed_at = {since}
"""

_PAGE_DOCUMENTS = """
    select distinct on (documents.path) documents.*
    from visits
    inner join {documents} as documents
        on visits.document_key = documents.document_key
    where visits.observed_at >= {since} and visits.outcome = 'stored'
    order by documents.path, visits.observed_at desc
"""

# Whatever shape a list has: dates are texts that begin with a year, zones are what
# stands under that name.
_DATES = (
    'strict $.** ? (@.type() == "string" && @ like_regex "^ *[0-9]{4}-[0-9]{1,2}-")'
)
_ZONES = 'strict $.**.timezone ? (@.type() == "string" && @ <> "")'
_LIST_VALUES = """
    select
        'date' as what,
        cast(left(btrim(texts.text_value #>> '{{}}'), 4) as integer) as year
    from landed
    cross join lateral jsonb_path_query(landed.body, {dates}) as texts (text_value)
    union all
    select 'zone' as what, null as year
    from landed
    cross join lateral jsonb_path_query(landed.body, {zones}) as texts (text_value)
"""

_PAGE_VALUES = """
    select
        'date' as what,
        cast(left(phrases.due_date_text, 4) as integer) as year
    from said as phrases
    where phrases.due_date_text ~ '^[0-9]{{4}}-'
    union all
    select distinct
        'zone ' || phrases.document_key || phrases.entry_position
        || phrases.timezone_text as what,
        cast(null as integer) as year
    from said as phrases
    where phrases.timezone_text is not null
"""

_FIGURES = """
select figures.* from (
    with visits as ({visits}),

    landed as (@documents),

    rejects as (

        select rejects.reason
        from {rejects} as rejects
        inner join landed on rejects.document_key = landed.document_key
        where
            rejects.reader_version is null
            or rejects.reader_version = {newest_version}

    ),

    {said}

    said_values as (@values),

    counted as (

        select
            (
                select count(*) from visits where observed_at = {before_at}
            ) - (select count(*) from landed) as lost_document_count,
            (
                select count(*) from visits where observed_at = {before_at}
            ) as earlier_document_count,
            (select coalesce(sum(entry_count), 0) from landed) as entry_count,
            (
                select coalesce(sum(rejected_entry_count), 0) from landed
            ) as rejected_entry_count,
            (
                select count(*) from rejects where reason = 'unknown_zone'
            ) as unknown_zone_count,
            (
                select count(*) from said_values where left(what, 4) = 'zone'
            ) as zone_count,
            (
                select count(*) from said_values
                where year not between {first_year} and {last_year}
            ) as odd_date_count,
            (select count(*) from said_values where what = 'date') as date_count,
            (select max(observed_at) from visits) as succeeded_at

    )

    select
        {lost_document_share} as lost_document_share,
        {reject_share} as reject_share,
        {unknown_zone_share} as unknown_zone_share,
        {odd_date_share} as odd_date_share,
        greatest(
            0, extract(epoch from {at} - succeeded_at) / 86400
        ) as days_since_look
    from counted
) as figures
"""

_VISITS = """
    select visits.path, visits.document_key, visits.observed_at, visits.outcome
    from {visits} as visits
    inner join {loads} as loads on visits._dlt_load_id = loads.load_id
    where
        loads.status = 0
        and visits.source_key = {source_key}
        and visits.path is not null
        and visits.outcome in ('stored', 'unchanged')
"""

# Of what earlier readers understood of a page nothing counts.
_SAID = """
    said as (

        select phrases.*
        from {phrases} as phrases
        inner join landed on phrases.document_key = landed.document_key
        where phrases.reader_version = (
            select max(readings.reader_version)
            from {readings} as readings
            where readings.document_key = phrases.document_key
        )

    ),
"""


def expectations_of(source: "Source") -> tuple[Expectation, ...]:
    """Return what is expected of a source: a page that is gone ends nothing."""
    return tuple(
        name
        for name in Expectation
        if source.is_list or name is not Expectation.LOST_DOCUMENTS
    )


def _filled(text: str, source: "Source", **places: sql.Composable) -> sql.Composed:
    """Fill in the tables of a source's family, and what else a query has places for."""
    schema = f"raw_{source.family}"
    tables = {
        name: sql.Identifier(schema, name)
        for name in ("documents", "rejects", "phrases", "readings")
    }
    source_key = sql.Literal(source.key)
    parts: dict[str, sql.Composable] = {
        **tables,
        "source_key": source_key,
        "visits": sql.SQL(_VISITS).format(
            visits=sql.Identifier(schema, "visits"),
            loads=sql.Identifier(schema, "_dlt_loads"),
            source_key=source_key,
        ),
        "brings": sql.SQL("true" if source.is_list else "outcome = 'stored'"),
        "newest_version": sql.SQL(
            "rejects.reader_version"
            if source.is_list
            else "(select max(readings.reader_version) from {} as readings"
            " where readings.document_key = rejects.document_key)"
        ).format(tables["readings"]),
        "said": sql.SQL("" if source.is_list else _SAID).format(
            phrases=tables["phrases"], readings=tables["readings"]
        ),
        **places,
    }
    return sql.SQL(text).format(**parts)


def _share(part: str, whole: str) -> sql.Composed:
    """Return the expression of a share of what there is, from 0 to 1."""
    return sql.SQL(
        "case when {part} < {least} then 0"
        " else least(1, {part} / cast(greatest({whole}, 1) as float8)) end"
    ).format(
        part=sql.Identifier(part),
        whole=sql.Identifier(whole),
        least=sql.Literal(MIN_COUNT),
    )


def _instant(value: datetime | None) -> sql.Composed:
    text = "infinity" if value is None else value.isoformat()
    return sql.SQL("cast({} as timestamptz)").format(sql.Literal(text))
