"""What the marts were last built from, noted in the warehouse itself.

A fresh checkout that works on the same server can so tell that nothing is to be done.
The schema ``confradar`` is the app's own, made by migrations: of it, models read what
the landing door holds back, and nothing else.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import class_row, scalar_row

from confradar.sessions import clear_errors, refuse_old_server

LOCK_NUMBER = 7_230_271  # any fixed number: its holder is the one that writes

_BUILT_SCHEMAS = ("vocabulary", "staging", "intermediate", "marts")
_CODE = ("dbt_project.yml", "dbt_project")


@dataclass(frozen=True, slots=True)
class BuildState:
    """The last successful build.

    ``as_of`` is the day from which its "upcoming" counts; ``is_replay`` tells a day
    that was asked for (as the sample does) from the day of the build itself.
    ``relations`` identifies what it left: a build by hand leaves other tables and
    views; it is empty from the moment another build begins until one succeeds. ``code``
    is the digest of the dbt project, ``basis`` one of all that bears on every row (see
    ``basis_digest``); an older version noted none.
    """

    fingerprint: str
    relations: str
    code: str | None
    basis: str | None
    as_of: date
    is_replay: bool
    built_at: datetime

    @property
    def is_superseded(self) -> bool:
        """Tell whether a build began after it that did not succeed, or still goes on.

        Readers see the marts of this one. What lies below them may be of both.
        """
        return not self.relations


@contextmanager
def only_writer(url: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Be the one run that writes to the database; wait for another one to end."""
    with clear_errors():
        session = psycopg.connect(url, autocommit=True)
    with session, session.cursor(row_factory=scalar_row) as cursor:
        refuse_old_server(session)
        if not cursor.execute(
            "select pg_try_advisory_lock(%s)", [LOCK_NUMBER]
        ).fetchone():
            on_wait()
            cursor.execute("select pg_advisory_lock(%s)", [LOCK_NUMBER])
        yield


def read_state(connection: psycopg.Connection) -> BuildState | None:
    """Return the last successful build, or None before the first."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        if not cursor.execute("select to_regclass('confradar.build_state')").fetchone():
            return None  # marts that were restored from elsewhere, say
    with connection.cursor(row_factory=class_row(BuildState)) as cursor:
        return cursor.execute(
            """
            select fingerprint, relations, code, basis, as_of, is_replay, built_at
            from confradar.build_state
            """
        ).fetchone()


def is_built(connection: psycopg.Connection, wanted: str, *, is_replay: bool) -> bool:
    """Tell whether the marts that there are came from this fingerprint."""
    state = read_state(connection)
    return (
        state is not None
        and state.fingerprint == wanted
        and state.is_replay == is_replay
        and state.relations == built_relations(connection)
        and has_kept_its_rows(connection)
    )


def is_built_by(connection: psycopg.Connection, code: str) -> bool:
    """Tell whether all that there is was built by the project with this digest.

    Seeds and views then are as this project makes them, whatever was loaded since.
    """
    state = read_state(connection)
    return (
        state is not None
        and state.code == code
        and state.relations == built_relations(connection)
    )


def can_be_followed(connection: psycopg.Connection, basis: str) -> bool:
    """Tell whether all that there is came from this basis.

    Only rows of what documents say otherwise since then can come out otherwise.
    """
    state = read_state(connection)
    return (
        state is not None
        and state.basis == basis
        and state.relations == built_relations(connection)
        and has_kept_its_rows(connection)
    )


def has_kept_its_rows(connection: psycopg.Connection) -> bool:
    """Tell whether unlogged tables hold what the last build put there.

    PostgreSQL empties them when it starts after a crash, under the names they had. The
    versions of documents that a complete build remembers are never none.
    """
    table = "intermediate.remembered_document_versions"
    with connection.cursor(row_factory=scalar_row) as cursor:
        if cursor.execute("select to_regclass(%s)", [table]).fetchone() is None:
            return False
        return bool(
            cursor.execute(
                "select exists (select from intermediate.remembered_document_versions)"
            ).fetchone()
        )


def has_documents(connection: psycopg.Connection) -> bool:
    """Tell whether any load ever stored a document."""
    for schema in _schemas_with(connection, "documents"):
        query = sql.SQL("select exists (select from {})")
        table = sql.Identifier(schema, "documents")
        with connection.cursor(row_factory=scalar_row) as cursor:
            if cursor.execute(query.format(table)).fetchone():
                return True
    return False


def reference_time(connection: psycopg.Connection, now: datetime) -> datetime:
    """Return the moment from which "upcoming" counts for who reads the marts.

    That is now, unless the marts were built for a day that was asked for (as the sample
    is): there, the start of that day.
    """
    state = read_state(connection)
    if state is None or not state.is_replay:
        return now
    return datetime.combine(state.as_of, time.min, UTC)


def begin_build(connection: psycopg.Connection) -> None:
    """Note that another build begins, which none may follow unless it succeeds.

    For which day the marts were built stays: readers go on with those that there are.
    """
    with connection.transaction():
        connection.execute(
            """
            with last as (delete from confradar.build_state returning *)

            insert into confradar.build_state
                (fingerprint, relations, code, basis, as_of, is_replay, built_at)
            select fingerprint, '', code, basis, as_of, is_replay, built_at
            from last
            """
        )


def write_state(
    connection: psycopg.Connection,
    fingerprint: str,
    as_of: date,
    *,
    is_replay: bool,
    code: str,
    basis: str,
) -> None:
    """Note that the marts are now built from ``fingerprint``."""
    with connection.transaction():
        connection.execute("delete from confradar.build_state")
        connection.execute(
            """
            insert into confradar.build_state
                (fingerprint, relations, code, basis, as_of, is_replay)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [fingerprint, built_relations(connection), code, basis, as_of, is_replay],
        )


