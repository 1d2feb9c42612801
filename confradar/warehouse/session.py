"""Sessions that read the marts, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.sessions import clear_error, first_line


class MartsMissingError(ConfRadarError):
    """The database has no marts yet, or lacks a relation or column of them."""


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
