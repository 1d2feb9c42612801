"""The API as files: each document in its path, as the server answers it.

Documents of editions are made of four streams in the order of their keys, so that no
edition takes a query of its own; the server asks for one edition by the same queries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import sql

from confradar.readers.addresses import api_file, schema_file
from confradar.readers.documents import (
    CHANGE,
    CLAIM,
    CONFERENCE,
    CONFERENCE_DEADLINE,
    SERIES,
    SOURCE,
    Document,
    Field,
    change_document,
    deadline_document,
    document_of,
    json_of,
    list_json,
    schemas,
)
from confradar.readers.snapshot import Snapshot

_ITEMS = 2000  # rows that are fetched at a time


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of editions: where they come from, and in which order they are told."""

    fields: tuple[Field, ...]
    relation: LiteralString
    order: LiteralString


_CONFERENCES = _Part(
    CONFERENCE,
    """
    select
        conferences.*, series.acronym, series.full_name, series.primary_area,
        labels.areas, labels.ranks
    from marts.dim_conferences as conferences
    inner join marts.dim_series as series
        on conferences.series_key = series.series_key
    left join marts.series_labels as labels
        on conferences.series_key = labels.series_key
    """,
    "year",
)
_PARTS = {
    "deadlines": _Part(
        CONFERENCE_DEADLINE,
        "select * from marts.fct_deadlines",
        'due_at nulls last, deadline_key collate "C"',
    ),
    "claims": _Part(
        CLAIM,
        """
        select claims.*, sources.authority
        from marts.fct_deadline_claims as claims
        inner join marts.dim_sources as sources
            on claims.source_key = sources.source_key
        where claims.is_current and claims.conference_key is not null
        """,
        """
        deadline_key collate "C", authority_rank, claim_rank nulls last,
        claim_key collate "C"
        """,
    ),
    # A list that drops an edition which is over says nothing about it.
    "changes": _Part(
        CHANGE,
        """
        select changes.*, conferences.title
        from marts.fct_deadline_changes as changes
        inner join marts.dim_conferences as conferences
            on changes.conference_key = conferences.conference_key
        where changes.change_type != 'withdrawn' or not changes.was_already_past
        """,
        'seen_at desc, change_key collate "C"',
    ),
}


def files_of_api(
    connection: psycopg.Connection, snapshot: Snapshot
) -> Iterator[tuple[str, bytes]]:
    """Yield each document of the API, and each schema, with its path.

    Args:
        connection: one of ``warehouse.reading``, that of the snapshot.
        snapshot: the build.
    """
    for name, schema in schemas().items():
        yield (
            schema_file(name),
            orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n",
        )
    deadlines = [json_of(deadline_document(one.row)) for one in snapshot.deadlines]
    changes = [json_of(change_document(change)) for change in snapshot.changes]
    lists = {
        "deadlines": deadlines,
        "changes": changes,
        "series": series_items(connection),
        "sources": source_items(connection),
    }
    for name, items in lists.items():
        yield api_file(name), list_json(name, items, snapshot.as_of)
    for key, document in conference_documents(connection):
        yield api_file("conferences", key), json_of(document) + b"\n"


def conference_json(
    connection: psycopg.Connection, conference_key: str
) -> bytes | None:
    """Return the document of one edition; None if there is none of that key."""
    with connection.cursor() as cursor:
        edition = cursor.execute(
            _query_of(_CONFERENCES, is_one=True), [conference_key]
        ).fetchone()
        if edition is None:
            return None
        parts = {
            name: cursor.execute(
                _query_of(part, is_one=True), [conference_key]
            ).fetchall()
            for name, part in _PARTS.items()
        }
    return json_of(_document(edition, parts)) + b"\n"


def conference_documents(
    connection: psycopg.Connection,
) -> Iterator[tuple[str, Document]]:
    """Yield the key and the document of every edition, in the order of the keys."""
    streams = {name: _Stream(connection, part) for name, part in _PARTS.items()}
    for edition in _rows_of(connection, _CONFERENCES):
        key: str = edition[0]
        parts = {name: stream.rows_of(key) for name, stream in streams.items()}
        yield key, _document(edition, parts)


def series_items(connection: psycopg.Connection) -> list[bytes]:
    """Return the JSON of every series, by its key."""
    query: LiteralString = """
        select {columns}
        from (
            select series.*, labels.areas, labels.ranks,
                array(
                    select conferences.conference_key
                    from marts.dim_conferences as conferences
                    where conferences.series_key = series.series_key
                    order by conferences.year, conferences.conference_key
                ) as conference_keys
            from marts.dim_series as series
            left join marts.series_labels as labels
                on series.series_key = labels.series_key
        ) as rows
        order by series_key collate "C"
    """
    return _items(connection, SERIES, query)


def source_items(connection: psycopg.Connection) -> list[bytes]:
    """Return the JSON of every source, the best authority first."""
    query: LiteralString = """
        select {columns}
        from marts.dim_sources
        order by authority_rank, source_key collate "C"
    """
    return _items(connection, SOURCE, query)


def _items(
    connection: psycopg.Connection, fields: Iterable[Field], query: LiteralString
) -> list[bytes]:
    described = tuple(fields)
    statement = sql.SQL(query).format(columns=_columns(described))
    rows = connection.execute(statement)
    return [json_of(document_of(described, row)) for row in rows]


class _Stream:
    """Rows of all editions in the order of the editions, taken one by one."""

    def __init__(self, connection: psycopg.Connection, part: _Part) -> None:
        self._groups = groupby(_rows_of(connection, part), key=itemgetter(0))
        self._next = next(self._groups, None)

    def rows_of(self, conference_key: str) -> list[tuple[Any, ...]]:
        """Return the rows of an edition; they are asked for in the order of keys."""
        while self._next is not None and self._next[0] < conference_key:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != conference_key:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows


def _document(
    edition: tuple[Any, ...], parts: dict[str, list[tuple[Any, ...]]]
) -> Document:
    """Return the document of an edition; each row begins with its key."""
    return {
        "conference": document_of(CONFERENCE, edition[1:]),
        **{
            name: [document_of(_PARTS[name].fields, row[1:]) for row in rows]
            for name, rows in parts.items()
        },
    }


def _rows_of(connection: psycopg.Connection, part: _Part) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name=f"rows_{id(part)}") as cursor:
        cursor.itersize = _ITEMS
        yield from cursor.execute(_query_of(part))


def _query_of(part: _Part, *, is_one: bool = False) -> sql.Composed:
    """Return the query for the rows of all editions, or of one.

    Keys are in the order of their bytes, in which Python has texts as well.
    """
    return sql.SQL(
        """
        select conference_key, {columns}
        from ({relation}) as rows
        {condition}
        order by conference_key collate "C", {order}
        """
    ).format(
        columns=_columns(part.fields),
        relation=sql.SQL(part.relation),
        condition=sql.SQL("where conference_key = %s" if is_one else ""),
        order=sql.SQL(part.order),
    )


def _columns(fields: Iterable[Field]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(field.name) for field in fields)
