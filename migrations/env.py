"""Alembic's entry: which database, and where it notes what was applied.

`confradar db migrate` hands a plan in; plain `uv run alembic upgrade head` takes the
database that the settings name. All revisions of one call are one transaction, so that
a failure leaves what was there. The schema ``confradar`` holds the note.
"""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, make_url, text

from confradar import access
from confradar.errors import ConfRadarError
from confradar.migrating import Plan, plan_of

SCHEMA = "confradar"
LOCK_NUMBER = 7_230_272  # any fixed number: two migrations go one after the other


def _plan() -> Plan:
    given = context.config.attributes.get("plan")
    if isinstance(given, Plan):
        return given
    from confradar.database import logins_of
    from confradar.settings import load_settings

    return plan_of(logins_of(load_settings()))


def _migrate() -> None:
    plan = _plan()
    # Plain postgresql:// would ask for a driver that is not among the packages.
    engine = create_engine(make_url(plan.url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"select pg_advisory_xact_lock({LOCK_NUMBER})"))
        _make_room_for_the_note(connection)
        context.configure(connection=connection, version_table_schema=SCHEMA)
        with context.begin_transaction():
            context.run_migrations()
        applied = context.get_context().get_current_heads()
        if applied == (context.script.get_current_head(),):
            access.apply(access.session_of(connection), plan.timeouts)
        elif not applied:
            _leave_nothing(connection)
    engine.dispose()


def _make_room_for_the_note(connection: Connection) -> None:
    for schema in ("review", SCHEMA):
        connection.execute(text(f"create schema if not exists {schema}"))
    # An older checkout kept it beside the decisions.
    connection.execute(
        text(f"alter table if exists review.alembic_version set schema {SCHEMA}")
    )


def _leave_nothing(connection: Connection) -> None:
    connection.execute(text(f"drop table if exists {SCHEMA}.alembic_version"))
    for schema in ("review", SCHEMA):
        connection.execute(text(f"drop schema {schema}"))


try:
    _migrate()
except ConfRadarError as error:  # what Alembic's own command line tells in one line
    raise CommandError(str(error)) from error
