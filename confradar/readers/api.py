"""The API as files: each document in its path, as the server answers it.

Documents of editions are made of one stream of rows in the order of the editions, so
that none takes a query of its own; the server asks for one edition by the same query.
The database writes these rows as JSON, on as many cores as it may: there are a million
of them. Those with a text that is not harmless as it is are written again here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import LiteralString, TypeAlias

import orjson
import psycopg
from psycopg import sql

from confradar.readers.addresses import api_file, schema_file
from confradar.readers.bulk import write_as_text
from confradar.readers.documents import (
    CHANGE,
    CLAIM,
    CONFERENCE,
    CONFERENCE_DEADLINE,
    SERIES,
    SOURCE,
    TEXT,
    Field,
    change_document,
    deadline_document,
    document_of,
    harmless_document,
    json_of,
    list_json,
    schemas,
)
from confradar.readers.harmless import MAX_TEXT, url_of
from confradar.readers.snapshot import Snapshot

_ROWS = 1000  # that the server sends at a time


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of editions, and in which order they are told.

    ``relation`` is called rows. ``place``, ``number`` and ``key`` are what they are
    ordered by: a text, a number, a text again.
    """

    fields: tuple[Field, ...]
    relation: LiteralString
    place: LiteralString
    number: LiteralString
    key: LiteralString


_PARTS = (
    _Part(
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
        place="null",
        number="null",
        key="rows.conference_key",
    ),
    _Part(
        CONFERENCE_DEADLINE,
        "select * from marts.fct_deadlines",
        place="null",
        number="extract(epoch from rows.due_at)",
        key="rows.deadline_key",
    ),
    _Part(
        CLAIM,
        """
        select claims.*, sources.authority
        from marts.fct_deadline_claims as claims
        inner join marts.dim_sources as sources
            on claims.source_key = sources.source_key
        where claims.is_current and claims.conference_key is not null
        """,
        place="rows.deadline_key",
        number="rows.authority_rank * 1000 + coalesce(rows.claim_rank, 999)",
        key="rows.claim_key",
    ),
    # A list that drops an edition which is over says nothing about it.
    _Part(
        CHANGE,
        """
        select changes.*, conferences.title
        from marts.fct_deadline_changes as changes
        inner join marts.dim_conferences as conferences
            on changes.conference_key = conferences.conference_key
        where changes.change_type != 'withdrawn' or not changes.was_already_past
        """,
        place="null",
        number="-extract(epoch from rows.seen_at)",
        key="rows.change_key",
    ),
)
_EDITION = 0  # the number of the part that is the edition itself

# One row of an edition: its key, the number of its part, its JSON, the link in it, and
# whether one of its texts may be too long.
_Row: TypeAlias = tuple[str, int, str, str | None, bool]


