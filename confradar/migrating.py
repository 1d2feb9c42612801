"""Bring a database up to date: Alembic owns what neither dlt nor dbt makes.

Alembic is imported only where there is something to do: importing it costs more than
most commands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from confradar.access import BUILT_SCHEMAS, RAW_SCHEMAS, SCHEDULE_SCHEMA
from confradar.database.logins import USUAL_TIMEOUTS, Logins, Timeouts, url_of
from confradar.errors import ConfRadarError
from confradar.roles import Role
from confradar.sessions import clear_errors, first_line, refuse_old_server

MIGRATIONS = Path("migrations")

# Another database of the server is being migrated, and makes the same roles: a name
# that is taken, or a row of the roles' catalogue that was changed in between.
_CLASHES = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.InternalError_,
)
_ATTEMPTS = 5


class NotMigratedError(ConfRadarError):
    """A server that somebody runs lacks what this checkout needs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration is to reach.

    Attributes:
        url: of the database, with a user who may make roles and schemas.
        timeouts: of the reader's sessions.
        passwords: with which roles are to connect.
    """

    url: str = field(repr=False)
    timeouts: Timeouts = USUAL_TIMEOUTS
    passwords: Mapping[Role, str] = field(default_factory=dict, repr=False)


def plan_of(logins: Logins) -> Plan:
    """Return the plan for a server on which these logins are to work."""
    return Plan(logins.owner.url, logins.owner.timeouts, logins.passwords)


def ensure_migrated(root: Path, logins: Logins) -> None:
    """Bring the embedded server up to date; of an own one only look whether it is.

    Raises:
        NotMigratedError: an own server is not up to date.
        ConfRadarError: the database refuses.
    """
    if not logins.is_own_server:
        migrate(root, plan_of(logins))
        return
    state = _state(root, logins.loader.url)
    if state.is_current:
        return
    raise NotMigratedError(
        "the database is not prepared for ConfRadar"
        if state.applied is None
        else f"the database is at version {state.applied} of its tables and roles, and "
        f"this checkout needs {state.newest}"
        if state.applied != state.newest
        else f"the database lacks {state.missing[0]}",
        "confradar db migrate does that, as a user who may create roles and schemas",
    )


def migrate(root: Path, plan: Plan, *, thoroughly: bool = False) -> bool:
    """Apply what is missing; return whether anything was.

    Args:
        root: the checkout, where ``migrations`` lies.
        plan: the database, and what is to be reached there.
        thoroughly: also see to owners and grants where nothing seems to be missing.

    Raises:
        ConfRadarError: the database refuses, or is of a newer checkout than this.
    """
    state = _state(root, plan.url)
    if not state.is_current or thoroughly:
        _upgrade(root, plan)
    has_new_password = _give_passwords(plan)
    return not state.is_current or has_new_password


def newest_version(root: Path) -> str:
    """Return the last revision: files of ``versions`` begin with theirs."""
    files = (root / MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


def applied_version(url: str) -> str | None:
    """Return the revision that the database is at, None before the first.

    Raises:
        ConfRadarError: the database does not answer.
    """
    with clear_errors(), psycopg.connect(url) as session:
        return _applied(session)


@dataclass(frozen=True, slots=True)
class _State:
    applied: str | None
    newest: str
    missing: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return self.applied == self.newest and not self.missing


def _state(root: Path, url: str) -> _State:
    """Find out what there is, as any of the roles.

    Raises:
        ConfRadarError: the database does not answer, or is of a newer checkout.
    """
    newest = newest_version(root)
    with clear_errors(), psycopg.connect(url) as session:
        refuse_old_server(session)
        applied = _applied(session)
        missing = session.execute(
            """
            select 'the role ' || name from unnest(%s::text[]) as name
            where to_regrole(name) is null
            union all
            select 'the schema ' || name from unnest(%s::text[]) as name
            where to_regnamespace(name) is null
            """,
            [list(Role), [*RAW_SCHEMAS, *BUILT_SCHEMAS, SCHEDULE_SCHEMA]],
        ).fetchall()
    if applied is not None and applied > newest:
        raise ConfRadarError(
            f"the database was brought to version {applied} of its tables by a newer "
            f"checkout, this one knows {newest}",
            "take the newer checkout",
        )
    return _State(applied, newest, tuple(row[0] for row in missing))


def _applied(session: psycopg.Connection) -> str | None:
    with session.cursor(row_factory=scalar_row) as cursor:
        schema = cursor.execute(
            """
            select nspname
            from pg_catalog.pg_class
            inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
            where relname = 'alembic_version' and nspname in ('confradar', 'review')
            """
        ).fetchone()
        if schema is None:
            return None
        table = sql.Identifier(schema, "alembic_version")
        query = sql.SQL("select version_num from {}").format(table)
        version: str | None = cursor.execute(query).fetchone()
        return version


def _upgrade(root: Path, plan: Plan) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    config = Config()
    config.set_main_option("script_location", str(root / MIGRATIONS).replace("%", "%%"))
    config.attributes["plan"] = plan
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            if isinstance(error.__cause__, ConfRadarError):
                raise error.__cause__ from error
            raise
        except (SQLAlchemyError, psycopg.Error) as error:
            cause = getattr(error, "orig", None) or error
            if isinstance(cause, _CLASHES) and attempt < _ATTEMPTS:
                continue
            raise ConfRadarError(
                f"the database could not be brought up to date, and is as it was: "
                f"{first_line(cause)}",
                "docs/operating.md tells what the user of DATABASE_URL has to be "
                "allowed to do",
            ) from error
        return


def _give_passwords(plan: Plan) -> bool:
    """Let the roles log in that have a password; return whether any could not before.

    The server is told what it stores of a password, and never the password.

    Raises:
        ConfRadarError: it refuses.
    """
    refused = {
        role: password
        for role, password in plan.passwords.items()
        if refusal(plan.url, role, password)
    }
    if not refused:
        return False
    with clear_errors(), psycopg.connect(plan.url) as session:
        for role, password in refused.items():
            stored = session.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            )
            session.execute(
                sql.SQL("alter role {} login password {}").format(
                    sql.Identifier(role), sql.Literal(stored.decode())
                )
            )
    for role, password in refused.items():
        if said := refusal(plan.url, role, password):
            raise ConfRadarError(
                f"{role} has its password, and still cannot connect: {said}",
                "let it in by the server's pg_hba.conf, and by connect on the database",
            )
    return True


def refusal(url: str, role: Role, password: str) -> str:
    """Return why a role cannot connect, an empty string if it can."""
    try:
        psycopg.connect(url_of(url, role, password)).close()
    except psycopg.Error as error:
        return first_line(error)
    return ""