def built_relations(connection: psycopg.Connection) -> str:
    """Return what identifies all that dbt built: a rebuilt table or view is another."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return (
            cursor.execute(
                """
                select md5(string_agg(pg_class.oid::text, ' ' order by pg_class.oid))
                from pg_catalog.pg_class
                inner join pg_catalog.pg_namespace
                    on pg_class.relnamespace = pg_namespace.oid
                where
                    pg_namespace.nspname = any(%s)
                    and relkind in ('r', 'm', 'v')
                """,
                [list(_BUILT_SCHEMAS)],
            ).fetchone()
            or ""
        )


def fingerprint(connection: psycopg.Connection, root: Path, as_of: date) -> str:
    """Return a digest of what a build depends on: code, raw rows, decisions, the day.

    And on what the landing door holds back of the raw rows.

    Of the raw rows it takes what each source published and since when, so a visit that
    found nothing new leaves it as it was. Of pages it takes how they were read, and how
    the last visit to each ended, too. Loads that did not complete do not count.
    """
    return _digest(
        (
            as_of.isoformat(),
            *_code(root),
            *_raw(connection),
            *_registry(connection),
            *_decisions(connection),
            *_holds(connection),
        )
    )


def code_digest(root: Path) -> str:
    """Return a digest of the dbt project: models, seeds, macros and settings."""
    return _digest(_code(root))


def basis_digest(connection: psycopg.Connection, root: Path) -> str:
    """Return a digest of what bears on all rows: project, registry, decisions, holds.

    A hold may take back what was built already, which no build that follows does.
    """
    return _digest(
        (
            *_code(root),
            *_registry(connection),
            *_decisions(connection),
            *_holds(connection),
        )
    )


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x1f")
    return digest.hexdigest()


def _code(root: Path) -> Iterator[str]:
    for name in _CODE:
        part = root / name
        files = [part] if part.is_file() else sorted(part.rglob("*"))
        for file in files:
            if file.is_file():
                yield file.relative_to(root).as_posix()
                yield hashlib.sha256(file.read_bytes()).hexdigest()


def _raw(connection: psycopg.Connection) -> Iterator[str]:
    for schema in _schemas_with(connection, "visits"):
        yield schema
        for row in connection.execute(_publications(schema)):
            yield repr(row)
    for schema in _schemas_with(connection, "readings"):
        for statement in (_readings(schema), _endings(schema)):
            yield from map(repr, connection.execute(statement))


def _registry(connection: psycopg.Connection) -> Iterator[str]:
    """Yield what the registry says of each source, as it was stored last."""
    for schema in _schemas_with(connection, "sources"):
        yield schema
        query = sql.SQL(
            "select (to_jsonb(s) - '_dlt_load_id' - '_dlt_id')::text from {} as s"
        )
        table = sql.Identifier(schema, "sources")
        yield from sorted(row[0] for row in connection.execute(query.format(table)))


def _decisions(connection: psycopg.Connection) -> Iterator[str]:
    """Yield what maintainers decided and revoked, of which nothing ever changes."""
    for table in ("decisions", "revocations"):
        with connection.cursor(row_factory=scalar_row) as cursor:
            name = f"review.{table}"
            if cursor.execute("select to_regclass(%s)", [name]).fetchone() is None:
                continue
            query = sql.SQL("select decision_id from {} order by decision_id").format(
                sql.Identifier("review", table)
            )
            yield f"{table} {cursor.execute(query).fetchall()}"


def _holds(connection: psycopg.Connection) -> Iterator[str]:
    """Yield what the landing door holds back, and until when."""
    yield from map(
        repr,
        connection.execute(
            """
            select
                source_key,
                (held_from at time zone 'UTC')::text,
                (held_to at time zone 'UTC')::text,
                reason
            from confradar.landing_holds
            where released_at is null
            order by hold_id
            """
        ),
    )


def _schemas_with(connection: psycopg.Connection, table: str) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            """
            select nspname
            from pg_catalog.pg_class
            inner join pg_catalog.pg_namespace
                on pg_class.relnamespace = pg_namespace.oid
            where nspname like 'raw\\_%%' and relkind = 'r' and relname = %s
            order by nspname
            """,
            [table],
        ).fetchall()


def _publications(schema: str) -> sql.Composed:
    """One row per source and time at which the set of its documents became another."""
    return sql.SQL(
        """
        with completed_visits as (

            select visits.*
            from {visits} as visits
            inner join {loads} as loads on visits._dlt_load_id = loads.load_id
            where loads.status = 0
                and visits.path is not null
                and visits.outcome in ('stored', 'unchanged')

        ),

        published as (

            select
                source_key,
                observed_at,
                md5(string_agg(path || ' ' || document_key, chr(10) order by path))
                    as documents
            from completed_visits
            group by source_key, observed_at

        ),

        compared as (

            select
                published.*,
                lag(documents) over (partition by source_key order by observed_at)
                    as documents_before
            from published

        )

        select source_key, (observed_at at time zone 'UTC')::text, documents
        from compared
        where documents is distinct from documents_before
        order by source_key, observed_at
        """
    ).format(
        visits=sql.Identifier(schema, "visits"),
        loads=sql.Identifier(schema, "_dlt_loads"),
    )


def _readings(schema: str) -> sql.Composed:
    """One row per version of a reader: a document is read once by each."""
    return sql.SQL(
        """
        select readings.reader_version, count(*)
        from {readings} as readings
        inner join {loads} as loads on readings._dlt_load_id = loads.load_id
        where loads.status = 0
        group by readings.reader_version
        order by readings.reader_version
        """
    ).format(
        readings=sql.Identifier(schema, "readings"),
        loads=sql.Identifier(schema, "_dlt_loads"),
    )


def _endings(schema: str) -> sql.Composed:
    """One row per source: how the last visit to each of its pages ended."""
    return sql.SQL(
        """
        with last_visits as (

            select distinct on (visits.source_key, visits.path)
                visits.source_key,
                visits.path,
                case
                    when visits.outcome not in ('stored', 'unchanged')
                        then visits.outcome
                    else ''
                end as failure
            from {visits} as visits
            inner join {loads} as loads on visits._dlt_load_id = loads.load_id
            where loads.status = 0
            order by visits.source_key, visits.path, visits.observed_at desc

        )

        select
            source_key,
            md5(string_agg(concat_ws(' ', path, failure), chr(10) order by path))
        from last_visits
        group by source_key
        order by source_key
        """
    ).format(
        visits=sql.Identifier(schema, "visits"),
        loads=sql.Identifier(schema, "_dlt_loads"),
    )