def files_of_api(
    connection: psycopg.Connection,
    snapshot: Snapshot,
    keys: Sequence[str] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Yield each document of the API, and each schema, with its path.

    Nothing else can be asked on the connection while editions are given; what becomes
    of each document counts as time of their query.

    Args:
        connection: one of ``warehouse.reading``, that of the snapshot.
        snapshot: the build.
        keys: of the editions that have documents; None for all.
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
    for key, document in conference_documents(connection, keys):
        yield api_file("conferences", key), document


def conference_json(
    connection: psycopg.Connection, conference_key: str
) -> bytes | None:
    """Return the document of one edition; None if there is none of that key."""
    write_as_text(connection)
    query = _editions_query(is_of="%(key)s")
    return _document(connection.execute(query, {"key": conference_key}).fetchall())


def conference_documents(
    connection: psycopg.Connection, keys: Sequence[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield key and document of every edition, or of some, in the order of the keys.

    Nothing else can be asked on the connection meanwhile.
    """
    write_as_text(connection)
    with connection.cursor() as cursor:
        rows = cursor.stream(
            _editions_query(is_of=None if keys is None else "any(%(keys)s)"),
            {"keys": None if keys is None else list(keys)},
            size=_ROWS,
        )
        for key, of_edition in groupby(rows, key=itemgetter(0)):
            document = _document(of_edition)
            if document is not None:
                yield key, document


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


def _document(rows: Iterable[_Row]) -> bytes | None:
    """Return the document of an edition of all its rows; None without the edition."""
    parts: tuple[list[bytes], ...] = tuple([] for _ in _PARTS)
    for _, number, written, url, is_long in rows:
        stays = (
            number != _EDITION  # names in its columns are joined by commas
            and not is_long
            and url_of(url) == url
            and is_plain(written)
        )
        parts[number].append(
            written.encode() if stays else _harmless(_PARTS[number].fields, written)
        )
    if not parts[_EDITION]:
        return None
    edition, deadlines, claims, changes = (b",".join(items) for items in parts)
    return b'{"conference":%s,"deadlines":[%s],"claims":[%s],"changes":[%s]}\n' % (
        edition, deadlines, claims, changes,
    )  # fmt: skip


def is_plain(written: str) -> bool:
    """Tell whether all texts in some JSON are as ``text_of`` leaves them.

    It may say no of one that is. Quotes in texts are written with a backslash, and are
    harmless; whatever else is written so is not.
    """
    if "\\" in written:
        written = written.replace('\\"', "")
    return (
        written.isprintable()
        and "\\" not in written
        and "  " not in written
        and '" ' not in written
        and ' "' not in written
    )


def _harmless(fields: tuple[Field, ...], written: str) -> bytes:
    return json_of(harmless_document(fields, orjson.loads(written)))


@cache  # to put it together takes longer than to answer it for one edition
def _editions_query(*, is_of: LiteralString | None) -> bytes:
    """Return the query for the rows of all editions, or of some, edition by edition.

    Args:
        is_of: the parameter that names them, to which their key has to be equal.
    """
    condition: sql.Composable = sql.SQL("")
    if is_of is not None:
        condition = sql.SQL("where rows.conference_key = ") + sql.SQL(is_of)
    query = sql.SQL(
        """
        select conference_key, part, written, url, is_long
        from ({parts}) as rows
        order by
            conference_key collate "C", part, place collate "C" nulls last,
            number nulls last, key collate "C"
        """
    ).format(
        parts=sql.SQL(" union all ").join(
            _part_query(number, part, condition) for number, part in enumerate(_PARTS)
        )
    )
    return query.as_bytes()


def _part_query(number: int, part: _Part, condition: sql.Composable) -> sql.Composed:
    names = [field.name for field in part.fields]
    texts = [field.name for field in part.fields if field.type is TEXT]
    return sql.SQL(
        """
        (
            select
                rows.conference_key,
                {part} as part,
                {place}::text as place,
                ({number})::float8 as number,
                {key} as key,
                row_to_json(told)::text as written,
                {url} as url,
                {longest} > {limit} as is_long
            from ({relation}) as rows
            cross join lateral (select {values}) as told
            {condition}
        )
        """
    ).format(
        part=sql.Literal(number),
        place=sql.SQL(part.place),
        number=sql.SQL(part.number),
        key=sql.SQL(part.key),
        values=sql.SQL(", ").join(
            sql.SQL("{} as {}").format(
                sql.SQL(field.type.expression).format(
                    sql.Identifier("rows", field.name)
                ),
                sql.Identifier(field.name),
            )
            for field in part.fields
        ),
        url=sql.SQL("rows.source_url" if "source_url" in names else "null"),
        longest=sql.SQL("greatest({})").format(
            sql.SQL(", ").join(
                sql.SQL("octet_length({})").format(sql.Identifier("rows", name))
                for name in texts
            )
        ),
        limit=sql.Literal(MAX_TEXT),
        relation=sql.SQL(part.relation),
        condition=condition,
    )


def _columns(fields: Iterable[Field]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(field.name) for field in fields)
