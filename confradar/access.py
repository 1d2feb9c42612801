"""Who may do what in the database: schemas, grants, and what becomes of new tables.

Migrations make the roles; this is brought about after each of them, so that a family
of sources that is new has its schema and its grants, and what somebody else built by
hand belongs to the role that has to replace it. Nothing is done twice.

Loader: writes ``raw_*``. Transformer: reads ``raw_*`` and ``review``, owns what dbt
builds. Reader: reads ``marts``. These note in ``confradar`` what they have to, and no
more. Scheduler: owns ``dagster``, and nothing else. Notifier: notes in ``confradar``
what was told to whom, and sees no mart. The migrating user needs CREATEROLE and CREATE
on the database, and nothing else.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from confradar.database.logins import Timeouts
from confradar.errors import ConfRadarError
from confradar.roles import Role
from ingestion.shapes import FAMILIES

if TYPE_CHECKING:
    import sqlalchemy

# Marts are built in marts_next and published together, when all of them are there.
BUILT_SCHEMAS = ("vocabulary", "staging", "intermediate", "marts", "marts_next")
# Where Dagster keeps runs, events and schedules; it makes its tables itself.
SCHEDULE_SCHEMA = "dagster"
# dlt fills a copy of the registry beside it, and swaps the two.
RAW_SCHEMAS = (
    *(f"raw_{family}" for family in FAMILIES),
    "raw_registry",
    "raw_registry_staging",
)

_OWNERS = {
    **dict.fromkeys(BUILT_SCHEMAS, Role.TRANSFORMER),
    SCHEDULE_SCHEMA: Role.SCHEDULER,
}
"""Schemas that belong to a role, so that it may replace all that is in them."""

_TABLES_THAT_ARE_NOTED_IN = {
    "alembic_version": {Role.LOADER: "select", Role.TRANSFORMER: "select"},
    "runs": {
        Role.LOADER: "select, insert, update",
        Role.TRANSFORMER: "select, insert, update",
    },
    # What the door found is for everybody to see; what it holds back, dbt leaves out.
    "landing_checks": {Role.LOADER: "select, insert", Role.READER: "select"},
    "landing_holds": {
        Role.LOADER: "select, insert, update",
        Role.TRANSFORMER: "select",
        Role.READER: "select",
    },
    # From which moment "upcoming" counts, a reader has to know as well.
    "build_state": {Role.TRANSFORMER: "select, insert, delete", Role.READER: "select"},
    "check_results": {
        Role.TRANSFORMER: "select, insert, update",
        Role.READER: "select",
    },
    # What was told stays told: nothing is deleted there.
    "subscriptions": {Role.NOTIFIER: "select, insert, update"},
    "notices": {Role.NOTIFIER: "select, insert, update"},
}


DROPS_DATA = "data=drop"
"""What ``alembic -x`` has to say before migrations drop what people and sites said."""


class StrangeTablesError(ConfRadarError):
    """A schema that ConfRadar builds in holds what another project made."""


class DataWouldBeLostError(ConfRadarError):
    """What migrations would drop, nothing can bring back."""


def session_of(connection: "sqlalchemy.Connection") -> psycopg.Connection:
    """Return the session behind a connection of SQLAlchemy, in its transaction."""
    session = connection.connection.driver_connection
    if not isinstance(session, psycopg.Connection):
        raise TypeError(f"{type(session)} is no session of psycopg")
    return session


def make_roles(session: psycopg.Connection) -> None:
    """Make the roles, without a login, unless the server has them; join three of them.

    The migrating user has to be a member of those to which it hands tables over; a
    superuser is in effect.
    """
    for role in Role:
        if not _has_role(session, role):
            session.execute(sql.SQL("create role {} nologin").format(_id(role)))
    for role in (Role.LOADER, Role.TRANSFORMER, Role.SCHEDULER):
        query = "select pg_has_role(%s, 'USAGE')"
        if not _one(session, query, role):
            session.execute(sql.SQL("grant {} to current_user").format(_id(role)))


def apply(session: psycopg.Connection, timeouts: Timeouts) -> None:
    """Bring schemas, owners, grants and the reader's settings about."""
    make_roles(session)
    for schema in (*RAW_SCHEMAS, *_OWNERS):
        if not _has_schema(session, schema):
            session.execute(sql.SQL("create schema {}").format(_id(schema)))
    _open_schemas(session)
    _hand_over(session, RAW_SCHEMAS, Role.LOADER)
    for schema, role in _OWNERS.items():
        _hand_over(session, [schema], role)
    for statement in _grants():
        session.execute(statement)
    _let_in(session)
    _limit_reader(session, timeouts)


def refuse_strangers(session: psycopg.Connection) -> None:
    """Refuse a database in which another project has schemas of these names.

    Raises:
        StrangeTablesError: one of them holds tables, and no raw rows are ours.
    """
    if _one(session, "select to_regclass('raw_registry.sources')"):
        return
    row = session.execute(
        """
        select nspname, relname
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%s) and relkind in ('r', 'p', 'v', 'm', 'f')
        order by nspname, relname
        limit 1
        """,
        [list(BUILT_SCHEMAS)],
    ).fetchone()
    if row is not None:
        raise StrangeTablesError(
            f"the schema {row[0]} holds {row[1]}, which another project made",
            "give ConfRadar a database of its own",
        )


def schemas_of_ours(session: psycopg.Connection) -> list[str]:
    """Return the schemas that are ConfRadar's and are there, whoever fills them."""
    own = (*BUILT_SCHEMAS, *_raw_schemas_of_ours(session), "review", "confradar")
    return [schema for schema in own if _has_schema(session, schema)]


def remove(session: psycopg.Connection, *, drops_data: bool) -> None:
    """Undo all of it; roles that another database or user has a part in stay.

    Raises:
        DataWouldBeLostError: raw rows are stored, and it was not said to drop them.
    """
    schemas = (*_OWNERS, *_raw_schemas_of_ours(session))
    if not drops_data:
        for schema in schemas:
            _refuse_to_lose(session, schema, "documents")
    for schema in schemas:
        session.execute(sql.SQL("drop schema if exists {} cascade").format(_id(schema)))
    roles = [role for role in Role if _has_role(session, role)]
    for role in roles:
        for schema in ("review", "confradar"):
            session.execute(
                sql.SQL("revoke all on all tables in schema {} from {}").format(
                    _id(schema), _id(role)
                )
            )
            session.execute(
                sql.SQL("revoke all on schema {} from {}").format(
                    _id(schema), _id(role)
                )
            )
        session.execute(
            sql.SQL("revoke all on database {} from {}").format(
                _database(session), _id(role)
            )
        )
        try:
            with session.transaction():
                session.execute(sql.SQL("drop role {}").format(_id(role)))
        except (
            psycopg.errors.DependentObjectsStillExist,  # another database needs it
            psycopg.errors.InsufficientPrivilege,  # another user made it
        ):
            continue


def refuse_to_lose_decisions(session: psycopg.Connection) -> None:
    """Refuse to go on where maintainers decided anything.

    Raises:
        DataWouldBeLostError: they did.
    """
    _refuse_to_lose(session, "review", "decisions")


def _refuse_to_lose(session: psycopg.Connection, schema: str, table: str) -> None:
    if not _one(session, "select to_regclass(%s)", f"{schema}.{table}"):
        return
    query = sql.SQL("select exists (select from {})").format(_id(schema, table))
    if _one(session, query):
        raise DataWouldBeLostError(
            f"{schema}.{table} holds rows that nothing can bring back",
            "alembic -x data=drop downgrade … drops them too",
        )


def _open_schemas(session: psycopg.Connection) -> None:
    """Let the loader create in schemas of raw rows; others belong to a role."""
    for schema in RAW_SCHEMAS:
        session.execute(
            _statement("grant usage, create on schema {} to {}", schema, Role.LOADER)
        )
    for schema, role in _OWNERS.items():
        if _one(
            session,
            "select nspowner <> %s::regrole from pg_namespace where nspname = %s",
            role,
            schema,
        ):
            _give_schema(session, schema, role)


def _give_schema(session: psycopg.Connection, schema: str, role: Role) -> None:
    """Make a role the owner, who has to be allowed to make one, for this moment."""
    place = {"database": _database(session), "role": _id(role)}
    for statement in (
        "grant create on database {database} to {role}",
        "alter schema {schema} owner to {role}",
        "revoke create on database {database} from {role}",
    ):
        session.execute(sql.SQL(statement).format(**place, schema=_id(schema)))


def _hand_over(session: psycopg.Connection, schemas: Sequence[str], role: Role) -> None:
    """Give a role what others made in its schemas, so that it can replace it."""
    relations = session.execute(
        """
        select nspname, relname
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
        where
            nspname = any(%s)
            and relkind in ('r', 'p', 'v', 'm', 'f')
            and relowner <> %s::regrole
        """,
        [list(schemas), role],
    ).fetchall()
    for schema, name in relations:
        session.execute(
            sql.SQL("alter table {} owner to {}").format(_id(schema, name), _id(role))
        )
    functions = session.execute(
        """
        select format('alter routine %%s owner to %%I', oid::regprocedure, %s::text)
        from pg_catalog.pg_proc
        where
            pronamespace = any(%s::regnamespace[])
            and proowner <> %s::regrole
        """,
        [role, list(schemas), role],
    ).fetchall()
    for (statement,) in functions:
        session.execute(statement.encode())


def _grants() -> Iterator[sql.Composed]:
    """Yield what each role gets, on what there is and on what will be."""
    for schema in RAW_SCHEMAS:
        yield from _readable(schema, Role.LOADER, Role.TRANSFORMER)
    yield from _readable("marts", Role.TRANSFORMER, Role.READER)
    # What is built there takes its grants along; until then no reader may look.
    yield from _readable_later("marts_next", Role.TRANSFORMER, Role.READER)
    yield _statement("grant usage on schema {} to {}", "review", Role.TRANSFORMER)
    for table in ("decisions", "revocations"):
        yield sql.SQL("grant select on {} to {}").format(
            _id("review", table), _id(Role.TRANSFORMER)
        )
    for role in (Role.LOADER, Role.TRANSFORMER, Role.READER, Role.NOTIFIER):
        yield _statement("grant usage on schema {} to {}", "confradar", role)
    for table, rights in _TABLES_THAT_ARE_NOTED_IN.items():
        for role, words in rights.items():
            yield sql.SQL("grant {} on {} to {}").format(
                sql.SQL(words), _id("confradar", table), _id(role)
            )


def _readable(schema: str, writer: Role, reader: Role) -> Iterator[sql.Composed]:
    """Yield what lets one role read all that another makes in a schema.

    Also what the migrating user makes there, who stands in for the writer where that
    has no password.
    """
    yield _statement("grant usage on schema {} to {}", schema, reader)
    yield _statement("grant select on all tables in schema {} to {}", schema, reader)
    yield from _readable_later(schema, writer, reader)


def _readable_later(schema: str, writer: Role, reader: Role) -> Iterator[sql.Composed]:
    """Yield what gives one role the right to read what another will make in a schema.

    It can use that right where it may use the schema.
    """
    for maker in (_id(writer), sql.SQL("current_user")):
        for right in ("select on tables", "execute on functions"):
            yield sql.SQL(
                "alter default privileges for role {} in schema {} grant {} to {}"
            ).format(maker, _id(schema), sql.SQL(right), _id(reader))


def _let_in(session: psycopg.Connection) -> None:
    """Let the roles in where the public is shut out, as far as this user may."""
    query = "select has_database_privilege(current_database(), %s)"
    for right, roles in (
        ("connect", tuple(Role)),
        ("temporary", (Role.TRANSFORMER,)),  # dbt's unit tests
    ):
        if not _one(session, query, f"{right} with grant option"):
            continue
        for role in roles:
            session.execute(
                sql.SQL("grant {} on database {} to {}").format(
                    sql.SQL(right), _database(session), _id(role)
                )
            )


def _limit_reader(session: psycopg.Connection, timeouts: Timeouts) -> None:
    """Make the reader's sessions read-only, and end what takes too long."""
    wanted = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{timeouts.statement}s",
        "idle_in_transaction_session_timeout": f"{timeouts.idle}s",
        "search_path": "marts",
    }
    found = set(
        _one(
            session,
            """
            select setconfig from pg_db_role_setting
            where setrole = %s::regrole and setdatabase = 0
            """,
            Role.READER,
        )
        or ()
    )
    for name, value in wanted.items():
        if f"{name}={value}" not in found:
            session.execute(
                sql.SQL("alter role {} set {} to {}").format(
                    _id(Role.READER), _id(name), sql.Literal(value)
                )
            )


def _raw_schemas_of_ours(session: psycopg.Connection) -> list[str]:
    """Return those into which the loader may write, of families of the past as well."""
    if not _has_role(session, Role.LOADER):
        return []
    with session.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            """
            select nspname from pg_catalog.pg_namespace
            where
                nspname like 'raw\\_%%'
                and has_schema_privilege(%s, pg_namespace.oid, 'CREATE')
            order by nspname
            """,
            [Role.LOADER],
        ).fetchall()


def _statement(text: LiteralString, schema: str, role: Role) -> sql.Composed:
    return sql.SQL(text).format(_id(schema), _id(role))


def _id(*names: str) -> sql.Identifier:
    return sql.Identifier(*map(str, names))


def _database(session: psycopg.Connection) -> sql.Identifier:
    return _id(_one(session, "select current_database()"))


def _has_role(session: psycopg.Connection, role: Role) -> bool:
    return bool(_one(session, "select to_regrole(%s)", role))


def _has_schema(session: psycopg.Connection, schema: str) -> bool:
    return bool(_one(session, "select to_regnamespace(%s)", schema))


def _one(
    session: psycopg.Connection, query: LiteralString | sql.Composed, *values: object
) -> Any:  # noqa: ANN401 - of the type that the query gives
    with session.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query, values or None).fetchone()
